"""A bare FastAPI server on the same stack: validates the body of a prediction and does nothing."""

from __future__ import annotations

import json
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from standout.server.run import listen, uvicorn_config
from standout.settings import load_settings

app = FastAPI()


class Request(BaseModel):
    """What `POST /predict` takes."""

    model_id: str
    data: dict[str, float]


@app.post("/predict")
async def predict(request: Request) -> dict[str, Any]:  # noqa: ARG001 - it does nothing
    """Do nothing."""
    return {}


def main() -> None:
    """Serve until told to stop."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        print(json.dumps({"event": "listening", "url": f"http://127.0.0.1:{port}/"}), flush=True)
        print(json.dumps({"event": "ready"}), flush=True)
        uvicorn.Server(uvicorn_config(app, load_settings())).run(sockets=[listener])


if __name__ == "__main__":
    main()
