"""A series judged by an isolation forest on its rolling mean and standard deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from standout.detectors.batch import registry
from standout.types import Batch, Scores, Values

WINDOWS = (5, 20)
"""Values that mean and standard deviation are taken of."""
WARMUP = max(WINDOWS) - 1
"""Values before the first of which all is known."""
_LARGE, _SMALL = 1e150, 1e-150
_DOWN, _UP = 2.0**-600, 2.0**600


@dataclass(frozen=True, slots=True)
class SeriesScores:
    """What was found of a series of ``n`` values.

    Parameters
    ----------
    score
        In (0, 1), flagged from 0.6 on; nan where there is no value and in the warm-up.
    dropped
        Values of the warm-up.
    too_few
        Whether there were too few to say anything.
    """

    score: Scores
    dropped: int
    too_few: bool


def score_series(values: Sequence[float | None]) -> SeriesScores:
    """Score each value of a series by how soon random cuts set its surroundings apart.

    Finds stretches in which level or noise leave their usual range. The forest is grown on the
    whole series, so that a state that is common in it is usual, whenever it is; a spike shows in
    the windows that it is in, up to 20 values long. Blind to a change of shape with level and
    noise as they were.

    Parameters
    ----------
    values
        In order of time; None is a missing one, over which the windows reach to those before.

    Notes
    -----
    The score is that of the isolation forest: 2 to the power of minus mean path over expected
    path, about 0.45 for a usual value. No unit or level has a part in it. About a microsecond and
    a half a value, and 10 ms for the forest.

    References
    ----------
    .. [1] F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", 2008: "instances with scores
       over 0.6" as candidates.
    """
    column = np.array([np.nan if v is None else v for v in values], np.float64)
    known = np.flatnonzero(np.isfinite(column))
    scores = np.full(len(column), np.nan)
    if len(known) <= WARMUP:
        return SeriesScores(scores, len(known), too_few=True)
    X = rolling_features(column[known])
    forest = registry.make("isolation_forest", {}).fit(X)
    scores[known[WARMUP:]] = forest.score_many(X)
    return SeriesScores(scores, WARMUP, too_few=False)


def rolling_features(values: Values) -> Batch:
    """Return mean and standard deviation over 5 and 20 values, for each value from the 20th on.

    Shape ``(n - 19, 4)``, in units of a power of two that keeps squares finite.
    """
    peak = np.abs(values).max()
    scale = _DOWN if peak > _LARGE else (_UP if peak < _SMALL else 1.0)
    scaled = values * scale
    columns = []
    for width in WINDOWS:
        rows = np.lib.stride_tricks.sliding_window_view(scaled, width)[WARMUP + 1 - width :]
        # Around a value of its own, so that a flat window has exactly no deviation.
        near = rows - rows[:, :1]
        drift = near.mean(axis=1)
        columns += [rows[:, 0] + drift, np.std(near, axis=1, ddof=1)]
    return np.column_stack(columns)
