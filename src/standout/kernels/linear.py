"""Scaled features, alone and weighed: one call, where NumPy would take five."""

from __future__ import annotations

from standout.kernels.jit import kernel, part
from standout.types import Batch, Scores, Values


@part
def _scaled(x: float, centre: float, scale: float, limit: float) -> float:
    moved = (float(x) - float(centre)) / float(scale)
    return min(max(moved, -float(limit)), float(limit))


@kernel
def scaled(X: Batch, centre: Values, scale: Values, limit: Values, out: Batch) -> None:
    """Move and scale each feature, and cut it off at its limit.

    Parameters
    ----------
    X
        Without nan; shape ``(n, d)``.
    centre, scale, limit
        The result is (x - centre) / scale, at most `limit` in size; scales and limits are above
        0; shape ``(d,)``.
    out
        Filled, shape ``(n, d)``.
    """
    n, d = X.shape
    for row in range(n):
        for f in range(d):
            out[row, f] = _scaled(X[row, f], centre[f], scale[f], limit[f])


@kernel
def weighed(
    X: Batch, centre: Values, scale: Values, limit: Values, weight: Values, out: Batch
) -> None:
    """Scale as `scaled`, and multiply each feature by its weight; shape ``(d,)``."""
    n, d = X.shape
    for row in range(n):
        for f in range(d):
            found = _scaled(X[row, f], centre[f], scale[f], limit[f])
            out[row, f] = found * float(weight[f])


@kernel
def weighed_sum(
    X: Batch, centre: Values, scale: Values, limit: Values, weight: Values, start: float,
    out: Scores,
) -> None:  # fmt: skip
    """Sum what `weighed` gives of each row, from the left, and add `start`; shape ``(n,)``."""
    n, d = X.shape
    for row in range(n):
        total = 0.0
        for f in range(d):
            found = _scaled(X[row, f], centre[f], scale[f], limit[f])
            total += found * float(weight[f])
        out[row] = total + start
