"""A bank: windows of the series drawn at random, as a memory to compare every window with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from standout.kernels.bank_distance import FAR, LANES, nearest, project
from standout.kernels.reconstruction import residuals
from standout.types import Batch, Counts, Values

SIZE = 2_500
"""Windows of a bank; 800 or 8,000 find little less or more."""

AXES = 24
BLOCK = 2_048
"""Windows that are compared in one call: what is held besides the series is bounded by it."""

_SOFT = 0.1
"""Least spread that a window is divided by, so that flat windows do not blow up."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a bank says of a series, a value a row; shape ``(n,)``.

    Parameters
    ----------
    distance
        Of the window around the row to its nearest bank window.
    residual
        Root of the mean squared residual of the row against the nearest bank windows of all
        windows that cover it.
    expected
        Mean of what those bank windows, each lifted to its window's own mean, have in its place.
    """

    distance: Values
    residual: Values
    expected: Values


def draw(n: int, width: int, size: int, seed: int) -> Counts:
    """Return the starts of a bank's windows among `n` rows, ascending."""
    starts = n - width + 1
    if starts <= size:
        return np.arange(starts)
    return np.sort(np.random.default_rng([seed, width]).choice(starts, size, replace=False))


def packed(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return points, shape ``(m, k)``, in blocks as the kernels take them."""
    blocks = -(-len(points) // LANES)
    padded = np.full((blocks * LANES, points.shape[1]), FAR, np.float32)
    padded[: len(points)] = points
    return np.ascontiguousarray(padded.reshape(blocks, LANES, -1).transpose(0, 2, 1))


def leading_axes(bank: Batch, most: int = AXES) -> Batch:
    """Return the principal axes of rows, shape ``(m, k)``: ``(k, most)``, the widest first.

    Fewer columns than axes need no rotation. Columns of zeros make their number one that the
    kernels take.
    """
    width = bank.shape[1]
    if width <= most:
        axes = np.eye(width)
    else:
        centred = bank - bank.mean(axis=0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        axes = vectors[:, : -most - 1 : -1]
    lacking = -axes.shape[1] % 4
    return np.ascontiguousarray(np.pad(axes, ((0, 0), (0, lacking))))


def compare(
    x: Values, width: int, *, size: int = SIZE, seed: int = 0, normalised: bool = False
) -> Compared:
    """Compare every window of a series with a bank of it, means taken off.

    Parameters
    ----------
    x
        Standardised; shape ``(n,)``.
    width
        Rows of a window, at most ``n // 2``.
    size
        Windows of the bank.
    seed
        Decides which.
    normalised
        Whether windows are divided by their spread, too (0.1 at least). `residual` and `expected`
        are not.

    Notes
    -----
    O(n) for a given size: about 40 ms for 10,000 rows. The search is shared by all that is
    answered.
    """
    n = len(x)
    starts = draw(n, width, size, seed)
    windows = sliding_window_view(x, width)
    levels = windows[starts].mean(axis=1)
    bank = windows[starts] - levels[:, None]
    shown = bank / _soft_spread(bank)[:, None] if normalised else bank
    axes = leading_axes(shown)
    # With columns of sum 0 the product of a window is that of the window less its mean.
    axes -= axes.mean(axis=0)
    memory = packed((shown @ axes).astype(np.float32))
    distance = np.empty(n - width + 1)
    squares, expected = np.zeros(n), np.zeros(n)
    for first in range(0, n - width + 1, BLOCK):
        last = min(first + BLOCK, n - width + 1)
        points = np.empty((last - first, axes.shape[1]), np.float32)
        project(x, width, axes, first, points)
        if normalised:
            points /= _soft_spread(windows[first:last])[:, None]
        found, neighbour = np.empty(last - first, np.float32), np.empty(last - first, np.int64)
        nearest(points, memory, *around(starts, first, last, width), found, neighbour)
        distance[first:last] = found
        residuals(x, width, starts, levels, neighbour, first, squares, expected)
    counts = covering(n, width)
    return Compared(placed(distance, n, width), np.sqrt(squares / counts), expected / counts)


def around(starts: Counts, first: int, last: int, width: int) -> tuple[Counts, Counts]:
    """Return the bank windows that overlap each window from `first` to `last`: ``[low, high)``."""
    rows = np.arange(first, last)
    low = np.searchsorted(starts, rows - width, side="right")
    return low, np.searchsorted(starts, rows + width, side="left")


def covering(n: int, width: int) -> Values:
    """Return how many windows cover each row; shape ``(n,)``."""
    rows = np.arange(n)
    reach = np.minimum(np.minimum(rows + 1, n - rows), min(width, n - width + 1))
    return reach.astype(np.float64)


def placed(windows: Values, n: int, width: int) -> Values:
    """Put a value a window on the window's middle row; the ends take the nearest; ``(n,)``."""
    before = width // 2
    padded: Values = np.pad(windows, (before, n - len(windows) - before), mode="edge")
    return padded


def _soft_spread(windows: Batch) -> Values:
    return np.asarray(np.maximum(windows.std(axis=1), _SOFT))
