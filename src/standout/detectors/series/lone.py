"""Lone values: single rows that are far from all others, told by the tail of the others.

The mean of many members is blind to a few spikes in a series: they raise its standard deviation by
themselves, and windows around them find each other. So each value is also held against what a
series of its kind would have, and a few that are far beyond all others are anomalies whatever the
mean says.
"""

from __future__ import annotations

import math

import numpy as np

from standout.detectors.series.limits import ROUNDING
from standout.types import Counts, Values

CHANCE = 0.01
"""Values beyond the bound that a series of any length is expected to have by chance."""
LEVELS = (0.5, 0.8, 0.95)
FAR_LEVELS = (0.8, 0.95, 0.99)
"""Quantiles that tell how distances fall off: of the nineteen rows in twenty that are not lone."""
FAR_ROWS = 500
"""Rows from which on the far quantiles say something."""
LIGHTEST, LIGHTEST_FAR, HEAVIEST = 0.0, -0.05, 4.0
"""Shapes of the tail: 0 is exponential, 1/3 a Student's t with 3 degrees of freedom.

A Gaussian tail falls off faster, by -0.1 or so, which few rows cannot tell.
"""
GAP = 1.2
"""Times the largest of the others that a lone value is, at least."""
CLEFT, NEAR = 1.75, 0.75
"""The same of one in a short series that is only beyond this part of the lightest tail's bound.

A few lone values among under `FAR_ROWS` make the tail look heavy by themselves; a gap tells them.
"""
FEW, SHARE = 5, 400
"""At most so many rows, or one in so many, are lone: more are how the series is."""
REGULAR_FROM, REGULAR = 6, 0.1
"""Rows from which on, at spacings that vary by less than this part, they are a rhythm."""
MOST = 1.5


def lone_values(x: Values) -> Values:
    """Tell how far values are beyond the bound of lone ones.

    Parameters
    ----------
    x
        Shape ``(n,)``, without missing values.

    Returns
    -------
    Values
        Times the bound, 1 to 1.5, of those that are lone; 0 of all others.

    Notes
    -----
    Two distances of each value are looked at: from the median of all, and from the median of its
    four neighbours. Beyond their 95th percentile they are taken to fall off as a generalised Pareto
    distribution whose shape is that of their quantiles, `LIGHTEST` at least; the bound is where
    `CHANCE` values are expected. O(n log n), 1 ms for 10,000 rows.

    Fails on lone values that come as a pair (the first two apart), on more than a few, and where
    most values are equal: quantiles tell nothing there.

    References
    ----------
    .. [1] A. Siffer et al., "Anomaly Detection in Streams with Extreme Value Theory", KDD 2017.
    .. [2] J. Pickands, "Statistical Inference Using Extreme Order Statistics", Ann. Stat. 3, 1975.
    """
    padded = np.pad(x, 2, mode="reflect")
    around = np.median([padded[:-4], padded[1:-3], padded[3:-1], padded[4:]], axis=0)
    found = np.zeros(len(x))
    for distance in (np.abs(x - np.median(x)), np.abs(x - around)):
        bound = tail_bound(distance)
        rows = _lone(distance, bound, tail_bound(distance, heaviest=LIGHTEST))
        found[rows] = np.maximum(found[rows], np.clip(distance[rows] / bound, 1.0, MOST))
    return found


def tail_bound(distance: Values, heaviest: float = HEAVIEST) -> float:
    """Return the distance beyond which `CHANCE` of the values are expected; infinite if unknown.

    Parameters
    ----------
    distance
        Shape ``(n,)``, 0 at least.
    heaviest
        Shape of the tail at the most.
    """
    if len(distance) < FAR_ROWS:
        return _bound(distance, LEVELS, (LIGHTEST, heaviest))
    shapes = LIGHTEST_FAR, heaviest
    bound = _bound(distance, LEVELS, shapes)
    middle, _, high = np.quantile(distance, FAR_LEVELS)
    if high > 0 and high - middle <= ROUNDING * high:
        return bound  # of few levels: the far quantiles are one of them
    return max(bound, _bound(distance, FAR_LEVELS, shapes))


def _bound(
    distance: Values, levels: tuple[float, float, float], shapes: tuple[float, float]
) -> float:
    low, middle, high = map(float, np.quantile(distance, levels))
    if high - middle <= ROUNDING * high and middle > low:
        # A waveform of few levels, whose highest is reached often: as light a tail as there is.
        return _outwards(low, middle - low, (levels[0], levels[1]), shapes[0], len(distance))
    if not high > middle > low:
        return math.inf
    shape = _shape((high - middle) / (middle - low), levels, shapes)
    rest = [1.0 - level for level in levels]
    near, far = (_growth(rest[0] / few, shape) for few in rest[1:])
    return low + (high - middle) / (far - near) * _growth(rest[0] * len(distance) / CHANCE, shape)


def _outwards(low: float, rise: float, levels: tuple[float, float], shape: float, n: int) -> float:
    """Return the bound where two quantiles are `rise` apart, and nothing else is known."""
    rest = [1.0 - level for level in levels]
    return low + rise / _growth(rest[0] / rest[1], shape) * _growth(rest[0] * n / CHANCE, shape)


def _shape(ratio: float, levels: tuple[float, float, float], shapes: tuple[float, float]) -> float:
    """Return the shape, between two, at which quantiles are as far apart as `ratio` says."""
    rest = [1.0 - level for level in levels]

    def told(shape: float) -> float:
        near = _growth(rest[0] / rest[1], shape)
        return (_growth(rest[0] / rest[2], shape) - near) / near

    low, high = shapes
    if ratio <= told(low):
        return low
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if told(middle) < ratio else (low, middle)
    return high


def _growth(times: float, shape: float) -> float:
    """Return how far a generalised Pareto quantile is where `times` fewer values are beyond it."""
    return float(math.expm1(shape * math.log(times)) / shape) if shape else math.log(times)


def _lone(distance: Values, bound: float, light: float) -> Counts:
    """Return the rows that are far, few, apart from all others, and no rhythm."""
    most = max(FEW, len(distance) // SHARE)
    if np.count_nonzero(distance > bound) > most:
        return np.empty(0, np.int64)
    rows = np.argsort(distance)[: -most - 2 : -1]
    far, nearer = distance[rows[:-1]], distance[rows[1:]]
    apart = (far > bound) & (far >= GAP * nearer)
    if len(distance) < FAR_ROWS:
        apart |= (far > NEAR * light) & (far >= CLEFT * nearer)
    count = int(np.flatnonzero(apart)[-1]) + 1 if apart.any() else 0
    rows = np.sort(rows[:count])
    gaps = np.diff(rows)
    rhythm = len(rows) >= REGULAR_FROM and gaps.std() <= REGULAR * gaps.mean()
    return rows[:0] if rhythm else rows
