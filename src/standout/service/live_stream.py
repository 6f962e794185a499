"""A stream that is loaded, and the submissions that wait in it: each knows the other."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from standout.detectors.base import OnlineBank
from standout.detectors.thresholds import SHIPPED
from standout.domain.records import NO_KEY, Observations, Snapshot, Stream
from standout.errors import StandoutError
from standout.service.judgements import Judgements
from standout.types import Batch, Counts, Scores, Times, Values


@dataclass(slots=True, eq=False)
class LiveStream:
    """State of one stream while somebody uses it.

    Parameters
    ----------
    record
        What is kept of it.
    bank, slots
        Where its detector's state is: a slot a channel.
    seq, anomalies
        Observations so far, and how many were flagged.
    scored_us, last_value, last_score
        The newest observation that was scored.
    scored_key
        Highest key of the observations so far.
    newest_us, newest_key
        The newest observation that was submitted, and the highest key; scoring follows them.
    holders
        Connections that use it; it is unloaded when there are none.
    since_snapshot, snapshot_every
        Rows since its state was last kept, and after how many it is kept again.
    in_flight
        Submissions that are being scored or stored.
    waiting, sorting
        Submissions that wait because an earlier one, with times that are not new, is being
        compared with what is stored.
    idle
        Set when `in_flight` becomes 0, and when sorting ends; None until somebody waits for that,
        since an event, as a deque, takes most of a kilobyte.
    broken
        Its state has learnt what could not be stored; it must be loaded anew.
    freed
        Its slot is given back.
    ended
        Why it takes nothing more, if it does not.
    """

    record: Stream
    bank: OnlineBank
    slots: tuple[int, ...]
    seq: int = 0
    anomalies: int = 0
    scored_us: int | None = None
    last_value: float = math.nan
    last_score: float = math.nan
    scored_key: int = NO_KEY
    newest_us: int | None = None
    newest_key: int = NO_KEY
    holders: int = 0
    since_snapshot: int = 0
    snapshot_every: int = 1
    in_flight: int = 0
    waiting: list[Submission] = field(default_factory=list)
    sorting: bool = False
    idle: asyncio.Event | None = None
    broken: bool = False
    freed: bool = False
    ended: StandoutError | None = None

    @property
    def kind(self) -> tuple[OnlineBank, int, bool]:
        """What streams have in common that can be scored in one batch."""
        return self.bank, len(self.slots), self.record.duplicates == "keep"

    @property
    def width(self) -> int:
        """Count of its channels."""
        return len(self.slots)

    @property
    def unobserved(self) -> bool:
        """Whether its first observation may still tell how many channels it has."""
        return self.record.channels is None and self.newest_us is None

    async def landed(self) -> None:
        """Wait until nothing of it is being scored, stored or compared; it may be again by then."""
        if self.idle is None:
            self.idle = asyncio.Event()
        self.idle.clear()
        if self.in_flight or self.sorting:
            await self.idle.wait()

    async def settled(self) -> None:
        """Wait until all that was submitted to it is kept or has failed."""
        while self.in_flight or self.sorting:
            await self.landed()

    def wake(self) -> None:
        """Let those look who wait for `landed`."""
        if self.idle is not None:
            self.idle.set()

    def snapshot(self) -> Snapshot:
        """Return its state as of the newest scored observation."""
        return Snapshot(
            stream=self.record.key,
            seq=self.seq,
            anomalies=self.anomalies,
            last_us=self.scored_us,
            last_value=self.last_value,
            last_score=self.last_score,
            state=b"".join(map(self.bank.dump, self.slots)),
            last_key=self.scored_key,
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

    def observe_rows(self, rows: Observations) -> None:
        """Count rows of its own, which may have keys or several channels."""
        self.seq += len(rows)
        self.since_snapshot += len(rows)
        self.anomalies += int(np.count_nonzero(rows.score >= SHIPPED))
        if rows.key is not None:
            self.scored_key = max(self.scored_key, int(rows.key.max()))
        learnt = np.flatnonzero(~rows.late)
        if len(learnt):
            newest = int(learnt[-1])
            self.scored_us = int(rows.time_us[newest])
            self.last_value = float(rows.value[newest])
            self.last_score = float(rows.score[newest])

    def catch_up(self, tail: Observations) -> None:
        """Count rows that were kept after those it has counted, at least one."""
        if tail.key is not None:
            self.scored_key = self.newest_key = max(self.scored_key, int(tail.key.max()))
        self.seq = max(self.seq, int(tail.seq.max()))
        self.since_snapshot += len(tail)
        self.anomalies += int(np.count_nonzero(tail.score >= SHIPPED))
        if tail.late.any():
            # One that is late by its key may be newer than the snapshot by its time.
            tail = tail.take(~tail.late)
            if not len(tail):
                return
        self.scored_us = self.newest_us = int(tail.time_us[-1])
        self.last_value = float(tail.value[-1])
        self.last_score = float(tail.score[-1])

    def count_late(self, rows: Observations, newest_seq: int) -> None:
        """Count rows that came late after those it has counted, up to the one of this number."""
        self.seq = newest_seq
        self.since_snapshot += len(rows)
        if rows.key is not None and len(rows):
            self.scored_key = self.newest_key = max(self.scored_key, int(rows.key.max()))

    def restore(self, snapshot: Snapshot) -> None:
        """Take over a snapshot.

        Raises
        ------
        ValueError
            Its state is damaged or of another version.
        """
        size = len(snapshot.state) // len(self.slots)
        for i, slot in enumerate(self.slots):
            last = len(self.slots) - 1
            end = None if i == last else (i + 1) * size
            self.bank.load(slot, snapshot.state[i * size : end])
        self.scored_key = self.newest_key = snapshot.last_key
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
        Ascending or not; nan is a missing value. Where times are an array, the verdicts are told
        as `rows`, where they are a list, as `result`. Values of several channels are an array,
        shape ``(n, d)``.
    widths, channels
        How many channels each row was sent with, where they differ; names of channels, where the
        sender told them.
    keys
        The sender's own numbers, of a stream that keys on them.
    late
        Which rows are only stored; None for none.
    refused
        Which rows do not fit the stream, and why; None for none.
    """

    __slots__ = (
        "channels",
        "done",
        "error",
        "first",
        "fresh",
        "keys",
        "late",
        "notify",
        "refused",
        "result",
        "rows",
        "stream",
        "times_us",
        "values",
        "widths",
    )

    def __init__(
        self,
        stream: LiveStream,
        times_us: list[int] | Times,
        values: list[float] | Values | Batch,
        notify: Callable[[], None],
        keys: list[int] | Counts | None = None,
    ) -> None:
        self.stream = stream
        self.times_us = times_us
        self.values = values
        self.notify = notify
        self.keys = keys
        self.widths: Counts | None = None
        self.channels: tuple[str, ...] | None = None
        self.refused: dict[int, StandoutError] | None = None
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
    def streams(self) -> tuple[LiveStream]:
        """Its one stream."""
        return (self.stream,)

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
