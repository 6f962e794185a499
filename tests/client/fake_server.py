"""A server that speaks as ours does on ``/ws``, and fails as it is told to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, serve

Fault = Callable[[ServerConnection, int], Awaitable[None]]


@dataclass
class FakeServer:
    """Keeps what it was sent by timestamp; `fault` is awaited before each answer.

    A fault gets the connection and how many messages came in over all connections.
    """

    fault: Fault | None = None
    url: str = ""
    paths: list[str] = field(default_factory=list)
    stored: dict[Any, Any] = field(default_factory=dict)
    received: int = 0
    unanswered: int = 0
    most_unanswered: int = 0

    async def handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.paths.append(socket.request.path)
        self.unanswered = 0
        waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        answerer = asyncio.create_task(self._answer(socket, waiting))
        try:
            async for message in socket:
                self.received += 1
                self.unanswered += 1
                self.most_unanswered = max(self.most_unanswered, self.unanswered)
                waiting.put_nowait(msgspec.json.decode(message))
        finally:
            answerer.cancel()
            await asyncio.gather(answerer, return_exceptions=True)

    async def _answer(
        self, socket: ServerConnection, waiting: asyncio.Queue[dict[str, Any]]
    ) -> None:
        while True:
            observation = await waiting.get()
            key = observation["timestamp"]
            self.stored.setdefault(key, observation["value"])
            if self.fault:
                await self.fault(socket, self.received)
            self.unanswered -= 1
            anomaly = None if observation["value"] is None else int(observation["value"] > 100)
            await socket.send(msgspec.json.encode({"timestamp": key, "anomaly": anomaly}).decode())


@asynccontextmanager
async def running(fault: Fault | None = None, port: int = 0) -> AsyncIterator[FakeServer]:
    fake = FakeServer(fault)
    async with serve(fake.handle, "127.0.0.1", port) as server:
        fake.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield fake


def problem(slug: str, status: int, detail: str) -> str:
    frame = {"type": f"/problems/{slug}", "title": slug, "status": status, "detail": detail}
    return msgspec.json.encode(frame).decode()


def drops(probability: float, seed: int) -> Fault:
    """Cut the connection at random, without a word, before or after what was stored."""
    chance = random.Random(seed)

    async def fault(socket: ServerConnection, received: int) -> None:
        if chance.random() < probability:
            socket.transport.abort()
            await asyncio.Event().wait()  # nothing is answered on this connection any more

    return fault


def closes_once(code: int, frame: str | None = None) -> Fault:
    """Close the first connection with this code, after this frame."""
    left = [None]

    async def fault(socket: ServerConnection, received: int) -> None:
        if left:
            left.clear()
            if frame:
                await socket.send(frame)
            await socket.close(code, "because")

    return fault
