"""What a user sees at the shipped threshold: events found, false alarms, delay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from standout.evaluation.segments import Segments, segments
from standout.types import Mask, Scores, Times, Values


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Labelled events and alarms, of one series or of several together.

    Parameters
    ----------
    events, found
        Labelled stretches, and those in which a row was flagged.
    false_alarms
        Stretches of flagged rows outside all labels. A long one counts once for each started
        length of a typical (median) event of its series: to flag everything must not pay.
    flagged_rows, normal_rows
        Rows outside all labels: those flagged, and all.
    delay_rows, delay_s
        Of each found event, from its first row to its first flagged row; seconds where the
        series has times.
    """

    events: int
    found: int
    false_alarms: int
    flagged_rows: int
    normal_rows: int
    delay_rows: Values
    delay_s: Values

    @property
    def recall(self) -> float:
        """Share of events that were found; nan without events."""
        return self.found / self.events if self.events else float("nan")

    @property
    def precision(self) -> float:
        """Share of found events among these and the false alarms; nan without either."""
        alarms = self.found + self.false_alarms
        return self.found / alarms if alarms else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where events are missed all; nan without."""
        if not self.events:
            return float("nan")
        return 2 * self.found / (self.events + self.found + self.false_alarms)

    @property
    def flagged_per_1000(self) -> float:
        """Flagged rows outside all labels, of 1,000 such rows; nan without such rows."""
        return 1000 * self.flagged_rows / self.normal_rows if self.normal_rows else float("nan")

    @property
    def median_delay_rows(self) -> float:
        """Median delay in rows; nan where no event was found."""
        return _median(self.delay_rows)

    @property
    def median_delay_s(self) -> float:
        """Median delay in seconds; nan where no event with times was found."""
        return _median(self.delay_s)

    @classmethod
    def total(cls, counts: Iterable[Self]) -> EventCounts:
        """Return the counts of several series together."""
        parts = list(counts)
        return EventCounts(
            events=sum(part.events for part in parts),
            found=sum(part.found for part in parts),
            false_alarms=sum(part.false_alarms for part in parts),
            flagged_rows=sum(part.flagged_rows for part in parts),
            normal_rows=sum(part.normal_rows for part in parts),
            delay_rows=np.concatenate([np.empty(0), *(part.delay_rows for part in parts)]),
            delay_s=np.concatenate([np.empty(0), *(part.delay_s for part in parts)]),
        )


def count_events(
    labels: Mask, scores: Scores, threshold: float, times_us: Times | None = None
) -> EventCounts:
    """Compare what is flagged with what is labelled.

    Parameters
    ----------
    labels
        True where a row is anomalous; shape ``(n,)``.
    scores
        Shape ``(n,)``; nan is never flagged.
    threshold
        A row is flagged from this score on.
    times_us
        Microseconds; shape ``(n,)``.

    Notes
    -----
    Nothing is point-adjusted: one flagged row finds its event, but does not make its other rows
    count as found.
    """
    flagged = scores >= threshold
    events = segments(labels)
    first = first_flagged(flagged, events)
    hit = first >= 0
    false = flagged & ~labels
    starts = events[hit, 0]
    delay_us = np.empty(0) if times_us is None else (times_us[first[hit]] - times_us[starts])
    return EventCounts(
        events=len(events),
        found=int(hit.sum()),
        false_alarms=_false_alarms(segments(false), events),
        flagged_rows=int(false.sum()),
        normal_rows=int((~labels).sum()),
        delay_rows=(first[hit] - starts).astype(np.float64),
        delay_s=delay_us / 1e6,
    )


def first_flagged(flagged: Mask, events: Segments) -> Segments:
    """Return the first flagged row of each event, or -1; shape ``(k,)``."""
    rows = np.append(np.flatnonzero(flagged), len(flagged))
    nearest = rows[np.searchsorted(rows, events[:, 0])]
    return np.where(nearest < events[:, 1], nearest, -1)


def _false_alarms(alarms: Segments, events: Segments) -> int:
    if not len(events):
        return len(alarms)
    typical = np.median(np.diff(events, axis=1))
    return int(np.ceil(np.diff(alarms, axis=1) / typical).sum())


def _median(delays: Values) -> float:
    return float(np.median(delays)) if len(delays) else float("nan")
