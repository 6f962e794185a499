"""Alarms: what is made of flagged rows so that one event is told once."""

from __future__ import annotations

from standout.kernels.jit import kernel
from standout.types import Counts, Scores


@kernel
def group(scores: Scores, threshold: float, hold: int, kinds: Counts) -> None:
    """Tell which rows raise an alarm.

    Parameters
    ----------
    scores
        Shape ``(n,)``; nan is no score.
    threshold, hold
        Rows are flagged from this score on; flagged rows no more than `hold` apart are one alarm.
    kinds
        Shape ``(n,)``, overwritten: 1 at the first row of an alarm, 2 where it grows stronger than
        it was, 0 elsewhere.
    """
    newest = -1
    peak = 0.0
    for i in range(scores.shape[0]):
        kinds[i] = 0
        if scores[i] >= threshold:
            if newest < 0 or i - newest > hold:
                kinds[i] = 1
                peak = scores[i]
            elif scores[i] > peak:
                kinds[i] = 2
                peak = scores[i]
            newest = i


@kernel
def hold_down(scores: Scores, hold: int, held: Scores) -> None:
    """Keep of `scores` the rows that are stronger than the one kept within `hold` rows before.

    Parameters
    ----------
    scores
        Shape ``(n,)``; nan is no score.
    hold
        Rows.
    held
        Shape ``(n,)``, overwritten: the score of a row that is kept, else 0.
    """
    newest = -1
    peak = 0.0
    for i in range(scores.shape[0]):
        held[i] = 0.0
        if scores[i] > 0.0 and (newest < 0 or i - newest > hold or scores[i] > peak):
            held[i] = peak = scores[i]
            newest = i
