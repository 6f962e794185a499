"""NAB's score at every threshold, in one pass from the highest score down."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Counts, Scores, Values


@kernel
def sweep(
    scores: Scores,
    worth: Values,
    window: Counts,
    windows: int,
    fp_weight: float,
    fn_weight: float,
    result: Values,
) -> None:
    """Find the threshold with the best score.

    Parameters
    ----------
    scores
        In descending order; shape ``(n,)``.
    worth
        What a detection in that row earns, before the weights; shape ``(n,)``.
    window
        The window that the row lies in, -1 outside; shape ``(n,)``.
    windows
        Count of windows; one without any row is missed by everyone.
    fp_weight, fn_weight
        What a false and a missing detection cost.
    result
        Filled with the best score and its threshold (infinity: nothing is flagged); shape ``(2,)``.
    """
    earned = np.full(windows, -fn_weight)
    total = -fn_weight * windows
    result[0] = total
    result[1] = np.inf
    n = len(scores)
    for i in range(n):
        if window[i] < 0:
            total += fp_weight * worth[i]
        elif worth[i] > earned[window[i]]:
            total += worth[i] - earned[window[i]]
            earned[window[i]] = worth[i]
        # Rows that tie are flagged together.
        if (i + 1 == n or scores[i + 1] != scores[i]) and total > result[0]:
            result[0] = total
            result[1] = scores[i]
