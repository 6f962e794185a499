"""Detectors of whole series: CPU time a length, memory a row, and the search beside a GEMM.

Run by ``OPENBLAS_NUM_THREADS=1 python -m benchmarks.series``. CPU-seconds: the machine may be
shared. Each is the best of a few rounds, after a warm-up that compiles.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from rich.console import Console
from rich.table import Table

from standout.detectors.series import registry
from standout.detectors.series.bank import SIZE, around, draw, leading_axes, packed
from standout.kernels.bank_distance import nearest
from standout.types import Batch

ROWS = 10_000
CHANNELS = 20
TARGET_S = 0.4
LANES_WIDTH = 128

CASES: tuple[tuple[str, str, dict[str, bool], int], ...] = (
    *((name, name, {}, 1) for name in registry.names()),
    ("auto, thorough", "auto", {"thorough": True}, 1),
    (f"auto, {CHANNELS} channels", "auto", {}, CHANNELS),
)


def waves(rows: int, channels: int = 1) -> Batch:
    """Return a wave with noise, the hardest for a search that gives up early."""
    random = np.random.default_rng(0)
    phase = np.arange(rows)[:, None] / 20 + np.arange(channels)
    return np.asarray(np.sin(phase) + 0.3 * random.standard_normal((rows, channels)))


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the CPU-seconds of the best round."""
    work()
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return min(found)


def bytes_a_row(work: Callable[[], object], rows: int) -> float:
    """Return the most memory that was held at once, a row, besides the rows themselves."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / rows


def search_beside_gemm(rows: int = ROWS) -> tuple[float, float, float]:
    """Return CPU-seconds of one search: ours, by GEMM in float64, and in float32."""
    x = waves(rows + LANES_WIDTH - 1)[:, 0]
    windows = sliding_window_view(x, LANES_WIDTH)
    centred = windows - windows.mean(axis=1, keepdims=True)
    starts = draw(len(x), LANES_WIDTH, SIZE, 0)
    points = centred @ leading_axes(centred[starts])
    low, high = around(starts, 0, rows, LANES_WIDTH)
    single = points.astype(np.float32)
    memory = packed(single[starts])
    distance, neighbour = np.empty(rows, np.float32), np.empty(rows, np.int64)

    def ours() -> None:
        nearest(single, memory, low, high, distance, neighbour)

    return (
        seconds(ours),
        seconds(lambda: by_gemm(points, starts, low, high)),
        seconds(lambda: by_gemm(single, starts, low, high)),
    )


def by_gemm(points: np.ndarray, starts: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Squared distances as ``a² - 2ab + b²``, a block of rows at a time."""
    bank = points[starts].T
    lengths = np.square(bank).sum(axis=0)
    for first in range(0, len(points), 2_048):
        block = points[first : first + 2_048]
        squared = -2 * (block @ bank) + lengths + np.square(block).sum(axis=1)[:, None]
        for i in range(len(block)):
            squared[i, low[first + i] : high[first + i]] = np.inf
        np.sqrt(np.maximum(squared.min(axis=1), 0))


def main() -> None:
    """Print two tables."""
    console = Console(width=120)
    table = Table("detector", f"s for {ROWS:,} rows", "s for 10 times that, a tenth", "bytes a row")
    for label, name, params, channels in CASES:
        detector = registry.detector(name, params)
        short, long = waves(ROWS, channels), waves(10 * ROWS, channels)
        held = bytes_a_row(partial(detector.judge, long), len(long))
        table.add_row(
            label,
            f"{seconds(partial(detector.judge, short)):.3f}",
            f"{seconds(partial(detector.judge, long), 1) / 10:.3f}",
            f"{held:,.0f}",
        )
    console.print(table)
    ours, double, single = search_beside_gemm()
    console.print(
        f"one search, {ROWS:,} windows in {SIZE:,}: ours {ours * 1e3:.0f} ms, "
        f"GEMM float64 {double * 1e3:.0f} ms, float32 {single * 1e3:.0f} ms"
    )
    fast = seconds(lambda: registry.detector("auto").judge(waves(ROWS)))
    told = "reached" if fast <= TARGET_S else "missed"
    console.print(f"auto: {fast:.3f} s for {ROWS:,} rows, {TARGET_S} asked for: {told}")


if __name__ == "__main__":
    main()
