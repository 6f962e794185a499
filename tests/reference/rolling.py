"""Rolling mean and standard deviation, one window at a time, in exact fractions."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction


def features(values: list[float], i: int) -> list[float]:
    """Return mean and standard deviation over the 5 and the 20 values that end at `i`."""
    found = []
    for width in (5, 20):
        window = [Fraction(v) for v in values[i + 1 - width : i + 1]]
        found += [float(statistics.mean(window)), math.sqrt(statistics.variance(window))]
    return found
