"""The rolling baseline, as plainly as it can be written."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction


def verdict(
    before: list[float], x: float, window: int, multiplier: float
) -> tuple[float, float, float] | None:
    """Return mean, lower and upper end before `x` is learnt; None while warming up."""
    known = [v for v in before if math.isfinite(v)]
    if len(known) < min(window, 30) or not math.isfinite(x):
        return None
    exact = [Fraction(v) for v in known[-window:]]
    mean = statistics.mean(exact)
    half = multiplier * math.sqrt(statistics.variance(exact))
    return float(mean), float(mean) - half, float(mean) + half
