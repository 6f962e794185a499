"""Scores of a series that is too short for windows."""

from __future__ import annotations

import numpy as np

from standout.detectors.series.limits import standard_score
from standout.types import Values

SHORT = 64
"""Rows under which there is no room for windows and their neighbours."""


def short_scores(x: Values) -> tuple[Values, Values]:
    """Score values by their distance to the median and to their neighbours' mean; ``(n,)`` both.

    Returns
    -------
    tuple
        The scores, and what had been expected: the median.
    """
    median = np.full(len(x), np.median(x))
    padded = np.pad(x, 1, mode="reflect")
    between = (padded[:-2] + padded[2:]) / 2
    far = standard_score(np.abs(x - median)) + standard_score(np.abs(x - between))
    return far / 2, median
