"""Distances from a centre after a linear map, summed in an order that no batch changes."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Batch, Point, Scores


@kernel
def squared_norms(X: Batch, centre: Point, W: Batch, out: Scores) -> None:
    """Write the squared length of each row, seen from the centre, after the map.

    Parameters
    ----------
    X
        Rows, shape ``(n, d)``.
    centre
        Shape ``(d,)``.
    W
        The map, one feature a row: shape ``(d, r)``.
    out
        Filled, shape ``(n,)``.

    Notes
    -----
    O(n d r) time.
    """
    d, r = W.shape
    y = np.empty(r)
    for row in range(len(X)):
        y[:] = 0.0
        for f in range(d):
            away = X[row, f] - centre[f]
            for i in range(r):
                y[i] += away * W[f, i]
        total = 0.0
        for i in range(r):
            total += y[i] * y[i]
        out[row] = total


@kernel
def squared_norm_parts(X: Batch, centre: Point, W: Batch, out: Batch) -> None:
    """Write what each feature adds to the squared length of each row; parts may be negative.

    Parameters
    ----------
    X, centre, W
        As in `squared_norms`.
    out
        Filled, shape ``(n, d)``; a row sums to its squared length.
    """
    d, r = W.shape
    y = np.empty(r)
    for row in range(len(X)):
        y[:] = 0.0
        for f in range(d):
            away = X[row, f] - centre[f]
            for i in range(r):
                y[i] += away * W[f, i]
        for f in range(d):
            total = 0.0
            for i in range(r):
                total += W[f, i] * y[i]
            out[row, f] = total * (X[row, f] - centre[f])
