"""Micro-batches: submissions of streams under one bank, scored by one kernel call."""

from __future__ import annotations

import asyncio
import time

import numpy as np

from standout.detectors.base import OnlineBank
from standout.domain.records import Observations, Snapshot
from standout.service.live_stream import LiveStream, Submission
from standout.types import Batch as Matrix
from standout.types import Counts, Mask, Times, Values


class Batch:
    """Submissions that are scored and kept together.

    Parameters
    ----------
    bank
        Where the states of all their streams are.
    submissions
        In the order in which they came.
    """

    def __init__(self, bank: OnlineBank, submissions: list[Submission]) -> None:
        self.bank = bank
        self.submissions = submissions
        self.rows = Observations.empty()
        self.began_s = time.perf_counter()
        self._counts = [len(s.times_us) for s in submissions]
        # Lists are quicker for the few rows of sockets, arrays for the many of uploads.
        self._by_columns = any(s.by_columns for s in submissions)
        _, self._width, self._keyed = submissions[0].stream.kind

    async def score(self) -> None:
        """Score the rows and learn them, in a thread where that takes long."""
        times, values, late = self._sent()
        streams = [s.stream for s in self.submissions]
        if self._width > 1:
            await self._score_channels(times, values, late)
            return
        slots = np.repeat(np.array([live.slots[0] for live in streams], np.int64), self._counts)
        keys = np.repeat(np.array([live.record.key for live in streams], np.int64), self._counts)
        # What is late may not disturb the state: to the detector it is missing.
        X = (np.where(late, np.nan, values) if late.any() else values).reshape(-1, 1)
        if len(values) <= self.bank.rows_a_ms:
            verdicts = self.bank.score_learn(slots, X)
        else:
            verdicts = await asyncio.to_thread(self.bank.score_learn, slots, X)
        self.rows = Observations(
            stream=keys,
            seq=np.zeros(len(values), np.int64),
            time_us=times,
            value=values,
            score=verdicts.score,
            votes=verdicts.votes,
            expected=verdicts.expected,
            lower=verdicts.lower,
            upper=verdicts.upper,
            late=late,
            key=self._keys(),
        )

    async def _score_channels(self, times: Times, values: Matrix, late: Mask) -> None:
        """Score each channel in its own slot; the one with the highest score leads."""
        n, d = values.shape
        streams = [s.stream for s in self.submissions]
        slots = np.repeat(np.array([live.slots for live in streams], np.int64), self._counts, 0)
        X = np.where(late[:, None], np.nan, values).reshape(-1, 1)
        if n * d <= self.bank.rows_a_ms:
            verdicts = self.bank.score_learn(slots.ravel(), X)
        else:
            verdicts = await asyncio.to_thread(self.bank.score_learn, slots.ravel(), X)
        scores = np.where(np.isnan(verdicts.score), -1.0, verdicts.score).reshape(n, d)
        channel = scores.argmax(axis=1)
        leading = np.arange(n) * d + channel
        keys = np.array([live.record.key for live in streams], np.int64)
        self.rows = Observations(
            stream=np.repeat(keys, self._counts),
            seq=np.zeros(n, np.int64),
            time_us=times,
            value=values.ravel()[leading],
            score=verdicts.score[leading],
            votes=verdicts.votes[leading],
            expected=verdicts.expected[leading],
            lower=verdicts.lower[leading],
            upper=verdicts.upper[leading],
            late=late,
            key=self._keys(),
            channel=np.where(scores.ravel()[leading] < 0, -1, channel),
            vector=values,
        )

    def _keys(self) -> Counts | None:
        if not self._keyed:
            return None
        return np.concatenate([np.asarray(s.keys, np.int64) for s in self.submissions])

    def _sent(self) -> tuple[Times, Values | Matrix, Mask]:
        """Return times, values, and which rows are late."""
        if self._by_columns or self._width > 1:
            parts = self.submissions
            times = np.concatenate([np.asarray(s.times_us, np.int64) for s in parts])
            values = np.concatenate([np.asarray(s.values, np.float64) for s in parts])
        else:
            times = np.array([t for s in self.submissions for t in s.times_us], np.int64)
            values = np.array([v for s in self.submissions for v in s.values], np.float64)
        late = np.zeros(len(values), np.bool_)
        first = 0
        for submission, count in zip(self.submissions, self._counts, strict=True):
            if submission.late is not None:
                late[first : first + count] = submission.late
            first += count
        # SQLite keeps no sign of zero; a replay must not meet another value than was scored.
        return times, values + 0.0, late

    def count(self) -> list[Snapshot]:
        """Give the rows their numbers within their streams; return the snapshots now due."""
        due: dict[LiveStream, None] = {}
        rows = self.rows
        scores = rows.score if self._by_columns else rows.score.tolist()
        before: list[int] = []
        first = 0
        for submission, n in zip(self.submissions, self._counts, strict=True):
            live = submission.stream
            # What a stream has so far, less the rows above it in this batch.
            before.append(live.seq - first)
            if self._keyed or self._width > 1:
                live.observe_rows(rows.take(slice(first, first + n)))
            else:
                live.observe(submission, scores[first : first + n])
            if live.since_snapshot >= live.snapshot_every:
                due[live] = None
            first += n
        rows.seq[:] = np.repeat(np.array(before, np.int64), self._counts)
        rows.seq[:] += np.arange(1, len(rows) + 1)
        for live in due:
            live.since_snapshot = 0
        return [live.snapshot() for live in due]
