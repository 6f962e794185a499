"""A stream that is loaded, and the submissions that wait in it: each knows the other."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from standout.detectors.base import OnlineBank
from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Observations, Snapshot, Stream
from standout.errors import StandoutError
from standout.service.judgements import Judgements
from standout.types import Scores, Times, Values


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
    freed
        Its slot is given back.
    ended
        Why it takes nothing more, if it does not.
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
    freed: bool = False
    ended: StandoutError | None = None

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

    def observe(self, submission: Submission, scores: list[float] | Scores) -> None:
        """Count the rows of a submission of this stream, whose scores these are."""
        self.seq += len(scores)
        self.since_snapshot += len(scores)
        if len(scores) == 1 and submission.late is None:
            # The common case on a socket, worth its own few lines.
            self.anomalies += bool(scores[0] >= SHIPPED)
            self.scored_us = int(submission.times_us[0])
            self.last_value = float(submission.values[0])
            self.last_score = float(scores[0])
            return
        if isinstance(scores, list):
            self.anomalies += sum(score >= SHIPPED for score in scores)
        else:
            self.anomalies += int(np.count_nonzero(scores >= SHIPPED))
        late = submission.late
        for i in range(len(scores) - 1, -1, -1):
            if late is None or not late[i]:
                self.scored_us = int(submission.times_us[i])
                self.last_value = float(submission.values[i])
                self.last_score = float(scores[i])
                return

    def catch_up(self, tail: Observations) -> None:
        """Count rows that were kept after those it has counted, at least one."""
        self.seq = max(self.seq, int(tail.seq.max()))
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


# One for all: a list made for each point would be a quarter of a point's whole cost.
_NOTHING = Judgements.blank(0)


class Submission:
    """Observations of one stream that are scored and stored together.

    It is done when its rows are durable or have failed; `notify` is called then, once, on the
    event loop.

    Parameters
    ----------
    stream
        Where they belong.
    times_us, values
        Ascending or not; nan is a missing value. Where they are arrays, the verdicts are told as
        `rows`, where they are lists, as `result`.
    late
        Which rows are only stored; None for none.
    """

    __slots__ = (
        "done",
        "error",
        "first",
        "fresh",
        "late",
        "notify",
        "result",
        "rows",
        "stream",
        "times_us",
        "values",
    )

    def __init__(
        self,
        stream: LiveStream,
        times_us: list[int] | Times,
        values: list[float] | Values,
        notify: Callable[[], None],
    ) -> None:
        self.stream = stream
        self.times_us = times_us
        self.values = values
        self.notify = notify
        self.late: list[bool] | None = None
        self.done = False
        self.error: StandoutError | None = None
        # The verdicts are rows `first` and on of a table that a whole batch may share.
        self.result = _NOTHING
        self.rows: Observations | None = None
        self.first = 0
        # How many of its observations were not kept before.
        self.fresh = len(times_us)

    @property
    def by_columns(self) -> bool:
        """Tell whether its verdicts are wanted as arrays."""
        return isinstance(self.times_us, np.ndarray)

    def succeed(self, result: Judgements, first: int) -> None:
        """Give it its verdicts, now that they are kept."""
        self.result = result
        self.first = first
        self.done = True
        self.notify()

    def succeed_by_columns(self, rows: Observations, first: int) -> None:
        """Give it its verdicts as the table that they are kept in."""
        self.rows = rows
        self.first = first
        self.done = True
        self.notify()

    def fail(self, error: StandoutError) -> None:
        """Say that nothing of it was kept."""
        self.error = error
        self.done = True
        self.notify()
