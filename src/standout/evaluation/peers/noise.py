"""Scores that know nothing: what a metric pays for noise."""

from __future__ import annotations

import numpy as np

from standout.types import Scores, Values


def noise(values: Values, *, seed: int) -> Scores:
    """Score each value by a number from [0, 1) that has nothing to do with it."""
    return np.random.default_rng(seed).random(len(values))
