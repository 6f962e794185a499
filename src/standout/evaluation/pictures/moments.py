"""Moments at which a detector was most wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from standout.evaluation.events import first_flagged
from standout.evaluation.segments import Segments, segments
from standout.evaluation.series import LabelledSeries
from standout.types import Scores

MOST_OF_A_SERIES = 2
"""Pictures of one series: ten of the same kind would teach less."""


Kind: TypeAlias = Literal["miss", "false alarm"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A labelled event that was missed, or a false alarm.

    Parameters
    ----------
    kind
        Which of the two.
    series, scores
        Where it happened.
    start, end
        First row and the row after the last.
    peak
        The highest score in it.
    """

    kind: Kind
    series: LabelledSeries
    scores: Scores
    start: int
    end: int
    peak: float


def moments(series: LabelledSeries, scores: Scores, threshold: float) -> list[Moment]:
    """Return all missed events and all false alarms on a series, over the rows that count."""
    counted = np.arange(len(series)) >= series.counted_from
    flagged = (scores >= threshold) & counted
    events = segments(series.labels & counted)
    missed = events[first_flagged(flagged, events) < 0]
    false = segments(flagged & ~series.labels)
    known = np.nan_to_num(scores)
    kinds: list[tuple[Kind, Segments]] = [("miss", missed), ("false alarm", false)]
    return [
        Moment(kind, series, scores, start, end, float(known[start:end].max()))
        for kind, stretches in kinds
        for start, end in stretches.tolist()
    ]


def worst(found: Iterable[Moment], kind: Kind, count: int) -> list[Moment]:
    """Return the misses with the lowest peak, or the false alarms with the highest.

    Of those that tie the longest come first; at most two are of one series.
    """
    sign = 1 if kind == "miss" else -1
    chosen = [moment for moment in found if moment.kind == kind]
    chosen.sort(key=lambda moment: (sign * moment.peak, moment.start - moment.end))
    taken: Counter[tuple[str, str]] = Counter()
    best = []
    for moment in chosen:
        place = (moment.series.family, moment.series.name)
        if taken[place] < MOST_OF_A_SERIES:
            taken[place] += 1
            best.append(moment)
    return best[:count]
