"""Many streams at once: their memory, and how soon a server with many is back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from benchmarks.figures import Bound
from benchmarks.processes import Process, process, standout
from benchmarks.uploads import many_streams, upload

MANY, MOST = 10_000, 100_000
MEMORY_BYTES, RESTART_S = 1e9, 5.0
REST_S = 5.0
"""Seconds in which a server lets go of streams that nobody uses any more."""
# A body with a point of each of 100,000 streams is long.
SETTINGS = {"STANDOUT_MAX_UPLOAD_SIZE": "500MB"}


async def memory() -> list[Bound]:
    """Make and feed 100,000 streams, and see what the server has then."""
    with TemporaryDirectory() as folder:
        command, settings = standout(Path(folder), **SETTINGS)
        async with process(*command, **settings) as server:
            idle = server.rss_bytes
            for start in range(0, 40, 20):
                body = many_streams(MOST, 20, start=start)
                await asyncio.to_thread(upload, server, body, verdicts="none")
            peak = server.peak_bytes
            await asyncio.sleep(REST_S)
            after = server.rss_bytes
    form, fed = "{:,.0f}", f"bytes with {MOST:,} streams, {REST_S:g} s after they were fed"
    return [
        Bound("bytes of a server without streams", idle, None, form),
        Bound(fed, after, MEMORY_BYTES, form),
        Bound("the most it had, all of them in use at once", peak, MEMORY_BYTES, form),
    ]


async def restart() -> list[Bound]:
    """Start a server that has 10,000 streams, after its last one was killed."""
    with TemporaryDirectory() as folder:
        command, settings = standout(Path(folder), **SETTINGS)
        async with process(*command, **settings) as server:
            first_s = server.start_s
            body = many_streams(MANY, 200)
            await asyncio.to_thread(upload, server, body, verdicts="none")
        begin = time.perf_counter()
        async with process(*command, **settings) as server:
            await asyncio.to_thread(_healthy, server)
            healthy_s, cpu_s = time.perf_counter() - begin, server.cpu_s
            await asyncio.to_thread(upload, server, many_streams(1, 1, start=200))
            one_s = time.perf_counter() - begin
            await asyncio.to_thread(upload, server, many_streams(MANY, 1, start=201))
            all_s = time.perf_counter() - begin
    form = "{:.2f} s"
    return [
        Bound("first start ever, in an empty folder", first_s, None, form),
        Bound(f"restart with {MANY:,} streams, to the first answer", healthy_s, RESTART_S, form),
        Bound("… CPU time of that", cpu_s, None, form),
        Bound("… to the first verdict", one_s, RESTART_S, form),
        Bound("… to a verdict on each stream", all_s, RESTART_S, form),
    ]


def _healthy(server: Process) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{server.port}/health")
    assert answer.status_code == 200, answer.text
