"""The clients of a soak: each does its one thing again and again until it is told to stop."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx2
import numpy as np
import polars as pl
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.uploads import MEDIA_TYPE, arrow

STEADY, VISITORS, UPLOADS, MANY = 20, 50, 10, 500
"""Streams of each kind: the same ones over and over, so that all are soon made."""

WAIT_S, SLOW_S = 60.0, 60.0
PATIENT: dict[str, Any] = {"compression": None, "ping_interval": None, "open_timeout": WAIT_S}
"""How a client connects that bears with a machine on which others are busy."""
NEWER = 1008
"""How a connection is closed when a newer one of its id comes."""


class Soaking:
    """All clients together, while the block runs.

    Parameters
    ----------
    port
        Of the server.
    """

    def __init__(self, port: int) -> None:
        self._url = f"127.0.0.1:{port}"
        self._random = random.Random(0)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        # Times must rise over all connections of a stream.
        self._clock = itertools.count(1)
        self._http = httpx2.AsyncClient(base_url=f"http://{self._url}", timeout=WAIT_S)
        self.done: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        work: list[Callable[[], Awaitable[None]]] = [
            *[lambda k=k: self._steady(k) for k in range(STEADY)],
            *[self._visit] * 4,
            self._upload_one,
            self._upload_many,
            *[self._ask] * 2,
            self._read_slowly,
            self._break_off,
        ]
        self._tasks = [asyncio.create_task(self._repeat(one)) for one in work]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping = True
        await asyncio.wait(self._tasks, timeout=2 * WAIT_S)
        await self._http.aclose()
        self.raise_failures()

    def raise_failures(self) -> None:
        """Raise what a client died of."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _repeat(self, once: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping:
            await once()

    def _frame(self) -> str:
        value = round(self._random.gauss(0, 1), 4)
        return f'{{"timestamp":{next(self._clock)},"value":{value}}}'

    async def _steady(self, k: int) -> None:
        """Stay connected and send a point now and then, as most sensors do."""
        async with connect(f"ws://{self._url}/ws/steady-{k}", **PATIENT) as socket:
            while not self._stopping:
                await socket.send(self._frame())
                await asyncio.wait_for(socket.recv(), WAIT_S)
                self.done["points of steady clients"] += 1
                await asyncio.sleep(self._random.uniform(0.01, 0.1))

    async def _visit(self) -> None:
        """Connect, send some frames, leave; the newest connection of an id wins."""
        name = f"visitor-{self._random.randrange(VISITORS)}"
        frames = self._random.randint(1, 50)
        async with connect(f"ws://{self._url}/ws/{name}?detail=1", **PATIENT) as socket:
            try:
                for _ in range(frames):
                    await socket.send(self._frame())
                if self._random.random() < 0.5:
                    for _ in range(frames):
                        await asyncio.wait_for(socket.recv(), WAIT_S)
                else:
                    # Answers that nobody reads are the server's to throw away.
                    socket.transport.abort()
            except ConnectionClosed as closed:
                if closed.rcvd is not None and closed.rcvd.code != NEWER:
                    raise
                self.done["visitors sent away"] += 1
        self.done["visits"] += 1
        await asyncio.sleep(0.05)

    async def _upload_one(self) -> None:
        name = f"upload-{self._random.randrange(UPLOADS)}"
        await self._post(f"/streams/{name}/observations?detail=1", [name], 2_000)
        self.done["uploads"] += 1

    async def _upload_many(self) -> None:
        names = self._random.sample([f"many-{k}" for k in range(MANY)], 100)
        await self._post("/observations", names, 20)
        self.done["uploads to many"] += 1

    async def _post(self, path: str, names: list[str], each: int) -> None:
        first = next(self._clock)
        for _ in range(each):
            next(self._clock)
        n = len(names)
        frame = pl.DataFrame(
            {
                **({"id": names * each} if n > 1 else {}),
                "timestamp": np.repeat(np.arange(first, first + each), n),
                "value": np.random.default_rng(first).standard_normal(n * each),
            }
        )
        answer = await self._http.post(
            path, content=arrow(frame), headers={"content-type": MEDIA_TYPE}
        )
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.3)

    async def _ask(self) -> None:
        """Ask what pages and scripts ask."""
        name = f"upload-{self._random.randrange(UPLOADS)}"
        path = self._random.choice(
            [
                "/streams",
                f"/streams/{name}",
                f"/streams/{name}/observations?limit=1000",
                f"/streams/{name}/observations?format=csv&from={next(self._clock) - 20_000}",
                f"/streams/{name}/anomalies",
                "/health",
                "/",
            ]
        )
        answer = await self._http.get(path)
        assert answer.status_code in {200, 404}, answer.text
        self.done["queries"] += 1
        await asyncio.sleep(0.05)

    async def _read_slowly(self) -> None:
        """Send as much as is taken and read ten answers a second, for a minute; then break off."""
        # The answer to a ping waits behind all the answers that were not read yet.
        async with connect(f"ws://{self._url}/ws/slow?detail=1", **PATIENT) as socket:
            sending = asyncio.create_task(self._send_all_that_is_taken(socket))
            end = time.monotonic() + SLOW_S
            try:
                while time.monotonic() < end and not self._stopping:
                    await asyncio.wait_for(socket.recv(), WAIT_S)
                    await asyncio.sleep(0.1)
            except ConnectionClosed:
                self.done["slow readers sent away"] += 1
            socket.transport.abort()
            await asyncio.gather(sending, return_exceptions=True)
        self.done["slow readers"] += 1

    async def _send_all_that_is_taken(self, socket: ClientConnection) -> None:
        while True:
            await socket.send(json.dumps(self._columns(200)))
            self.done["frames of slow readers"] += 1

    def _columns(self, rows: int) -> dict[str, list[Any]]:
        return {
            "timestamp": [next(self._clock) for _ in range(rows)],
            "value": [round(self._random.gauss(0, 1), 4) for _ in range(rows)],
        }

    async def _break_off(self) -> None:
        """Promise a long body, send half of it, and go."""
        reader, writer = await asyncio.open_connection(*self._url.split(":"))
        head = (
            f"POST /streams/broken/observations HTTP/1.1\r\nHost: {self._url}\r\n"
            "Content-Type: text/csv\r\nContent-Length: 100000\r\n\r\ntimestamp,value\n"
        )
        writer.write(head.encode())
        writer.write("".join(f"{next(self._clock)},1.5\n" for _ in range(1_000)).encode())
        await writer.drain()
        await asyncio.sleep(self._random.uniform(0.0, 0.5))
        writer.transport.abort()
        del reader
        self.done["broken uploads"] += 1
        await asyncio.sleep(0.5)
