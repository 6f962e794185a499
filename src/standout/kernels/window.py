"""The window: a ring, the same values sorted, and centred moments, updated by one value."""

from __future__ import annotations

from standout.kernels.jit import part
from standout.kernels.layout import ANCHOR, COUNT, HEAD, M2, MEAN, PEAK, RING
from standout.types import Values

LOST_DIGITS = 1e-6
"""Share of its peak below which `M2` has lost too many digits and is summed afresh."""


@part
def find(row: Values, start: int, n: int, x: float) -> int:
    """Place of the first of `n` ascending values that is not below `x`, at most ``n - 1``.

    Without branches: the next comparison cannot be guessed, and a wrong guess costs more.
    """
    place = 0
    while n > 1:
        half = n >> 1
        place += half * (row[start + place + half - 1] < x)
        n -= half
    return place


@part
def insert(row: Values, start: int, n: int, x: float) -> None:
    """Add `x` to `n` ascending values."""
    i = n
    while i > 0 and row[start + i - 1] > x:
        row[start + i] = row[start + i - 1]
        i -= 1
    row[start + i] = x


@part
def replace(row: Values, start: int, n: int, old: float, x: float) -> None:
    """Put `x` in place of `old` among `n` ascending values, moving only those between."""
    i = find(row, start, n, old)
    if x > old:
        while i + 1 < n and row[start + i + 1] < x:
            row[start + i] = row[start + i + 1]
            i += 1
    else:
        while i > 0 and row[start + i - 1] > x:
            row[start + i] = row[start + i - 1]
            i -= 1
    row[start + i] = x


@part
def sum_afresh(row: Values, n: int) -> None:
    """Sum the moments of the `n` values in the ring anew, around a new anchor."""
    first = row[RING]
    total = 0.0
    for i in range(n):
        total += row[RING + i] - first
    anchor = first + total / n
    total = 0.0
    squares = 0.0
    for i in range(n):
        deviation = row[RING + i] - anchor
        total += deviation
        squares += deviation * deviation
    row[ANCHOR] = anchor
    row[MEAN] = total / n
    row[M2] = max(squares - total * (total / n), 0.0)
    row[PEAK] = row[M2]


@part
def push(row: Values, window: int, x: float) -> None:
    """Learn `x`: it enters the window, and the oldest value leaves a full one.

    The moments follow Welford's recurrence, for a full window with one value replaced. Rounding
    collects in them, at most in proportion to the largest `M2` there was, so they are summed
    afresh once a window, and at once where `M2` has fallen far below that peak: when an outlier
    leaves. Amortised O(1), besides the shift within the sorted window.
    """
    count = int(row[COUNT])
    head = int(row[HEAD])
    if count < window:
        if count == 0:
            row[ANCHOR] = x
        n = count + 1
        insert(row, RING + window, count, x)
        centred = x - row[ANCHOR]
        delta = centred - row[MEAN]
        row[MEAN] += delta / n
        row[M2] += delta * (centred - row[MEAN])
    else:
        n = window
        old = row[RING + head]
        replace(row, RING + window, window, old, x)
        delta = x - old
        before = row[MEAN]
        after = before + delta / window
        row[MEAN] = after
        row[M2] += delta * ((x - row[ANCHOR] - after) + (old - row[ANCHOR] - before))
    row[RING + head] = x
    head += 1
    if head == window:
        head = 0
    row[HEAD] = head
    row[COUNT] = count + 1
    row[PEAK] = max(row[PEAK], row[M2])
    if head == 0 or not row[M2] >= LOST_DIGITS * row[PEAK]:
        sum_afresh(row, n)
