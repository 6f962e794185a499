"""Thresholds: a detector scores, a threshold labels."""

from __future__ import annotations

import numpy as np

from standout.types import Scores, Values

SHIPPED = 0.6
"""The one threshold of every detector's score: three votes of five."""


def label(scores: Scores, threshold: float = SHIPPED) -> Values:
    """Label scores: 1 at or above the threshold, 0 below, nan where there is no score.

    Examples
    --------
    >>> label(np.array([0.2, 0.6, np.nan]))
    array([ 0.,  1., nan])
    """
    return np.where(np.isnan(scores), np.nan, (scores >= threshold).astype(np.float64))
