"""Simple predictions of a series: from the last values, and from the same time of other periods."""

from __future__ import annotations

import numpy as np

from standout.kernels.autoregression import prediction_residuals, weighted_moments
from standout.kernels.smoothing import seasonal_median
from standout.types import Values

SEASONS = 5
"""Periods before and after a row that its seasonal median is taken over."""

ORDER = 32
_ROWS_A_COEFFICIENT = 10


def autoregression(x: Values, order: int = ORDER) -> Values:
    """Return how far each value is above a linear prediction by the `order` before it; ``(n,)``.

    Parameters
    ----------
    x
        Standardised; shape ``(n,)``.
    order
        Values that a prediction is from; at most a tenth of the rows are.

    Notes
    -----
    A ridge regression without intercept, fitted twice: the second time rows with a large residual
    weigh less (Huber), so that anomalies do not teach. The first `order` rows have the mean size
    of the `order` residuals after them. O(n order²).
    """
    order = max(1, min(order, len(x) // _ROWS_A_COEFFICIENT))
    weights, found = np.ones(len(x) - order), np.empty(len(x) - order)
    gram, cross = np.empty((order, order)), np.empty(order)
    for _ in range(2):
        weighted_moments(x, weights, gram, cross)
        ridge = 1e-3 * np.trace(gram) / order + 1e-6
        coefficients = np.linalg.solve(gram + ridge * np.eye(order), cross)
        prediction_residuals(x, coefficients, found)
        size = np.abs(found)
        limit = 2 * (1.5 * np.median(size) + 0.01 * size.mean())
        # Rows within the limit, those of residual 0 among them, keep their full weight.
        weights = np.divide(limit, size, out=np.ones_like(size), where=size > limit)
    return np.concatenate([np.full(order, np.abs(found[:order]).mean()), found])


def seasonal_levels(x: Values, period: int) -> Values:
    """Return the median of up to ten values at the same time of other periods; shape ``(n,)``."""
    expected = np.empty(len(x))
    seasonal_median(x, period, SEASONS, expected)
    return expected
