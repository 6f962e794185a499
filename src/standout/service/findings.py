"""What a run finds of one row."""

from __future__ import annotations

import math

import numpy as np

from standout.domain.runs import Finding
from standout.kernels import scatter
from standout.kernels.hotelling import farthest_usual
from standout.kernels.scatter import FARTHEST, Scatter
from standout.types import Point, Values

Z_LIMIT = 3.0
"""Standard deviations beyond which a single value is flagged."""
LARGEST = 1e300


def judge(sums: Scatter, x: Point) -> Finding:
    """Judge a row by running statistics.

    Parameters
    ----------
    sums
        Of at least two rows.
    x
        Finite numbers; shape ``(d,)``.

    Returns
    -------
    Finding
        All of it finite. Flagged where a value lies over three standard deviations from its mean,
        or the row lies farther from the mean than one usual row in 370 would (Hotelling's limit,
        where there are more rows than columns). No unit has a part in either.

    Notes
    -----
    A column that never changed has no density: it is left out where `x` has its value, and
    makes all densities 0 where not. Blind to anything but linear relations between columns, and
    to two groups of rows with an empty middle. O(d^3).
    """
    z = scatter.deviates(sums, x)
    spread = sums.deviations()
    away = scatter.distance(sums, x)
    highest = float(np.abs(z).max())
    return Finding(
        z_score=highest,
        density=_density(z, spread),
        probability=math.exp(-highest * highest / 2),
        distance=away,
        anomaly=highest > Z_LIMIT or away > _limit(sums, int((spread > 0).sum())),
    )


def _density(z: Values, spread: Values) -> float:
    varies = spread > 0
    if (np.abs(z[~varies]) == FARTHEST).any():
        return 0.0
    if not varies.any():
        return 1.0
    with np.errstate(over="ignore", under="ignore"):
        heights = np.exp(-(z[varies] ** 2) / 2) / (spread[varies] * math.sqrt(2 * math.pi))
    return min(float(heights.min()), LARGEST)


def _limit(sums: Scatter, columns: int) -> float:
    if not columns:
        return 0.0
    # As many rows as columns or fewer say nothing of how columns go together.
    return farthest_usual(columns, sums.count) if sums.count > columns else math.inf
