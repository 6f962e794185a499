"""Micro-batches: submissions of streams under one bank, scored by one kernel call."""

from __future__ import annotations

import asyncio
import time

import numpy as np

from standout.detectors.base import OnlineBank
from standout.domain.records import Observations, Snapshot
from standout.service.live_stream import LiveStream, Submission

ROWS_ON_LOOP = 2_000
"""Rows that are scored on the event loop: about half a millisecond."""


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
        self.rows = _columns(submissions)
        self.began_s = time.perf_counter()

    async def score(self) -> None:
        """Score the rows and learn them, in a thread where that takes long."""
        rows = self.rows
        slots = np.repeat(
            np.array([s.stream.slot for s in self.submissions], np.int64),
            [len(s.times_us) for s in self.submissions],
        )
        # What is late may not disturb the state: to the detector it is missing.
        X = np.where(rows.late, np.nan, rows.value).reshape(-1, 1)
        if len(rows) <= ROWS_ON_LOOP:
            verdicts = self.bank.score_learn(slots, X)
        else:
            verdicts = await asyncio.to_thread(self.bank.score_learn, slots, X)
        rows.score[:] = verdicts.score
        rows.votes[:] = verdicts.votes
        rows.expected[:] = verdicts.expected
        rows.lower[:] = verdicts.lower
        rows.upper[:] = verdicts.upper

    def count(self, snapshot_every: int) -> list[Snapshot]:
        """Give the rows their numbers within their streams; return the snapshots now due."""
        due: dict[LiveStream, None] = {}
        rows = self.rows
        # Lists are quicker for the few rows of sockets, arrays for the many of uploads.
        scores = rows.score if any(s.by_columns for s in self.submissions) else rows.score.tolist()
        before: list[int] = []
        counts: list[int] = []
        first = 0
        for submission in self.submissions:
            live = submission.stream
            n = len(submission.times_us)
            # What a stream has so far, less the rows above it in this batch.
            before.append(live.seq - first)
            counts.append(n)
            live.observe(submission, scores[first : first + n])
            # A late row lies before the snapshot and would not be counted by a replay after it.
            every = max(snapshot_every, live.record.window)
            if live.since_snapshot >= every or submission.late is not None:
                due[live] = None
            first += n
        rows.seq[:] = np.repeat(np.array(before, np.int64), counts)
        rows.seq[:] += np.arange(1, len(rows) + 1)
        for live in due:
            live.since_snapshot = 0
        return [live.snapshot() for live in due]


def _columns(submissions: list[Submission]) -> Observations:
    """Return submissions as rows without verdicts."""
    rows = Observations.blank(sum(len(s.times_us) for s in submissions))
    first = 0
    for submission in submissions:
        part = slice(first, first + len(submission.times_us))
        rows.stream[part] = submission.stream.record.key
        rows.time_us[part] = submission.times_us
        rows.value[part] = submission.values
        if submission.late is not None:
            rows.late[part] = submission.late
        first = part.stop
    # SQLite keeps no sign of zero; a replay must not meet another value than was scored.
    rows.value[:] += 0.0
    return rows
