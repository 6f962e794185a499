"""What is done to the scores and parts of each row: one call, where NumPy would take ten."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Batch, Scores, Values


@kernel
def rise(
    raw: Scores, knots: Values, at: Values, half_way: float, threshold: float, level: float,
    below: float, out: Scores,
) -> None:  # fmt: skip
    """Map raw scores by a rising, piecewise linear map that nears 1 beyond its last knot.

    The map is rounded; on which side of the threshold a score lies is not.

    Parameters
    ----------
    raw
        Shape ``(n,)``; nan stays nan.
    knots, at
        Raw scores, ascending and distinct, and what they become, in [0, 1]; shape ``(k,)``.
    half_way
        Distance beyond the last knot at which half of the way to 1 is gone; above 0.
    threshold, level, below
        From this raw score on the result is at least `level`, and before it at most `below`.
    out
        Filled, shape ``(n,)``.
    """
    last = len(knots) - 1
    for i in range(len(raw)):
        x = raw[i]
        if np.isnan(x):
            out[i] = np.nan
        elif x >= knots[last]:
            # Not away / (away + half_way), which rounding can let fall.
            share = 1.0 - half_way / (x - knots[last] + half_way)
            out[i] = min(at[last] + (1.0 - at[last]) * share, 1.0)
        elif x <= knots[0]:
            out[i] = at[0]
        else:
            low, high = 0, last
            while high - low > 1:
                middle = (low + high) // 2
                if knots[middle] <= x:
                    low = middle
                else:
                    high = middle
            share = (x - knots[low]) / (knots[high] - knots[low])
            # Rounding could lift it above the next knot.
            out[i] = min(at[low] + (at[high] - at[low]) * share, at[high])
        if x >= threshold:
            out[i] = max(out[i], level)
        elif x < threshold:
            out[i] = min(out[i], below)


@kernel
def share_out(parts: Batch) -> None:
    """Turn parts into shares, in place: negative ones are 0, a row sums to 1, or to 0.

    Parameters
    ----------
    parts
        Shape ``(n, d)``.
    """
    n, d = parts.shape
    for row in range(n):
        most = 0.0
        for f in range(d):
            most = max(most, parts[row, f])
        total = 0.0
        for f in range(d):
            # In units of the largest, so that no sum overflows.
            parts[row, f] = parts[row, f] / most if parts[row, f] > 0.0 else 0.0
            total += parts[row, f]
        for f in range(d):
            parts[row, f] = parts[row, f] / total if total > 0.0 else 0.0


@kernel
def all_finite(X: Batch) -> bool:
    """Whether no value is missing or infinite."""
    n, d = X.shape
    for row in range(n):
        wrong = 0
        for f in range(d):
            wrong += not np.isfinite(X[row, f])
        if wrong > 0:
            return False
    return True
