"""Groups: rows of many streams from one sender, scored and kept as one.

A submission a stream would cost more than its rows do, where each has a few dozen of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import numpy as np

from standout.detectors.base import OnlineBank
from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Observations, Snapshot
from standout.errors import StandoutError
from standout.service.live_stream import LiveStream
from standout.types import Counts, Mask, Times, Values

_NEVER = np.iinfo(np.int64).min


class Group:
    """New observations of several streams under one bank; see `Submission`.

    Parameters
    ----------
    streams, counts
        The streams, each of one channel, and how many rows each has.
    times_us, values
        The rows, one stream after the other; within each the times ascend.
    notify
        Called once its rows are durable or have failed.
    """

    by_columns = True

    def __init__(
        self,
        streams: Sequence[LiveStream],
        counts: Counts,
        times_us: Times,
        values: Values,
        notify: Callable[[], None],
    ) -> None:
        self.streams = streams
        self.counts = counts
        self.times_us = times_us
        self.values = values
        self.rows: Observations | None = None
        self.first = 0
        self.error: StandoutError | None = None
        self.scored = asyncio.Event()
        self._notify = notify

    @property
    def bank(self) -> OnlineBank:
        """Where the states of its streams are."""
        return self.streams[0].bank

    def newest(self) -> list[int]:
        """Return the newest time of each stream."""
        newest: list[int] = self.times_us[np.cumsum(self.counts) - 1].tolist()
        return newest

    def succeed_by_columns(self, rows: Observations, first: int) -> None:
        """Give it its verdicts as the table that they are kept in."""
        self.rows, self.first = rows, first
        self._done()

    def fail(self, error: StandoutError) -> None:
        """Say that nothing of it was kept."""
        self.error = error
        self.scored.set()
        self._done()

    def _done(self) -> None:
        # Nothing goes round in a circle then: rows are let go of at once, not at a collection.
        notify, self._notify = self._notify, _nothing
        notify()


def _nothing() -> None:
    pass


def groupable(streams: Sequence[LiveStream], counts: Counts, times_us: Times) -> Mask:
    """Tell which streams' rows need no closer look: all newer than what there is, and ascending."""
    free = [
        live.ended is None
        and not (live.broken or live.sorting or live.waiting)
        and len(live.slots) == 1
        and not live.record.keeps_duplicates
        for live in streams
    ]
    newest = [_NEVER if live.newest_us is None else live.newest_us for live in streams]
    starts = np.cumsum(counts) - counts
    ascends = np.ones(len(times_us), np.bool_)
    ascends[1:] = times_us[1:] > times_us[:-1]
    ascends[starts] = times_us[starts] > np.array(newest, np.int64)
    plain: Mask = np.logical_and.reduceat(ascends, starts) & np.array(free, np.bool_)
    return plain


class GroupBatch:
    """A group that is scored and kept: a micro-batch of its own."""

    def __init__(self, group: Group) -> None:
        self.submissions = [group]
        self.rows = Observations.empty()
        self.began_s = time.perf_counter()
        self._group = group

    async def score(self) -> None:
        """Score the rows and learn them, in a thread where that takes long."""
        group = self._group
        n, counts = len(group.times_us), group.counts
        slots = np.array([live.slots[0] for live in group.streams], np.int64)
        keys = np.array([live.record.key for live in group.streams], np.int64)
        # SQLite keeps no sign of zero; a replay must not meet another value than was scored.
        values = group.values + 0.0
        asked = np.repeat(slots, counts), values.reshape(-1, 1)
        try:
            if n <= group.bank.rows_a_ms:
                verdicts = group.bank.score_learn(*asked)
            else:
                verdicts = await asyncio.to_thread(group.bank.score_learn, *asked)
        finally:
            group.scored.set()
        self.rows = Observations(
            stream=np.repeat(keys, counts),
            seq=np.zeros(n, np.int64),
            time_us=group.times_us,
            value=values,
            score=verdicts.score,
            votes=verdicts.votes,
            expected=verdicts.expected,
            lower=verdicts.lower,
            upper=verdicts.upper,
            late=np.zeros(n, np.bool_),
        )

    def count(self) -> list[Snapshot]:
        """Give the rows their numbers within their streams; return the snapshots now due."""
        rows, counts, streams = self.rows, self._group.counts, self._group.streams
        ends = np.cumsum(counts)
        starts = ends - counts
        before = np.array([live.seq for live in streams], np.int64) - starts
        rows.seq[:] = np.repeat(before, counts)
        rows.seq[:] += np.arange(1, len(rows) + 1)
        flagged = np.add.reduceat(rows.score >= SHIPPED, starts, dtype=np.int64)
        columns = (counts, flagged, rows.time_us[ends - 1], rows.value[ends - 1])
        last = (column.tolist() for column in (*columns, rows.score[ends - 1]))
        due = []
        for live, n, anomalies, time_us, value, score in zip(streams, *last, strict=True):
            live.seq += n
            live.anomalies += anomalies
            live.scored_us, live.last_value, live.last_score = time_us, value, score
            live.since_snapshot += n
            if live.since_snapshot >= live.snapshot_every:
                live.since_snapshot = 0
                due.append(live)
        return [live.snapshot() for live in due]
