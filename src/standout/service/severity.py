"""Words for scores: fifths of the scale, the same on the pages and in answers."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import numpy as np
import polars as pl

from standout.types import Scores

LEVELS: Final = ("expected", "low", "minor", "major", "critical")
BOUNDS: Final = (0.2, 0.4, 0.6, 0.8)


def severity(score: float) -> str:
    """Return the word for a score in [0, 1].

    Examples
    --------
    >>> severity(0.6)
    'major'
    """
    return LEVELS[bisect_right(BOUNDS, score)]


def severities(scores: Scores) -> list[str]:
    """Return the word for each score, shape ``(n,)``."""
    return [LEVELS[i] for i in np.searchsorted(BOUNDS, scores, side="right").tolist()]


def severity_words(scores: pl.Series) -> pl.Series:
    """Return the word for each score of a column."""
    word = pl.lit(LEVELS[-1])
    for bound, level in zip(reversed(BOUNDS), reversed(LEVELS[:-1]), strict=True):
        word = pl.when(pl.col(scores.name) < bound).then(pl.lit(level)).otherwise(word)
    return scores.to_frame().select(word.alias("severity")).to_series()
