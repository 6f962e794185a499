"""Figures of one contender on one series, and on a family of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from standout.detectors.series.period import dominant_period
from standout.evaluation.contenders import Contender
from standout.evaluation.events import EventCounts, count_events
from standout.evaluation.nab import NabScore, NabStream, nab_scores
from standout.evaluation.nab_alarms import AlarmFigures, alarm_figures
from standout.evaluation.ranking import auroc, average_precision
from standout.evaluation.series import LabelledSeries
from standout.evaluation.vus import vus_pr
from standout.types import Scores


@dataclass(frozen=True, slots=True)
class SeriesFigures:
    """Figures on one series, over the rows that count.

    Parameters
    ----------
    series
        Name of the series.
    rows, anomalous_rows
        How many count.
    vus_pr, average_precision, auroc
        How well the scores rank; nan where no row, or where every row, is anomalous.
    events
        What is seen at the shipped threshold; None where none was shipped.
    """

    series: str
    rows: int
    anomalous_rows: int
    vus_pr: float
    average_precision: float
    auroc: float
    events: EventCounts | None

    @property
    def clean(self) -> bool:
        """Whether no row is anomalous."""
        return self.anomalous_rows == 0


@dataclass(frozen=True, slots=True)
class FamilyFigures:
    """Figures of one contender on a family.

    Parameters
    ----------
    family, contender
        What was measured.
    series
        One entry a series.
    nab
        NAB's score by profile, each at its own best threshold; None for other families.
    nab_shipped
        The same at the shipped threshold; None where none was shipped.
    alarms
        The same of alarms, one an event, instead of rows; None for other families.
    """

    family: str
    contender: Contender
    series: tuple[SeriesFigures, ...]
    nab: dict[str, NabScore] | None = None
    nab_shipped: dict[str, NabScore] | None = None
    alarms: AlarmFigures | None = None

    def mean(self, figure: str, among: Sequence[str] | None = None) -> float:
        """Return the mean of a figure over the series that have it, or over those `among` them."""
        chosen = [one for one in self.series if among is None or one.series in among]
        values = np.array([getattr(one, figure) for one in chosen])
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else float("nan")

    @property
    def events(self) -> EventCounts | None:
        """What is seen at the shipped threshold, over all series."""
        return self._events(clean=False)

    @property
    def on_clean(self) -> EventCounts | None:
        """The same over the series without any anomaly."""
        return self._events(clean=True)

    def _events(self, *, clean: bool) -> EventCounts | None:
        counts = [one.events for one in self.series if one.clean or not clean]
        known = [count for count in counts if count is not None]
        return EventCounts.total(known) if known else None


def measure(series: LabelledSeries, scores: Scores, threshold: float | None) -> SeriesFigures:
    """Measure scores, shape ``(n,)``, on a series.

    Parameters
    ----------
    series
        The labels, and the rows that count.
    scores
        nan is no opinion: 0 for a ranking, never flagged.
    threshold
        The shipped one; None leaves out what needs one.
    """
    start = series.counted_from
    labels, counted = series.labels[start:], scores[start:]
    times = None if series.times_us is None else series.times_us[start:]
    width = dominant_period(series.values[start:]) if labels.any() else 0
    return SeriesFigures(
        series=series.name,
        rows=len(labels),
        anomalous_rows=int(labels.sum()),
        vus_pr=vus_pr(labels, counted, width),
        average_precision=average_precision(labels, counted),
        auroc=auroc(labels, counted),
        events=None if threshold is None else count_events(labels, counted, threshold, times),
    )


def measure_family(
    contender: Contender, series: Sequence[LabelledSeries], scores: Sequence[Scores]
) -> FamilyFigures:
    """Measure a contender on all series of one family, given its scores on each."""
    threshold = contender.threshold
    pairs = list(zip(series, scores, strict=True))
    figures = tuple(measure(one, found, threshold) for one, found in pairs)
    family = series[0].family
    streams = [NabStream(found, one.windows) for one, found in pairs]
    if not any(len(stream.windows) for stream in streams):
        return FamilyFigures(family, contender, figures)
    shipped = None if threshold is None else nab_scores(streams, threshold)
    told = alarm_figures(series, scores, threshold)
    return FamilyFigures(family, contender, figures, nab_scores(streams), shipped, told)
