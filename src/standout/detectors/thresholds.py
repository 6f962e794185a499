"""Thresholds: a detector scores, a threshold labels, and labels that belong together are an alarm.

A score, and the label that follows from it, belong to one row and never depend on whether somebody
was told already: `anomaly` is 1 exactly where the score is at least 0.6. An alarm is for people: it
is worked out from the scores of a stream, by whoever tells people, and needs no state of its own.
"""

from __future__ import annotations

import numpy as np

from standout.kernels.alarms import group, hold_down
from standout.types import Counts, Scores, Values

SHIPPED = 0.6
"""The one threshold of every detector's score: three votes of five."""
NEW, RAISED = 1, 2
"""What `alarms` says of the first row of an alarm, and of one that is stronger than all before."""


def label(scores: Scores, threshold: float = SHIPPED) -> Values:
    """Label scores: 1 at or above the threshold, 0 below, nan where there is no score.

    Examples
    --------
    >>> label(np.array([0.2, 0.6, np.nan]))
    array([ 0.,  1., nan])
    """
    return np.where(np.isnan(scores), np.nan, (scores >= threshold).astype(np.float64))


def alarms(scores: Scores, hold: int, threshold: float = SHIPPED) -> Counts:
    """Tell which rows of a stream raise an alarm: one an event, however long it is.

    Parameters
    ----------
    scores
        Of one stream in order of time, shape ``(n,)``; nan is no score.
    hold
        Rows at or over the threshold that are no more than this apart belong to one alarm.
    threshold
        As in `label`.

    Returns
    -------
    Counts
        Shape ``(n,)``: 1 (`NEW`) at the first row of an alarm, 2 (`RAISED`) where it becomes
        stronger than it was, 0 elsewhere. Causal: what comes later changes nothing.

    Examples
    --------
    >>> alarms(np.array([0.1, 0.7, 0.7, 0.9, 0.1, 0.1, 0.1, 0.6]), hold=2)
    array([0, 1, 0, 2, 0, 0, 0, 1])
    """
    kinds = np.empty(len(scores), np.int64)
    group(scores, threshold, hold, kinds)
    return kinds


def held(scores: Scores, hold: int) -> Scores:
    """Hold scores down without a threshold, so that one can be chosen later.

    Within `hold` rows after a row that is kept only a stronger one is kept; the others become 0.
    At any threshold the rows that are left are those that a hold-down at that threshold leaves.

    Examples
    --------
    >>> held(np.array([0.1, 0.7, 0.7, 0.9, 0.1]), hold=2)
    array([0.1, 0.7, 0. , 0.9, 0. ])
    """
    kept = np.empty(len(scores))
    hold_down(scores, hold, kept)
    return kept
