"""A Gaussian fitted to a sliding window, and how far each new value lies in its tails."""

from __future__ import annotations

import math

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Scores, Values

LEAST_SPREAD = 1e-6
"""Stands for the standard deviation of a flat window."""


@kernel
def tail_scores(values: Values, window: int, step: int, scores: Scores) -> None:
    """Score each value by 1 minus its tail probability, then learn it.

    Parameters
    ----------
    values
        Shape ``(n,)``, without missing ones.
    window, step
        The window grows to `window` values, then moves on by `step` at a time.
    scores
        Filled, from 0.5 to 1; the first is 0. Shape ``(n,)``.
    """
    start = 0
    end = 0
    mean = 0.0
    spread = 1.0
    for i in range(len(values)):
        scores[i] = 0.0
        if end > start:
            scores[i] = 1.0 - 0.5 * math.erfc(abs(values[i] - mean) / spread / math.sqrt(2.0))
        if end - start < window:
            end = i + 1
        elif i + 1 - end == step:
            start += step
            end += step
        else:
            continue
        mean = float(values[start:end].mean())
        spread = float(np.std(values[start:end])) or LEAST_SPREAD
