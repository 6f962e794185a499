"""Charts of a long stream: how soon a server sums up millions of points for some pixels."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import numpy as np

from benchmarks.figures import Bound
from benchmarks.processes import Process, process, standout
from benchmarks.uploads import one_stream, upload

POINTS, PIXELS = 5_000_000, 1_200
WINDOW_MS = 100.0
SETTINGS = {"STANDOUT_MAX_UPLOAD_SIZE": "500MB"}
TIMES = 9


async def windows() -> list[Bound]:
    """Fill one stream, then ask for a chart of all of it and of parts, each several times."""
    with TemporaryDirectory() as folder:
        command, settings = standout(Path(folder), **SETTINGS)
        async with process(*command, **settings) as server:
            await asyncio.to_thread(upload, server, one_stream(POINTS), verdicts="none")
            return await asyncio.to_thread(_measure, server)


def _measure(server: Process) -> list[Bound]:
    found = []
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
        for share, name in ((1.0, "all of"), (0.1, "a tenth of"), (0.003, "a 300th of")):
            # Timestamps are seconds from 0 on; a part that begins in the middle of a block.
            start = int(POINTS * (1 - share) / 2) + 7
            bounds = {} if share == 1 else {"from": start, "to": start + int(POINTS * share)}
            before, waits = server.cpu_s, []
            for _ in range(TIMES):
                begin = time.perf_counter()
                answer = client.get("/streams/arrow/window", params={"px": PIXELS, **bounds})
                waits.append(1_000 * (time.perf_counter() - begin))
                assert answer.status_code == 200, answer.text[:1_000]
            cpu_ms = 1_000 * (server.cpu_s - before) / TIMES
            text = f"{PIXELS:,} px over {name} {POINTS:,} points"
            found += [
                Bound(f"{text}, median", float(np.median(waits)), WINDOW_MS, "{:.0f} ms"),
                Bound("… CPU time of one", cpu_ms, None, "{:.0f} ms"),
            ]
    return found
