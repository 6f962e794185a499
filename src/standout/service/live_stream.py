"""A stream that is loaded: its detector's slot, its counters, and who waits for it."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from standout.detectors.base import OnlineBank
from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Observations, Snapshot, Stream
from standout.service.submission import Submission


@dataclass(slots=True, eq=False)
class LiveStream:
    """State of one stream while somebody uses it.

    Parameters
    ----------
    record
        What is kept of it.
    bank, slot
        Where its detector's state is.
    seq, anomalies
        Observations so far, and how many were flagged.
    scored_us, last_value, last_score
        The newest observation that was scored.
    newest_us
        The newest observation that was submitted; scoring follows it.
    holders
        Connections that use it; it is unloaded when there are none.
    since_snapshot
        Rows since its state was last kept.
    in_flight
        Submissions that are being scored or stored.
    waiting, sorting
        Submissions that wait because an earlier one, with times that are not new, is being
        compared with what is stored.
    idle
        Set when `in_flight` becomes 0, and when sorting ends.
    broken
        Its state has learnt what could not be stored; it must be loaded anew.
    """

    record: Stream
    bank: OnlineBank
    slot: int
    seq: int = 0
    anomalies: int = 0
    scored_us: int | None = None
    last_value: float = math.nan
    last_score: float = math.nan
    newest_us: int | None = None
    holders: int = 0
    since_snapshot: int = 0
    in_flight: int = 0
    waiting: deque[Submission] = field(default_factory=deque)
    sorting: bool = False
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    broken: bool = False

    def snapshot(self) -> Snapshot:
        """Return its state as of the newest scored observation."""
        return Snapshot(
            stream=self.record.key,
            seq=self.seq,
            anomalies=self.anomalies,
            last_us=self.scored_us,
            last_value=self.last_value,
            last_score=self.last_score,
            state=self.bank.dump(self.slot),
        )

    def observe(self, submission: Submission, scores: list[float]) -> None:
        """Count the rows of a submission of this stream, whose scores these are."""
        self.seq += len(scores)
        self.since_snapshot += len(scores)
        self.anomalies += sum(score >= SHIPPED for score in scores)
        late = submission.late
        for i in range(len(scores) - 1, -1, -1):
            if late is None or not late[i]:
                self.scored_us = submission.times_us[i]
                self.last_value = submission.values[i]
                self.last_score = scores[i]
                return

    def catch_up(self, tail: Observations) -> None:
        """Count rows that were kept after the snapshot, at least one."""
        self.seq = int(tail.seq.max())
        self.since_snapshot += len(tail)
        self.anomalies += int(np.count_nonzero(tail.score >= SHIPPED))
        self.scored_us = self.newest_us = int(tail.time_us[-1])
        self.last_value = float(tail.value[-1])
        self.last_score = float(tail.score[-1])

    def restore(self, snapshot: Snapshot) -> None:
        """Take over a snapshot.

        Raises
        ------
        ValueError
            Its state is damaged or of another version.
        """
        self.bank.load(self.slot, snapshot.state)
        self.seq = snapshot.seq
        self.anomalies = snapshot.anomalies
        self.scored_us = self.newest_us = snapshot.last_us
        self.last_value = snapshot.last_value
        self.last_score = snapshot.last_score
