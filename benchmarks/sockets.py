"""Loads over WebSockets."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.figures import Run
from benchmarks.processes import Process


@dataclass(frozen=True)
class Load:
    """Frames over as many sockets as there are lists, `ahead` of them unanswered on each."""

    name: str
    frames_of: list[list[str]]
    points_a_frame: int
    ahead: int
    target: float | None = None


async def run_load(server: Process, load: Load) -> Run:
    """Put a load on a server, and measure it."""
    url = f"ws://127.0.0.1:{server.port}/ws/{quote(load.name)}"
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(f"{url}-{k}", compression=None))
            for k in range(len(load.frames_of))
        ]
        before, begin = server.cpu_s, time.perf_counter()
        waits = await asyncio.gather(
            *[
                pipelined(socket, frames, load.ahead)
                for socket, frames in zip(sockets, load.frames_of, strict=True)
            ]
        )
        wall, cpu = time.perf_counter() - begin, server.cpu_s - before
    points = sum(map(len, load.frames_of)) * load.points_a_frame
    return Run(load.name, points, cpu, wall, [w for part in waits for w in part], load.target)


async def pipelined(websocket: ClientConnection, frames: list[str], ahead: int) -> list[float]:
    """Send frames with so many ahead of their answers; return each one's wait."""
    sent: list[float] = []
    waits: list[float] = []
    room = asyncio.Semaphore(ahead)

    async def read() -> None:
        for begin_at in range(len(frames)):
            await websocket.recv(decode=False)
            waits.append((time.perf_counter() - sent[begin_at]) * 1000)
            room.release()

    reading = asyncio.create_task(read())
    for frame in frames:
        await room.acquire()
        sent.append(time.perf_counter())
        await websocket.send(frame)
    await reading
    return waits


def single_frames(n: int, seed: int) -> list[str]:
    """Return frames of one point."""
    values = np.random.default_rng(seed).standard_normal(n).round(4).tolist()
    return [f'{{"timestamp":{i},"value":{v}}}' for i, v in enumerate(values)]


def column_frames(n: int, rows: int, seed: int) -> list[str]:
    """Return frames of columns."""
    values = np.random.default_rng(seed).standard_normal((n, rows)).round(4).tolist()
    return [
        json.dumps({"timestamp": list(range(i * rows, (i + 1) * rows)), "value": part})
        for i, part in enumerate(values)
    ]


def loads() -> list[Load]:
    """Return the loads of the table, after one that warms up."""
    return [
        Load("warm-up", [single_frames(3_000, 0)], 1, 64),
        Load(
            "one-point frames, pipelined on one connection",
            [single_frames(60_000, 1)],
            points_a_frame=1,
            ahead=256,
            target=35_000,
        ),
        Load(
            "one-point frames, lock-step over 1,000 connections",
            [single_frames(40, k) for k in range(1_000)],
            points_a_frame=1,
            ahead=1,
            target=15_000,
        ),
        Load(
            "frames of 100 points in columns",
            [column_frames(6_000, 100, 2)],
            points_a_frame=100,
            ahead=64,
            target=400_000,
        ),
    ]
