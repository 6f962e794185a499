"""NAB's score of alarms: what people are told, one an event, instead of every flagged row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from standout.detectors.thresholds import alarms, held
from standout.evaluation.nab import (
    NabCategory,
    NabScore,
    NabStream,
    nab_categories,
    nab_left_out,
    nab_scores,
)
from standout.evaluation.ranking import silent_as_zero
from standout.evaluation.series import LabelledSeries
from standout.types import Scores

HOLD = 100
"""Rows of the hold-down, for every contender: the default window."""


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """NAB's figures of a contender's alarms.

    Parameters
    ----------
    best
        By profile, each at its own best threshold.
    left_out
        Standard profile, each category at the threshold that suits the others best; nan where
        there is one category only.
    shipped
        Standard profile at the shipped threshold; nan where none was shipped.
    categories
        At the shipped threshold, or else at the best one.
    false_per_1000
        Alarms at the shipped threshold on series without windows, of 1,000 rows; nan without.
    """

    best: dict[str, NabScore]
    left_out: float
    shipped: float
    categories: tuple[NabCategory, ...]
    false_per_1000: float


def alarm_figures(
    series: Sequence[LabelledSeries], scores: Sequence[Scores], threshold: float | None
) -> AlarmFigures:
    """Measure alarms on series with windows; their categories are the folders in their names."""
    quiet = [
        NabStream(held(silent_as_zero(found), HOLD), one.windows)
        for one, found in zip(series, scores, strict=True)
    ]
    categories = [one.name.rpartition("/")[0] for one in series]
    best = nab_scores(quiet)
    told = quiet if threshold is None else _told(series, scores, threshold)
    level = best["standard"].threshold if threshold is None else 1.0
    return AlarmFigures(
        best=best,
        left_out=nab_left_out(quiet, categories) if len(set(categories)) > 1 else float("nan"),
        shipped=float("nan") if threshold is None else nab_scores(told, 1.0)["standard"].score,
        categories=tuple(nab_categories(told, categories, level)),
        false_per_1000=float("nan")
        if threshold is None
        else _false_rate(series, scores, threshold),
    )


def _told(
    series: Sequence[LabelledSeries], scores: Sequence[Scores], threshold: float
) -> list[NabStream]:
    """Return alarms as scores of 0 and 1."""
    return [
        NabStream((alarms(found, HOLD, threshold) > 0).astype(np.float64), one.windows)
        for one, found in zip(series, scores, strict=True)
    ]


def _false_rate(
    series: Sequence[LabelledSeries], scores: Sequence[Scores], threshold: float
) -> float:
    clean = [found for one, found in zip(series, scores, strict=True) if not one.labels.any()]
    rows = sum(len(found) for found in clean)
    count = sum(int((alarms(found, HOLD, threshold) == 1).sum()) for found in clean)
    return 1000 * count / rows if rows else float("nan")
