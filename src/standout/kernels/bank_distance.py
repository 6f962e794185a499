"""Distances of windows of a series to the nearest window of a bank, exclusion zone apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels.jit import kernel, part
from standout.types import Counts, Values

LANES = 128
"""Bank windows that are compared at once: their points and sums stay in the nearest cache."""

FAR = 1e15
"""Coordinate of the lanes that no bank window fills, and a limit of squared distances.

Its own square is still finite in float32, and far beyond the limit.
"""


@kernel
def project(x: Values, width: int, axes: Values, first: int, points: NDArray[Any]) -> None:
    """Fill in the coordinates of the windows that start at `first` and after.

    Parameters
    ----------
    x
        Shape ``(n,)``.
    width
        Rows of a window.
    axes
        A column an axis; shape ``(width, k)``. With columns of sum 0 the windows are centred.
    first
        Start of the first window.
    points
        Shape ``(windows, k)``, float32 or float64.
    """
    k = axes.shape[1]
    sums = np.empty(k)
    for i in range(len(points)):
        for c in range(k):
            sums[c] = 0.0
        for t in range(width):
            value = x[first + i + t]
            axis = axes[t]
            for c in range(k):
                sums[c] += value * axis[c]
        for c in range(k):
            points[i, c] = sums[c]


@part
def _compare(
    point: NDArray[np.float32], block: NDArray[np.float32], limit: float, sums: NDArray[np.float32]
) -> bool:
    """Fill in the squared distances to the windows of a block; False if none is below `limit`."""
    for j in range(LANES):
        sums[j] = 0.0
    for c in range(0, len(point), 4):
        p0, p1, p2, p3 = point[c], point[c + 1], point[c + 2], point[c + 3]
        b0, b1, b2, b3 = block[c], block[c + 1], block[c + 2], block[c + 3]
        for j in range(LANES):
            d0 = b0[j] - p0
            d1 = b1[j] - p1
            d2 = b2[j] - p2
            d3 = b3[j] - p3
            sums[j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3)
        if c == 4 or c == 12:  # noqa: PLR1714 - a set is slow in a kernel
            left = 0
            for j in range(LANES):
                left += sums[j] < limit
            if left == 0:
                return False
    return True


@kernel
def nearest(
    points: NDArray[np.float32],
    bank: NDArray[np.float32],
    low: Counts,
    high: Counts,
    distance: NDArray[np.float32],
    neighbour: Counts,
) -> None:
    """Find the nearest bank window of each window.

    Parameters
    ----------
    points
        Coordinates, the most spread out first; shape ``(windows, k)``, k a multiple of 4.
    bank
        Coordinates of the bank, in blocks; shape ``(blocks, k, LANES)``, `FAR` where it is empty.
    low, high
        Bank windows ``[low, high)`` are too near in time to be compared; shape ``(windows,)``.
    distance, neighbour
        Filled in: the Euclidean distance, and the place in the bank; inf and -1 where there is
        none to compare.

    Notes
    -----
    Sums of squared differences, not ``a² - 2ab + b²``: equal windows are at distance 0, and
    float32 is enough. A block is left when no partial sum is below the best so far, which changes
    no result. Nothing is fused or summed in another order, so every machine finds the same.
    """
    sums = np.empty(LANES, np.float32)
    for i in range(len(points)):
        distance[i] = FAR
        neighbour[i] = -1
    for block in range(len(bank)):
        begin = block * LANES
        for i in range(len(points)):
            best = distance[i]
            if not _compare(points[i], bank[block], best, sums):
                continue
            for j in range(max(low[i] - begin, 0), min(high[i] - begin, LANES)):
                sums[j] = np.inf
            found = -1
            for j in range(LANES):
                if sums[j] < best:
                    best = sums[j]
                    found = j
            if found >= 0:
                distance[i] = best
                neighbour[i] = begin + found
    for i in range(len(points)):
        distance[i] = np.sqrt(distance[i]) if neighbour[i] >= 0 else np.inf


@kernel
def three_nearest(
    points: NDArray[np.float32],
    bank: NDArray[np.float32],
    low: Counts,
    high: Counts,
    distance: NDArray[np.float32],
) -> None:
    """Fill in the mean distance to the three nearest bank windows; as `nearest` otherwise.

    Where fewer than three can be compared, the mean is over those; inf where none can.
    """
    sums = np.empty(LANES, np.float32)
    best = np.full((len(points), 3), np.float32(FAR))
    for block in range(len(bank)):
        begin = block * LANES
        for i in range(len(points)):
            if not _compare(points[i], bank[block], best[i, 2], sums):
                continue
            for j in range(max(low[i] - begin, 0), min(high[i] - begin, LANES)):
                sums[j] = np.inf
            for j in range(LANES):
                place = 2
                if sums[j] >= best[i, 2]:
                    continue
                while place > 0 and best[i, place - 1] > sums[j]:
                    best[i, place] = best[i, place - 1]
                    place -= 1
                best[i, place] = sums[j]
    for i in range(len(points)):
        count = 0
        total = np.float64(0.0)
        for j in range(3):
            if best[i, j] < FAR:
                total += np.sqrt(best[i, j])
                count += 1
        distance[i] = total / count if count > 0 else np.inf
