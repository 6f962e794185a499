"""The overview: what stands out in all streams, bucket by bucket, and what waits for a label."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np

from standout.domain.labels import FALSE_ALARM, Label
from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT, Stream, WindowColumns
from standout.domain.stretches import Stretch
from standout.domain.times import now_us
from standout.errors import InvalidParameter
from standout.service.heads import Head, HeadReader
from standout.service.labels import LabelService
from standout.service.windows import MAX_LABELS, Looking, WindowService
from standout.types import Counts, Scores

Align: TypeAlias = Literal["now", "newest", "auto"]

MAX_STREAMS: Final = 10_000
PAGE: Final = 1_000
MAX_BUCKETS: Final = 400
MAX_SPAN_S: Final = 100 * 366 * 86_400
FINENESS: Final = 4
"""Columns that are read for a bucket, so that little lies on the wrong side of its edge."""
STRETCHES: Final = 50
AT_ONCE: Final = 16
"""Streams that are read in one go, off the event loop."""
FRESH_S: Final = 1.0
SHARE: Final = 8
"""What was read is used this many times as long as reading took: it never takes all of a core."""
KEPT: Final = 4
"""Spans whose lanes are kept, the last ones asked for."""
WEEK_US: Final = 7 * 86_400 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which stretch of time is looked at.

    Parameters
    ----------
    span_s
        Its length in seconds.
    buckets
        Parts that it is cut into, 1 to 400.
    align
        Where it ends: "now", or for each stream at its "newest" observation, as streams that are
        played back have their own time; "auto" is "now" if any stream has an observation then.
    """

    span_s: float
    buckets: int
    align: Align = "auto"

    @property
    def bucket_us(self) -> int:
        """Length of a bucket in microseconds."""
        return max(1, round(self.span_s * 1e6 / self.buckets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One stream on the timeline.

    Parameters
    ----------
    peaks
        Highest score of each bucket: nan where there are observations without a score, -1 where
        there are none.
    flagged
        Flagged observations of each bucket.
    anomalies
        The newest stretches, oldest first.
    labels_at
        Change of the stream's labels as of which it was read.
    """

    head: Head
    from_us: int
    to_us: int
    peaks: Scores
    flagged: Counts
    anomalies: list[Stretch]
    labels_at: int

    @property
    def waiting(self) -> list[Stretch]:
        """Stretches that nobody has labelled."""
        return [one for one in self.anomalies if one.label is None]

    @property
    def worst(self) -> float:
        """Highest score; -1 without any."""
        return float(np.nanmax(self.peaks, initial=-1.0))

    @property
    def ongoing(self) -> Stretch | None:
        """The stretch that is going on, unless it was called a false alarm."""
        last = self.anomalies[-1] if self.anomalies else None
        if last is None or not last.ongoing:
            return None
        return None if last.label is not None and last.label.word == FALSE_ALARM else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All lanes, with what was labelled in the last seven days."""

    align: Literal["now", "newest"]
    lanes: list[Lane]
    labels: list[Label]

    def together(self, buckets: int) -> Scores:
        """Highest score of all streams in each bucket, as `Lane.peaks`."""
        peaks = np.full(buckets, -1.0)
        for lane in self.lanes:
            peaks = np.fmax(peaks, lane.peaks)
        return peaks

    def counted(self, word: str) -> int:
        """Count the labels of one word."""
        return sum(label.word == word for label in self.labels)


@dataclass(slots=True)
class _Shelf:
    """The lanes of one span, and when they were read."""

    lanes: dict[int, Lane] = field(default_factory=dict)
    read_at: float = -np.inf
    took_s: float = 0.0
    labels_at: int = 0
    made: Overview | None = None


class OverviewService:
    """Looks at all streams at once; what has not changed is not read again.

    Parameters
    ----------
    store, windows, labels
        Where streams, windows and labels come from.
    heads
        Tells how far each stream has come.
    clock
        Microseconds UTC now.
    """

    def __init__(
        self,
        store: StreamStore,
        windows: WindowService,
        labels: LabelService,
        heads: HeadReader,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._store = store
        self._windows = windows
        self._labels = labels
        self._heads = heads
        self._clock = clock
        self._shelves: dict[Span, _Shelf] = {}
        self._reading = asyncio.Lock()

    async def look(self, span: Span) -> Overview:
        """Return the lanes of all streams, up to 10,000, by id.

        Raises
        ------
        InvalidParameter
            A span of no length, or too many buckets.
        """
        _check(span)
        async with self._reading:
            shelf = self._shelf(span)
            age_s = time.monotonic() - shelf.read_at
            old = age_s > max(FRESH_S, SHARE * shelf.took_s)
            if shelf.made is None or old or shelf.labels_at != self._labels.generation:
                shelf.labels_at = self._labels.generation
                shelf.made = await self._refresh(span, shelf)
            return shelf.made

    def _shelf(self, span: Span) -> _Shelf:
        shelf = self._shelves.pop(span, None) or _Shelf()
        self._shelves[span] = shelf
        for old in list(self._shelves)[:-KEPT]:
            del self._shelves[old]
        return shelf

    async def _refresh(self, span: Span, shelf: _Shelf) -> Overview:
        begin = time.monotonic()
        heads = await asyncio.to_thread(self._list)
        now = self._clock()
        newest = max((h.last_us for h in heads if h.last_us is not None), default=now)
        by_now = span.align == "now" or (
            span.align == "auto" and newest >= now - span.bucket_us * span.buckets
        )
        lanes: dict[int, Lane] = {}
        for i in range(0, len(heads), AT_ONCE):
            some = heads[i : i + AT_ONCE]
            read = await asyncio.to_thread(self._lanes, span, shelf, some, now if by_now else None)
            lanes.update((lane.head.record.key, lane) for lane in read)
        labels = await asyncio.to_thread(self._recent_labels, heads, now - WEEK_US)
        shelf.lanes = lanes
        shelf.read_at = time.monotonic()
        shelf.took_s = shelf.read_at - begin
        return Overview(
            align="now" if by_now else "newest", lanes=list(lanes.values()), labels=labels
        )

    def _list(self) -> list[Head]:
        found: list[Stream] = []
        while len(found) < MAX_STREAMS:
            after = found[-1].id if found else None
            page = self._store.streams(DEFAULT_TENANT, limit=PAGE, after=after)
            found += page
            if len(page) < PAGE:
                break
        return [self._heads.read(record) for record in found[:MAX_STREAMS]]

    def _lanes(self, span: Span, shelf: _Shelf, heads: list[Head], now: int | None) -> list[Lane]:
        return [self._lane(span, shelf.lanes.get(h.record.key), h, now) for h in heads]

    def _lane(self, span: Span, kept: Lane | None, head: Head, now: int | None) -> Lane:
        end = now if now is not None else (head.last_us or 0)
        to_us = (end // span.bucket_us + 1) * span.bucket_us
        from_us = to_us - span.bucket_us * span.buckets
        labels_at = self._labels.changed(head.record.key)
        asof = (head.seq, to_us, labels_at)
        if kept is not None and (kept.head.seq, kept.to_us, kept.labels_at) == asof:
            return kept
        px = span.buckets * FINENESS
        looking = Looking(px=px, from_us=from_us, to_us=to_us, limit=STRETCHES, votes=False)
        found = self._windows.read_now(head.record, looking)
        peaks, flagged = _buckets(found.columns, from_us, span)
        return Lane(
            head=head,
            from_us=from_us,
            to_us=to_us,
            peaks=peaks,
            flagged=flagged,
            anomalies=found.anomalies,
            labels_at=labels_at,
        )

    def _recent_labels(self, heads: list[Head], since_us: int) -> list[Label]:
        found: list[Label] = []
        for head in heads:
            labels = self._store.labels(head.record, limit=MAX_LABELS, after=0)
            found += [label for label in labels if label.created_us >= since_us]
        return found


def _buckets(columns: WindowColumns, from_us: int, span: Span) -> tuple[Scores, Counts]:
    """Return the highest score and the flagged observations of each bucket."""
    at = (columns.time_us // 2 + columns.end_us // 2 - from_us) // span.bucket_us
    at = np.clip(at, 0, span.buckets - 1)
    peaks = np.full(span.buckets, -np.inf)
    np.fmax.at(peaks, at, columns.peak)
    rows = np.bincount(at, weights=columns.count, minlength=span.buckets)
    peaks[np.isneginf(peaks)] = np.nan
    peaks[rows == 0] = -1.0
    flagged = np.bincount(at, weights=columns.anomalies, minlength=span.buckets)
    return peaks, flagged.astype(np.int64)


def waiting(overview: Overview) -> list[tuple[Lane, Stretch]]:
    """Return what waits for a label: what goes on first, then by score, then the newest."""
    found = [(lane, one) for lane in overview.lanes for one in lane.waiting]
    return sorted(found, key=lambda pair: (-pair[1].ongoing, -pair[1].score, -pair[1].from_us))


def _check(span: Span) -> None:
    if not 0 < span.span_s <= MAX_SPAN_S:
        msg = f"A span is over 0 seconds and at most {MAX_SPAN_S:,}, got {span.span_s:g}."
        raise InvalidParameter(msg)
    if not 1 <= span.buckets <= MAX_BUCKETS:
        msg = f"A timeline has 1 to {MAX_BUCKETS} buckets, got {span.buckets}."
        raise InvalidParameter(msg)
