"""The sockets' routes.

They stand before the app, not in it: every layer of the app that a frame passes costs a
microsecond or more, and a socket needs none of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, HTTPException
from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from standout.bootstrap import Services
from standout.errors import InvalidParameter
from standout.server.live import openapi
from standout.server.live.log import watch_log
from standout.server.live.observations import close_with, serve_observations
from standout.server.live.watch import watch_stream, watch_streams


class AnyText(Convertor[str]):
    """Any text at all, so that a wrong id gets a problem that says so, not a closed door."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return it as it is."""
        return value


register_url_convertor("any", AnyText())


class SocketDoor:
    """ASGI middleware: takes the sockets, and passes everything else on."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._sockets = Router(
            [
                WebSocketRoute("/ws/{client_id:any}", _Endpoint(_observations, services)),
                WebSocketRoute("/ws", _Endpoint(_observations, services)),
                WebSocketRoute("/live/streams/{stream_id:any}", _Endpoint(_watch, services)),
                WebSocketRoute("/live/streams", _Endpoint(watch_streams, services)),
                WebSocketRoute("/live/log", _Endpoint(watch_log, services)),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a socket, or pass a request on."""
        app = self._sockets if scope["type"] == "websocket" else self._app
        await app(scope, receive, send)


class _Endpoint:
    """A function of a socket and the services, as an ASGI app without Starlette's wrappers."""

    def __init__(
        self, serve: Callable[[WebSocket, Services], Awaitable[None]], services: Services
    ) -> None:
        self._serve = serve
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._serve(WebSocket(scope, receive, send), self._services)


async def _observations(websocket: WebSocket, services: Services) -> None:
    client_id = websocket.path_params.get("client_id", websocket.query_params.get("client_id"))
    if client_id is None:
        await websocket.accept()
        await close_with(websocket, InvalidParameter("client_id is missing in the query."))
        return
    await serve_observations(websocket, services, client_id)


async def _watch(websocket: WebSocket, services: Services) -> None:
    await watch_stream(websocket, services, websocket.path_params["stream_id"])


def described() -> APIRouter:
    """Return routes that say of the sockets what OpenAPI can, and ask others to upgrade."""
    routes = APIRouter()

    def upgrade_required() -> None:
        """Say that this is a WebSocket."""
        raise HTTPException(426, "This is a WebSocket; open it with ws:// or wss://.")

    for path, described in (
        ("/ws/{client_id}", openapi.observations()),
        ("/live/streams", openapi.streams_watch()),
        ("/live/streams/{stream_id}", openapi.stream_watch()),
        ("/live/log", openapi.log_watch()),
    ):
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in ("client_id", "stream_id")
            if f"{{{name}}}" in path
        ]
        routes.get(
            path,
            tags=["sockets"],
            name=path,
            summary="WebSocket",
            status_code=426,
            openapi_extra={"parameters": parameters},
            **described,
        )(upgrade_required)
    return routes
