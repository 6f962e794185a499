"""Rows that the SQLite store keeps per CPU-second, by rows an append and by streams.

Run by hand: ``python benchmarks/store.py [rows]``. At most 1,024 appends wait at one time, as many
as the frames of one socket may. CPU time is that of the whole process: queue, SQL and disk.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from standout.domain.records import Observations, Stream
from standout.store.sqlite import SqliteStore

IN_FLIGHT = 1_024


def rows_in_turn(keys: list[int], count: int) -> Observations:
    """Rows of these streams in turn, a second apart, one in a hundred of them flagged."""
    rng = np.random.default_rng(0)
    rows = Observations.blank(count)
    turn = np.arange(count)
    rows.stream[:] = np.array(keys)[turn % len(keys)]
    rows.seq[:] = turn // len(keys) + 1
    rows.time_us[:] = 1_700_000_000_000_000 + rows.seq * 1_000_000
    for column in (rows.value, rows.expected, rows.lower, rows.upper):
        column[:] = rng.normal(size=count)
    rows.score[:] = np.where(rng.random(count) < 0.01, 0.8, rng.choice([0.0, 0.2, 0.4], count))
    return rows


def measure(streams: int, size: int, count: int) -> str:
    """Append `count` rows by `size`, and tell how it went."""
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "standout.db")
        made = [store.create_stream(_stream(i)) for i in range(streams)]
        rows = rows_in_turn([future.result().key for future in made], count)
        appends = [rows.take(slice(i, i + size)) for i in range(0, count, size)]
        commits = store._writer.commits  # noqa: SLF001 - a count for this table alone
        cpu, wall = time.process_time(), time.perf_counter()
        _send(store, appends)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        commits = store._writer.commits - commits  # noqa: SLF001 - as above
        store.close()
    return (
        f"{streams:>8,} {size:>8,} {count:>9,} {count / cpu:>16,.0f} {count / wall:>12,.0f}"
        f" {count / commits:>12,.0f}"
    )


def _send(store: SqliteStore, appends: list[Observations]) -> None:
    waiting: deque[Future[None]] = deque()
    for append in appends:
        if len(waiting) == IN_FLIGHT:
            waiting.popleft().result()
        waiting.append(store.append(append))
    for future in waiting:
        future.result()


def _stream(number: int) -> Stream:
    return Stream(id=f"s{number}", window=100, detector="vote", detector_version=1, created_us=0)


if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    print(" streams   append      rows  rows/CPU-second  rows/second  rows/commit")
    for streams in (1, 1_000):
        for size in (1, 100, 1_000):
            print(measure(streams, size, most // 5 if size == 1 else most), flush=True)
