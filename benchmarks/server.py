"""The server's speed with everything stored durably, beside a bare echo and the bare kernel.

The server runs as a process of its own; its CPU time is read from the operating system, so that
the load generators, which share the machine, do not count.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """What one load cost."""

    name: str
    points: int
    cpu_s: float
    wall_s: float
    latencies_ms: list[float]
    target: float | None = None

    @property
    def rate(self) -> float:
        """Points per CPU-second of the server."""
        return self.points / self.cpu_s


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def process(*command: str) -> AsyncIterator[tuple[int, int]]:
    """Run a server that prints its port as a JSON line; yield its pid and port."""
    popen = subprocess.Popen(  # noqa: ASYNC220 - once, before anything is measured
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert popen.stdout is not None
    port = 0
    try:
        for line in popen.stdout:
            if not line.startswith("{"):
                continue
            event = json.loads(line)
            if event["event"] == "listening":
                port = int(event["url"].rstrip("/").rpartition(":")[2])
            if event["event"] == "ready":
                break
        assert port, "the server did not start"
        reader = asyncio.create_task(asyncio.to_thread(popen.stdout.read))
        yield popen.pid, port
    finally:
        popen.terminate()
        popen.wait(30)
        await reader


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


async def run_load(
    name: str,
    pid: int,
    url: str,
    frames_of: list[list[str]],
    *,
    points_a_frame: int,
    ahead: int,
    target: float | None = None,
) -> Run:
    """Stream frames over as many sockets as there are lists; measure the server."""
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(f"{url}/{quote(name)}-{k}", compression=None))
            for k in range(len(frames_of))
        ]
        before, begin = cpu_seconds(pid), time.perf_counter()
        waits = await asyncio.gather(
            *[pipelined(s, f, ahead) for s, f in zip(sockets, frames_of, strict=True)]
        )
        wall, cpu = time.perf_counter() - begin, cpu_seconds(pid) - before
    points = sum(map(len, frames_of)) * points_a_frame
    return Run(name, points, cpu, wall, [w for part in waits for w in part], target)


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


async def measure(kind: str, pid: int, url: str, *, targets: bool) -> list[Run]:
    """Put the three loads on a server."""
    aim = (lambda x: x) if targets else (lambda _: None)
    await run_load(
        f"{kind} warm-up", pid, url, [single_frames(3_000, 0)], points_a_frame=1, ahead=64
    )
    return [
        await run_load(
            f"{kind}: one-point frames, pipelined on one connection",
            pid,
            url,
            [single_frames(60_000, 1)],
            points_a_frame=1,
            ahead=256,
            target=aim(35_000),
        ),
        await run_load(
            f"{kind}: one-point frames, lock-step over 1,000 connections",
            pid,
            url,
            [single_frames(40, k) for k in range(1_000)],
            points_a_frame=1,
            ahead=1,
            target=aim(15_000),
        ),
        await run_load(
            f"{kind}: frames of 100 points in columns",
            pid,
            url,
            [column_frames(4_000, 100, 2)],
            points_a_frame=100,
            ahead=64,
            target=aim(400_000),
        ),
    ]


async def main() -> None:
    """Print the table."""
    runs: list[Run] = []
    async with process("benchmarks.echo") as (pid, port):
        runs += await measure("echo", pid, f"ws://127.0.0.1:{port}/ws", targets=False)
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("standout", "serve", "--port", "0", "--data-dir", folder)
        async with process(*arguments) as (pid, port):
            runs += await measure("standout", pid, f"ws://127.0.0.1:{port}/ws", targets=True)
    table = Table(
        "points per server CPU-second", "measured", "wanted", "p50 ms", "p99 ms", "wall s"
    )
    for run in runs:
        p50, p99 = np.percentile(run.latencies_ms, [50, 99])
        wanted = "" if run.target is None else f"≥ {run.target:,.0f}"
        table.add_row(
            run.name, f"{run.rate:,.0f}", wanted, f"{p50:.1f}", f"{p99:.1f}", f"{run.wall_s:.1f}"
        )
    console = Console(width=120)
    console.print(table)
    console.print(f"load average {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
