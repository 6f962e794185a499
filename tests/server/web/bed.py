"""A real server for the pages, that tests can stop and start again on its port."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import uvicorn
from numpy.typing import NDArray
from websockets.sync.client import ClientConnection, connect

from standout.bootstrap import Services, build
from standout.server.app import create_app
from standout.server.run import listen, uvicorn_config
from standout.settings import load_settings

START_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
STEP_US = 1_000_000
SPIKES = (120, 180, 181, 182, 260, 330, 380)
"""Rows of `series` far above the rest: five anomalies, one of three rows."""
GAP = range(210, 230)


def series(n: int = 400, *, seed: int = 1, spikes: tuple[int, ...] = SPIKES) -> NDArray[np.float64]:
    """Noise around 64, with spikes."""
    values = 64 + np.random.default_rng(seed).uniform(-1, 1, n)
    values[[i for i in spikes if i < n]] += 25
    return np.round(values, 3)


class Bed:
    """The server, in a thread; its data stay where they are while it is stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.services: Services | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._http: httpx2.Client | None = None  # one for all: making one costs more than asking

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on a free port, or on the one that it had before."""
        self.services = build(load_settings(data_dir=self.folder))
        listener = listen("127.0.0.1", self.port)
        self.port = listener.getsockname()[1]
        config = uvicorn_config(create_app(self.services), self.services.settings)
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.01)
        self._http = httpx2.Client(timeout=60)

    def stop(self) -> None:
        """End the server and all its connections."""
        assert self._server is not None
        assert self._thread is not None
        assert self._http is not None
        self._http.close()
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send a request; give what was answered."""
        assert self._http is not None
        reply = self._http.request(method, self.url + path, json=body, params=query)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    def send(
        self, name: str, values: Any, *, begin: int = 0, step_us: int = STEP_US, rows: Any = None
    ) -> None:
        """Send observations: row `begin` and those that follow."""
        at = np.arange(begin, begin + len(values)) if rows is None else np.asarray(rows)
        columns = {
            "timestamp": (START_US + at * step_us).tolist(),
            "value": [None if v is None or np.isnan(v) else float(v) for v in values],
        }
        self.ask("POST", f"/streams/{name}/observations", columns)

    def sender(self, name: str) -> ClientConnection:
        """Return the connection of a client that may send at any moment."""
        return connect(f"ws://127.0.0.1:{self.port}/ws/{name}")

    def anomalies(self, name: str) -> list[dict[str, Any]]:
        """What the server tells of the anomalies of a stream, oldest first."""
        found: list[dict[str, Any]] = self.ask("GET", f"/streams/{name}/window", px=10)["anomalies"]
        return found
