"""From raw scores of a whole series to [0, 1], with the threshold at 0.6."""

from __future__ import annotations

import math

import numpy as np

from standout.detectors.thresholds import SHIPPED
from standout.types import Scores, Values

HIGHEST = 4.5
"""Standard deviations of the raw score from which on a row of a long series is an anomaly.

Of 3, 3.5, ... 6 and 7 this is the best by the F1 of events, as the mean over six labelled
families, and of the means with one family left out in five cases of six (5 without MSL). The plain
standard deviation was better than six robust measures of spread: where a series has many
anomalies it rises with them.
"""

ROUNDING = 1e-9
"""Spread that is only rounding, of scores of values with standard deviation 1."""

ENSEMBLE = 0.5
"""Least spread of a mean of members' standard scores.

It is 0.55 to 0.9 on real series. On one that repeats to the last digit most members are silent,
and what the others say of its ends and steps would be taken for much: there it is under 0.3.
"""

_STEEPNESS = 3
_JUST_BELOW = float(np.nextafter(SHIPPED, 0.0))


def limit(n: int) -> float:
    """Return the standard deviations from which on a row is an anomaly among `n`.

    A wide anomaly in a short series cannot reach 4.5: one of a share q of all rows reaches
    ``sqrt(1/q - 1)`` at most. So the limit grows with the length as the highest of that many
    values does: 3 at 100 rows, 4.25 at 1,000, 4.5 from 1,600 on.
    """
    return min(HIGHEST, 0.5 + 1.25 * math.log10(max(n, 10)))


def to_unit(raw: Scores, least: float, lone: Values | None = None) -> Scores:
    """Map raw scores, shape ``(n,)``, to [0, 1): rising, and 0.6 at the limit.

    Parameters
    ----------
    raw
        Higher is more anomalous.
    least
        Spread under which they are not taken for larger than they are.
    lone
        Times the limit that each is at the least; None for 0.

    Returns
    -------
    Scores
        Zeros where all are alike.
    """
    raw = standard_score(raw, least)
    lowest = float(raw.min())
    at = limit(len(raw))
    raw = raw if lone is None else np.where(lone > 0, np.maximum(raw, at * lone), raw)
    share = ((raw - lowest) / (at - lowest)) ** _STEEPNESS
    score = share / (share + (1.0 / SHIPPED - 1.0))
    # The map is rounded; whether a row is flagged must not be.
    return np.where(raw >= at, np.maximum(score, SHIPPED), np.minimum(score, _JUST_BELOW))


def standard_score(score: Values, least: float = ROUNDING) -> Values:
    """Return a score less its mean, in its own standard deviations, or in `least` if that is more.

    Zeros where nothing but rounding is left.
    """
    centred = score - score.mean()
    spread = float(np.sqrt(np.square(centred).mean()))
    return centred / max(spread, least) if spread > ROUNDING else np.zeros_like(score)
