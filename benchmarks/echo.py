"""A bare server on the same stack: answers each frame with itself and keeps nothing."""

from __future__ import annotations

import json

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from standout.server.run import listen, uvicorn_config
from standout.settings import load_settings


async def echo(websocket: WebSocket) -> None:
    """Answer each frame with itself."""
    await websocket.accept()
    while (message := await websocket.receive())["type"] == "websocket.receive":
        await websocket.send({"type": "websocket.send", "text": message["text"]})


async def swallow(request: Request) -> JSONResponse:
    """Answer a body with its length."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return JSONResponse({"bytes": size})


def main() -> None:
    """Serve until told to stop."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        print(json.dumps({"event": "listening", "url": f"http://127.0.0.1:{port}/"}), flush=True)
        print(json.dumps({"event": "ready"}), flush=True)
        routes = [
            WebSocketRoute("/ws/{name:path}", echo),
            Route("/{path:path}", swallow, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        uvicorn.Server(uvicorn_config(app, load_settings())).run(sockets=[listener])


if __name__ == "__main__":
    main()
