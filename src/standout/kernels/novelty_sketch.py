"""The sketch of all values: at most 256 that keep the gaps between them, and the two ends.

A value lies in a gap if its nearest earlier value is far, inside the usual range or outside.
Where values are dense, those that are closest together are merged, so that what is kept is the
outline of the set rather than a sample of it.
"""

from __future__ import annotations

import math

from standout.kernels.jit import part
from standout.kernels.novelty_layout import (
    COUNT,
    MEMORY,
    SKETCH,
    SKETCH_MOST,
    SKETCH_SIZE,
    SKETCH_TIMES,
)
from standout.types import Values

SWEEP_EVERY = 256


@part
def place_of(row: Values, n: int, x: float) -> int:
    """Place of the first of `n` ascending values that is not below `x`; `n` if there is none."""
    low = 0
    high = n
    while low < high:
        middle = (low + high) >> 1
        if row[SKETCH + middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


@part
def gap(row: Values, x: float) -> float:
    """Distance from `x` to the nearest value; nan if there is none."""
    n = int(row[SKETCH_SIZE])
    if n == 0:
        return math.nan
    place = place_of(row, n, x)
    d = math.inf
    if place < n:
        d = row[SKETCH + place] - x
    if place > 0:
        d = min(d, x - row[SKETCH + place - 1])
    return d


@part
def keep(row: Values, x: float) -> None:
    """Take a value into the sketch, merging where it is densest if there is no room."""
    now = row[COUNT]
    n = int(row[SKETCH_SIZE])
    place = place_of(row, n, x)
    if place < n and row[SKETCH + place] == x:
        row[SKETCH_TIMES + place] = now
    else:
        for i in range(n, place, -1):
            row[SKETCH + i] = row[SKETCH + i - 1]
            row[SKETCH_TIMES + i] = row[SKETCH_TIMES + i - 1]
        row[SKETCH + place] = x
        row[SKETCH_TIMES + place] = now
        n += 1
        if n > SKETCH_MOST:
            merge(row, n)
            n -= 1
    row[SKETCH_SIZE] = n
    if (int(now) + 1) % SWEEP_EVERY == 0:
        sweep(row, now)


@part
def merge(row: Values, n: int) -> None:
    """Drop the value whose neighbours are closest together; the nearer one inherits its time."""
    least = math.inf
    dropped = 1
    for i in range(1, n - 1):
        width = row[SKETCH + i + 1] - row[SKETCH + i - 1]
        if width < least:
            least = width
            dropped = i
    below = row[SKETCH + dropped] - row[SKETCH + dropped - 1]
    above = row[SKETCH + dropped + 1] - row[SKETCH + dropped]
    heir = dropped - 1 if below <= above else dropped + 1
    row[SKETCH_TIMES + heir] = max(row[SKETCH_TIMES + heir], row[SKETCH_TIMES + dropped])
    for i in range(dropped, n - 1):
        row[SKETCH + i] = row[SKETCH + i + 1]
        row[SKETCH_TIMES + i] = row[SKETCH_TIMES + i + 1]


@part
def sweep(row: Values, now: float) -> None:
    """Drop what was not met for `MEMORY` values."""
    kept = 0
    for i in range(int(row[SKETCH_SIZE])):
        if now - row[SKETCH_TIMES + i] <= MEMORY:
            row[SKETCH + kept] = row[SKETCH + i]
            row[SKETCH_TIMES + kept] = row[SKETCH_TIMES + i]
            kept += 1
    row[SKETCH_SIZE] = kept
