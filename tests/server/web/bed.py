"""A small server for the pages: they are ours, the streams are drawn from a seeded generator.

It speaks the messages of `standout.schemas.live`, so a page cannot tell it from the real one.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect

from standout.schemas.frames import ProblemFrame
from standout.schemas.live import History, PointColumns, Points, Status, Streams
from standout.schemas.streams import StreamSummary
from standout.server.web import pages

START_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
STEP_US = 1_000_000
WARMUP = 30
COLUMNS = PointColumns.__struct_fields__
SPIKES = {120: 3, 180: 5, 181: 5, 182: 4, 260: 2, 330: 1, 380: 3}
FLAGGED = sorted(i for i, votes in SPIKES.items() if votes >= 3)


@dataclass
class FakeStream:
    """A stream whose observations come from a generator; spikes and gaps stand where asked for."""

    id: str
    seed: int = 0
    active: bool = True
    spikes: dict[int, int] = field(default_factory=dict)  # index -> votes of five
    gaps: range = range(0)
    offset_us: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        self._noise = 0.0

    def grow(self, n: int) -> None:
        """Add observations."""
        for _ in range(n):
            self.rows.append(self._row(len(self.rows)))

    def _row(self, i: int) -> dict[str, Any]:
        self._noise = 0.9 * self._noise + 0.28 * float(self._rng.normal())
        expected = 64.5 + 2.6 * float(np.sin(i / 43)) + 0.9 * float(np.sin(i / 12 + 1))
        votes = self.spikes.get(i, int(self._rng.random() < 0.05))
        value: float | None = expected + self._noise + (11.0 if i in self.spikes else 0.0)
        scored = i >= WARMUP and i not in self.gaps
        if i in self.gaps:
            value = None
        return {
            "seq": i + 1,
            "time_us": START_US + self.offset_us + i * STEP_US,
            "value": value,
            "score": votes / 5 if scored else None,
            "anomaly": int(votes >= 3) if scored else None,
            "votes": (1 << votes) - 1 if scored else 0,
            "expected": expected if scored else None,
            "lower": expected - 3.4 if scored else None,
            "upper": expected + 3.4 if scored else None,
            "late": False,
        }

    @property
    def flagged(self) -> int:
        """How many were flagged."""
        return sum(row["anomaly"] == 1 for row in self.rows)

    def columns(self, begin: int = 0) -> PointColumns:
        """The observations from `begin` on, as columns."""
        rows = self.rows[begin:]
        return PointColumns(**{name: [row[name] for row in rows] for name in COLUMNS})

    def summary(self) -> dict[str, Any]:
        """What the server tells of it."""
        last = self.rows[-1] if self.rows else None
        at = datetime.fromtimestamp(last["time_us"] / 1e6, UTC).isoformat() if last else None
        return StreamSummary(
            id=self.id,
            active=self.active,
            window=100,
            detector="vote",
            detector_version=1,
            tz="UTC",
            time_unit=None,
            created="2026-01-01T00:00:00Z",
            count=len(self.rows),
            anomalies=self.flagged,
            warmup_left=max(0, WARMUP - len(self.rows)),
            last_timestamp=at,
            last_value=last["value"] if last else None,
            last_score=last["score"] if last else None,
        ).model_dump()


class Bed:
    """The server, in a thread of its own; tests change its streams while it runs."""

    def __init__(self) -> None:
        self.streams: dict[str, FakeStream] = {}
        self.app = self._make_app()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def add(self, stream: FakeStream, n: int = 0) -> FakeStream:
        """Add a stream with `n` observations."""
        stream.grow(n)
        self.streams[stream.id] = stream
        return stream

    def start(self) -> None:
        """Listen on a free port, or on the one that it had before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self.app, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        """End the server and all its connections."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()

    def _make_app(self) -> FastAPI:
        app = FastAPI(docs_url=None, redoc_url=None)
        pages.mount_static(app)
        app.add_api_route("/", pages.render_overview, include_in_schema=False)
        app.add_api_route("/health", lambda: {"status": "healthy"})
        app.add_api_route("/docs", pages.docs_page, include_in_schema=False)
        app.add_api_route("/client/{client_id}", self._client, include_in_schema=False)
        app.add_api_websocket_route("/live/streams", self._live_streams)
        app.add_api_websocket_route("/live/streams/{client_id}", self._live_stream)
        return app

    async def _client(self, request: Request, client_id: str) -> Response:
        return pages.render_client(request, client_id, found=client_id in self.streams)

    async def _live_streams(self, websocket: WebSocket) -> None:
        await websocket.accept()
        told: dict[str, dict[str, Any]] = {}
        first = True
        while self._running():
            now = {name: stream.summary() for name, stream in self.streams.items()}
            changed = [summary for name, summary in now.items() if told.get(name) != summary]
            removed = [name for name in told if name not in now]
            if (first or changed or removed) and not await self._send(
                websocket, Streams(streams=changed, removed=removed)
            ):
                return
            told, first = now, False
            await asyncio.sleep(0.05)

    async def _live_stream(self, websocket: WebSocket, client_id: str) -> None:
        await websocket.accept()
        stream = self.streams.get(client_id)
        if stream is None:
            detail = f'No stream is called "{client_id}".'
            frame = ProblemFrame(
                type="/problems/stream-not-found",
                title="Stream not found",
                status=404,
                detail=detail,
            )
            await self._send(websocket, frame)
            await websocket.close(1008)
            return
        told, active = len(stream.rows), stream.active
        alive = await self._send(websocket, History(stream.summary(), stream.columns()))
        while alive and self._running():
            await asyncio.sleep(0.05)
            if len(stream.rows) > told:
                begin, told = told, len(stream.rows)
                alive = await self._send(websocket, Points(stream.columns(begin)))
            if alive and stream.active != active:
                active = stream.active
                alive = await self._send(websocket, Status(stream.summary()))

    def _running(self) -> bool:
        return self._server is not None and not self._server.should_exit

    async def _send(self, websocket: WebSocket, message: msgspec.Struct) -> bool:
        try:
            await websocket.send_text(msgspec.json.encode(message).decode())
        except (WebSocketDisconnect, RuntimeError):
            return False
        return True
