"""A real server in a thread of the test's process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from standout.bootstrap import Services, build
from standout.server.app import create_app
from standout.server.run import listen, uvicorn_config
from standout.settings import load_settings

READ_TIMEOUT_S = 20


@dataclass
class Served:
    """Where the server listens, and what it is made of."""

    port: int
    services: Services

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}", headers=headers)

    def socket(self, path: str) -> ClientConnection:
        return connect(f"ws://127.0.0.1:{self.port}{path}", max_size=None)

    def exchange(self, path: str, *frames: Any) -> list[Any]:
        """Send frames at once, then return as many answers."""
        with self.socket(path) as websocket:
            for frame in frames:
                websocket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
            return [json.loads(websocket.recv(READ_TIMEOUT_S)) for _ in frames]

    def refused(self, path: str, *frames: Any) -> tuple[list[Any], int]:
        """Send frames until the server closes; return all it said, and the close code."""
        said = []
        with self.socket(path) as websocket, suppress(ConnectionClosed):
            # A server that refuses a frame closes while it is still being sent.
            with suppress(ConnectionClosed):
                for frame in frames:
                    websocket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
            while True:
                said.append(json.loads(websocket.recv(READ_TIMEOUT_S)))
        assert websocket.protocol.close_code is not None
        return said, websocket.protocol.close_code


@contextmanager
def served(data_dir: Path, **settings: Any) -> Iterator[Served]:
    """Serve a data folder until the block ends; stops as Ctrl-C does."""
    services = build(load_settings(data_dir=data_dir, **settings))
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn_config(create_app(services), services.settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        yield Served(listener.getsockname()[1], services)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
