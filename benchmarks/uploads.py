"""Loads over HTTP, in Arrow: one long stream, and many streams in one body."""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import BytesIO

import httpx2
import numpy as np
import polars as pl

from benchmarks.figures import Run
from benchmarks.processes import Process

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
BATCH_ROWS = 50_000
"""Rows of a record batch: what the client library sends at a time, too."""

STREAMS = 10_000


@dataclass(frozen=True)
class Body:
    """An upload."""

    name: str
    path: str
    data: bytes
    points: int
    target: float | None = None


def one_stream(rows: int) -> Body:
    """Return a long series of one stream."""
    values = np.random.default_rng(3).standard_normal(rows)
    frame = pl.DataFrame({"timestamp": np.arange(rows), "value": values})
    name = f"Arrow upload of {rows:,} points"
    return Body(name, "/streams/arrow/observations", arrow(frame), rows, 1_000_000)


def many_streams(
    streams: int,
    each: int,
    *,
    start: int = 0,
    in_turns: bool = True,
    name: str = "",
    target: float | None = None,
) -> Body:
    """Return points of many streams, which take turns or follow one on the other."""
    rows = streams * each
    ids = pl.Series([f"sensor-{k}" for k in range(streams)])
    frame = pl.DataFrame(
        {
            "id": ids[np.tile(np.arange(streams), each)],
            "timestamp": np.repeat(np.arange(start, start + each), streams),
            "value": np.random.default_rng(start + 4).standard_normal(rows),
        }
    )
    if not in_turns:
        frame = frame.sort("id", "timestamp")
    return Body(name, "/observations", arrow(frame), rows, target)


def arrow(frame: pl.DataFrame) -> bytes:
    """Write a table as an Arrow stream of record batches."""
    written = BytesIO()
    parts = [frame[i : i + BATCH_ROWS] for i in range(0, len(frame), BATCH_ROWS)]
    batched = pl.concat(parts, rechunk=False)
    batched.write_ipc_stream(written, compat_level=pl.CompatLevel.oldest())
    return written.getvalue()


def upload(server: Process, body: Body, *, verdicts: str = "all") -> Run:
    """Put an upload on a server, read the whole answer, and measure it."""
    url = f"http://127.0.0.1:{server.port}{body.path}?verdicts={verdicts}"
    before, begin = server.cpu_s, time.perf_counter()
    answer = httpx2.post(url, content=body.data, headers={"content-type": MEDIA_TYPE}, timeout=600)
    wall, cpu = time.perf_counter() - begin, server.cpu_s - before
    assert answer.status_code == 200, answer.text[:1_000]
    return Run(body.name, body.points, cpu, wall, [1_000 * wall], body.target)
