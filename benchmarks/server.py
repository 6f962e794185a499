"""The server's speed with everything stored durably, beside a bare server and the bare kernel.

Servers run as processes of their own; their CPU time is read from the operating system, so that the
load generators, which share the machine, do not count. The bare server is the same stack, answers
each frame with itself and each body with its length, and keeps nothing. The bare kernel is the same
detector on the same shape of work, called in this process.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console

from benchmarks import charts, crowds, kernels
from benchmarks.figures import Beside, Bound, Run, print_bounds, print_speeds
from benchmarks.processes import Process, process, standout
from benchmarks.sockets import loads, run_load
from benchmarks.uploads import STREAMS, Body, many_streams, one_stream, upload

ARROW_ROWS = 4_000_000


def bodies() -> list[Body]:
    """Return the uploads of the table; the first of many streams makes them."""
    name = f"{STREAMS:,} streams in one upload,"
    return [
        one_stream(ARROW_ROWS),
        many_streams(STREAMS, 100, name=f"{name} made by it, in turns", target=5e5),
        many_streams(STREAMS, 100, start=100, name=f"{name} made before, in turns", target=5e5),
        many_streams(
            STREAMS,
            100,
            start=200,
            in_turns=False,
            name=f"{name} made before, one after the other",
            target=5e5,
        ),
    ]


async def measure(server: Process) -> list[Run]:
    """Put all loads on a server."""
    warm_up, *sockets = loads()
    await run_load(server, warm_up)
    runs = [await run_load(server, load) for load in sockets]
    return runs + [await asyncio.to_thread(upload, server, body) for body in bodies()]


def bare_kernel() -> list[float]:
    """Return the kernel's speed on the shape of each load, in their order."""
    values = np.random.default_rng(0).standard_normal(1_000_000)
    array = kernels.array_of_a_million(values)
    each = kernels.one_point_of_each(STREAMS, shuffled=False)
    single = kernels.one_call_a_point(values)
    few = kernels.one_point_of_each(1_000, shuffled=False)
    return [single, few, array, array, each, each, each]


async def speeds() -> list[Beside]:
    """Measure the bare server, Standout and the kernel, one after the other."""
    async with process("benchmarks.echo") as server:
        echo = await measure(server)
    with TemporaryDirectory() as folder:
        command, settings = standout(Path(folder))
        async with process(*command, **settings) as server:
            runs = await measure(server)
    return [Beside(*row) for row in zip(runs, echo, bare_kernel(), strict=True)]


async def bounds() -> list[Bound]:
    """Measure memory and start with many streams, and charts of a long one."""
    return await crowds.memory() + await crowds.restart() + await charts.windows()


def main() -> None:
    """Print both tables."""
    console = Console(width=140)
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    console.print(f"load average {loads} at the start, {os.cpu_count()} cores")
    print_speeds(console, asyncio.run(speeds()))
    print_bounds(console, asyncio.run(bounds()))


if __name__ == "__main__":
    main()
