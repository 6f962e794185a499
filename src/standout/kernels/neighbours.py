"""Nearest rows, by brute force over blocks that stay in the cache.

Squared differences are added up for many reference rows at a time, so that the processor works
on several in one step although the order of a sum is never changed: a row's distances are the
same to the bit whether it comes alone or in a batch. Expanding the square to a matrix product
would be faster for many features, but loses the small distances to rounding, and its rounding
depends on the batch.
"""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel, part
from standout.types import Batch, Counts, Scores

ROWS = 256
"""Reference rows of a block."""

QUERIES = 32
"""Rows that are compared with a block before the next one."""


@part
def _distances(T: Batch, first: int, last: int, X: Batch, row: int, out: Scores) -> None:
    """Write the squared distance of a row to each reference row from `first` to `last`."""
    for j in range(last - first):
        out[j] = 0.0
    for f in range(T.shape[0]):
        x = X[row, f]
        column = T[f, first:last]
        for j in range(len(column)):
            away = column[j] - x
            out[j] += away * away


@kernel
def nearest(T: Batch, X: Batch, own: Counts, distance: Batch, index: Counts) -> None:
    """Find the nearest reference rows of each row.

    Parameters
    ----------
    T
        Reference rows, one a column: shape ``(d, m)``.
    X
        Rows, shape ``(n, d)``.
    own
        Reference row that a row is itself, and that is left out; -1 for none; shape ``(n,)``.
    distance, index
        Filled with the distances, ascending, and the columns of `T`; shape ``(n, k)``. Of equal
        distances the lower column comes first; `k` is at most the number of columns left.

    Notes
    -----
    O(n m d) time; safe in many threads at once.
    """
    m = T.shape[1]
    n, k = distance.shape
    block = np.empty(ROWS)
    for start in range(0, n, QUERIES):
        stop = min(start + QUERIES, n)
        distance[start:stop] = np.inf
        index[start:stop] = -1
        for first in range(0, m, ROWS):
            last = min(first + ROWS, m)
            for row in range(start, stop):
                _distances(T, first, last, X, row, block)
                worst = distance[row, k - 1]
                for j in range(last - first):
                    if block[j] < worst and first + j != own[row]:
                        place = k - 1
                        while place > 0 and distance[row, place - 1] > block[j]:
                            distance[row, place] = distance[row, place - 1]
                            index[row, place] = index[row, place - 1]
                            place -= 1
                        distance[row, place] = block[j]
                        index[row, place] = first + j
                        worst = distance[row, k - 1]
        for row in range(start, stop):
            for j in range(k):
                distance[row, j] = np.sqrt(distance[row, j])


@kernel
def nearest_of_groups(
    T: Batch, size: int, X: Batch, least: float, out: Batch, index: Counts
) -> None:
    """Find the distance to the nearest of each group of reference rows.

    Parameters
    ----------
    T
        Reference rows, one a column, `size` of each group after another: ``(d, groups · size)``.
    size
        Rows a group.
    X
        Rows, shape ``(n, d)``.
    least
        Squared distances below it are taken for the row itself and left out.
    out, index
        Filled with each group's distance, 0 where all were left out, and the column of `T`, or
        -1; shape ``(n, groups)``.
    """
    n, groups = out.shape
    block = np.empty(size)
    for row in range(n):
        for group in range(groups):
            first = group * size
            _distances(T, first, first + size, X, row, block)
            best = np.inf
            found = -1
            for j in range(size):
                if least <= block[j] < best:
                    best = block[j]
                    found = first + j
            out[row, group] = np.sqrt(best) if found >= 0 else 0.0
            index[row, group] = found


@kernel
def squared_parts(T: Batch, X: Batch, index: Counts, out: Batch) -> None:
    """Add up what each feature adds to the squared distances to named reference rows.

    Parameters
    ----------
    T, X
        As in `nearest`.
    index
        Columns of `T` a row, -1 for none; shape ``(n, k)``.
    out
        Filled, shape ``(n, d)``.
    """
    n, k = index.shape
    for row in range(n):
        for f in range(T.shape[0]):
            out[row, f] = 0.0
            for j in range(k):
                if index[row, j] >= 0:
                    out[row, f] += (X[row, f] - T[f, index[row, j]]) ** 2


@kernel
def radial_sum(T: Batch, weight: Scores, gamma: float, X: Batch, out: Scores) -> None:
    """Write the weighted sum of exp(-gamma · squared distance) over the reference rows.

    Parameters
    ----------
    T, X
        As in `nearest`.
    weight
        Of each reference row, shape ``(m,)``.
    gamma
        Above 0.
    out
        Filled, shape ``(n,)``.
    """
    m = T.shape[1]
    block = np.empty(ROWS)
    for row in range(len(X)):
        total = 0.0
        for first in range(0, m, ROWS):
            last = min(first + ROWS, m)
            _distances(T, first, last, X, row, block)
            for j in range(last - first):
                total += weight[first + j] * np.exp(-gamma * block[j])
        out[row] = total
