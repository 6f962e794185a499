"""How far from the mean of few rows a further one may lie: Hotelling's limit."""

from __future__ import annotations

import math
from functools import lru_cache

TAIL = math.erfc(3 / math.sqrt(2))
"""What lies beyond three standard deviations on both sides: 0.27 %."""
_HALVINGS = 200
_TERMS = 500
_TINY = 1e-300
_CLOSE = 1e-15


@lru_cache(maxsize=4096)
def farthest_usual(columns: int, rows: int) -> float:
    """Return the Mahalanobis distance beyond which one further row in 370 lies.

    Parameters
    ----------
    columns
        d, at least 1.
    rows
        n, from which mean and covariance were estimated; over d.

    Returns
    -------
    float
        3 for one column and many rows, more for more columns or fewer rows.

    Notes
    -----
    For rows that are normally distributed. The square of the distance is
    d (n^2 - 1) / (n (n - d)) times Fisher's F with d and n - d degrees of freedom.

    References
    ----------
    .. [1] H. Hotelling, "The Generalization of Student's Ratio", 1931.
    """
    a, b = columns / 2, (rows - columns) / 2
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        # The tail of F is the incomplete beta function of b / (b + a F), with b first.
        if share_below(b, a, middle) < TAIL:
            low = middle
        else:
            high = middle
    share = max(low, _TINY)
    fisher = b / a * (1 - share) / share
    return math.sqrt(columns * (rows * rows - 1) / (rows * (rows - columns)) * fisher)


def share_below(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction.

    Parameters
    ----------
    a, b
        Over 0.
    x
        In [0, 1].
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    # The fraction converges quickly on one side of the mean only; the other follows by symmetry.
    if x > (a + 1) / (a + b + 2):
        return 1 - share_below(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """Sum the fraction by Lentz's method."""
    c, d = 1.0, 1 / _away_from_0(1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1 / _away_from_0(1 + term * d)
            c = _away_from_0(1 + term / c)
            step = c * d
            total *= step
        if abs(step - 1) < _CLOSE:
            break
    return total


def _away_from_0(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
