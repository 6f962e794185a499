"""River's half-space trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from standout.errors import Unavailable
from standout.types import Scores, Values


def half_space_trees(values: Values, *, seed: int) -> Scores:
    """Score each value by River's half-space trees with its defaults, then learn it.

    Parameters
    ----------
    values
        Shape ``(n,)``; missing ones are left out and score nan.
    seed
        Decides the cuts.

    Raises
    ------
    Unavailable
        River is not installed.

    Notes
    -----
    10 trees of height 8, window 250. The trees cut [0, 1], so the values are scaled by the
    smallest and the largest so far: that keeps it causal. About 20 microseconds a value.
    """
    try:
        from river import anomaly, preprocessing  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        msg = "half_space_trees needs River; install it by: pip install 'standout[bench]'."
        raise Unavailable(msg) from None
    scaler: Any = preprocessing.MinMaxScaler()
    trees: Any = anomaly.HalfSpaceTrees(seed=seed)
    scores = np.full(len(values), np.nan)
    for i in np.flatnonzero(~np.isnan(values)).tolist():
        x = {"value": float(values[i])}
        scaler.learn_one(x)
        x = scaler.transform_one(x)
        scores[i] = trees.score_one(x)
        trees.learn_one(x)
    return scores
