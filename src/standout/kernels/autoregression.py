"""Linear prediction of a series from its last values."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Batch, Values


@kernel
def weighted_moments(x: Values, weights: Values, gram: Batch, cross: Values) -> None:
    """Fill in the normal equations of each value on the values before it.

    Parameters
    ----------
    x
        Shape ``(n,)``.
    weights
        Of the rows from `order` on; shape ``(n - order,)``.
    gram, cross
        Shapes ``(order, order)`` and ``(order,)``; entry 0 belongs to the value just before.
    """
    order = len(cross)
    gram[:] = 0.0
    cross[:] = 0.0
    past = np.empty(order)
    for i in range(order, len(x)):
        weight = weights[i - order]
        for a in range(order):
            past[a] = x[i - 1 - a]
        target = weight * x[i]
        for a in range(order):
            scaled = weight * past[a]
            cross[a] += target * past[a]
            row = gram[a]
            for b in range(order):
                row[b] += scaled * past[b]


@kernel
def prediction_residuals(x: Values, coefficients: Values, out: Values) -> None:
    """Fill in what the prediction leaves of the rows from `order` on; shape ``(n - order,)``."""
    order = len(coefficients)
    for i in range(order, len(x)):
        predicted = 0.0
        for a in range(order):
            predicted += coefficients[a] * x[i - 1 - a]
        out[i - order] = x[i] - predicted
