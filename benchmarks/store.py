"""Rows that the SQLite store keeps per CPU-second, by rows an append and by streams; and charts.

Run by hand: ``python benchmarks/store.py [rows]``; the chart has ten times as many rows. At most
1,024 appends wait at one time, as many as the frames of one socket may. CPU time is that of the
whole process: queue, SQL and disk.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import islice
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
            # The one in the middle tells of all before it, and wakes this thread once.
            waiting[IN_FLIGHT // 2].result()
            waiting = deque(islice(waiting, IN_FLIGHT // 2 + 1, None))
        waiting.append(store.append(append))
    for future in waiting:
        future.result()


def _stream(number: int) -> Stream:
    return Stream(id=f"s{number}", window=100, detector="vote", detector_version=1, created_us=0)


def chart(count: int) -> Iterator[str]:
    """Fill one stream, and tell how long a chart of 1,200 pixels takes at several widths."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "standout.db"
        store = SqliteStore(path)
        stream = store.create_stream(_stream(0)).result()
        rows = rows_in_turn([stream.key], count)
        cpu = time.process_time()
        for start in range(0, count, 100_000):
            store.append(rows.take(slice(start, start + 100_000))).result()
        cpu = time.process_time() - cpu
        yield f"{count:,} rows by 100,000: {count / cpu:,.0f} rows/CPU-second"
        yield f"{path.stat().st_size / count:.0f} bytes/row"
        for part in (1, 0.5, 0.24, 0.1, 0.03, 0.01, 0.001):
            last = int(rows.time_us[-1]) - 500_000_000
            bounds = {"from_us": last - int(part * count * 1_000_000), "to_us": last}
            took = [_seconds(lambda: store.window(stream, px=1_200, **bounds)) for _ in range(5)]  # noqa: B023
            yield f"1,200 px over {int(part * count):>9,} rows: {1_000 * min(took):6.1f} ms"
        took = [_seconds(lambda: store.anomalies(stream, limit=100)) for _ in range(5)]
        yield f"100 anomalies: {1_000 * min(took):.1f} ms"
        took = [_seconds(lambda: store.latest(stream, limit=1_000)) for _ in range(5)]
        yield f"the latest 1,000 rows: {1_000 * min(took):.1f} ms"
        took = [_seconds(lambda: store.lookup(stream, rows.time_us[count // 2 :][:1]))]
        yield f"one old row: {1_000 * min(took):.1f} ms"
        store.close()


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    print(" streams   append      rows  rows/CPU-second  rows/second  rows/commit")
    for streams in (1, 1_000):
        for size in (1, 100, 1_000):
            print(measure(streams, size, most // 5 if size == 1 else most), flush=True)
    for line in chart(10 * most):
        print(line, flush=True)
