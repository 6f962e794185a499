"""The stream engine: scores in micro-batches, keeps, then answers.

All that arrives in one turn of the event loop, from however many streams, is scored by one kernel
call for each kind of detector and given to the store at once. Answers go out when the store's
commit has ended, in the order of each stream. A batch that would hold the loop for more than a
millisecond is scored in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import numpy as np
import structlog

from standout.detectors.base import OnlineBank
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Snapshot
from standout.errors import StandoutError, StoreUnavailable
from standout.service.feed import Feed
from standout.service.live_stream import LiveStream
from standout.service.sorting import merge, sort_out
from standout.service.submission import Judgements, Submission

ROWS_ON_LOOP = 2_000
"""Rows that are scored on the event loop: about half a millisecond."""
STOP_TIMEOUT_S = 30

_log = structlog.get_logger(__name__)


class StreamEngine:
    """Takes submissions of loaded streams through scoring, storing and answering.

    Parameters
    ----------
    store
        Where rows are kept.
    feed
        Told of rows once they are kept.
    snapshot_every
        Rows of a stream between two snapshots of its state; at least its window.
    max_backlog
        Rows that may be on their way before `room` makes senders wait.
    """

    def __init__(
        self, store: StreamStore, feed: Feed, *, snapshot_every: int, max_backlog: int
    ) -> None:
        self._store = store
        self._feed = feed
        self._snapshot_every = snapshot_every
        self._max_backlog = max_backlog
        self._backlog = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._fresh: list[Submission] = []
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pump_task: asyncio.Task[None] | None = None
        self.banks_lock = asyncio.Lock()
        """Held while banks are used: a bank may not grow while a thread scores in it."""

    def start(self) -> None:
        """Begin to score; needs a running event loop."""
        self._pump_task = asyncio.create_task(self._pump())

    async def stop(self) -> None:
        """Finish what was submitted, then end."""
        self._max_backlog = 1
        await asyncio.wait_for(self.room(), STOP_TIMEOUT_S)
        if self._pump_task is not None:
            self._pump_task.cancel()
            await asyncio.gather(self._pump_task, return_exceptions=True)

    @property
    def backlog(self) -> int:
        """Rows that were submitted and are not answered yet."""
        return self._backlog

    async def room(self) -> None:
        """Wait until there is room for more rows: the store's pace becomes the senders'."""
        while self._backlog >= self._max_backlog:
            self._has_room.clear()
            await self._has_room.wait()

    def submit(
        self,
        live: LiveStream,
        times_us: list[int],
        values: list[float],
        notify: Callable[[], None],
    ) -> Submission:
        """Take observations of one stream, in the order of the calls; see `Submission`."""
        submission = Submission(live, times_us, values, notify)
        if live.broken:
            submission.fail(_must_reload(live))
        elif not times_us:
            submission.succeed(Judgements.blank(0), 0)
        else:
            self._backlog += len(times_us)
            if live.sorting:
                live.waiting.append(submission)
            else:
                self._route(live, submission)
        return submission

    async def settled(self, live: LiveStream) -> None:
        """Wait until all that the stream submitted is kept or has failed."""
        while live.in_flight or live.sorting:
            await self._landed(live)

    async def _landed(self, live: LiveStream) -> None:
        """Wait until nothing of the stream is being scored or stored."""
        live.idle.clear()
        if live.in_flight or live.sorting:
            await live.idle.wait()

    def _route(self, live: LiveStream, submission: Submission) -> None:
        newest = live.newest_us
        for time_us in submission.times_us:
            if newest is not None and time_us <= newest:
                live.sorting = True
                task = asyncio.create_task(self._sort_out(live, submission))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                return
            newest = time_us
        live.newest_us = newest
        self._score_soon(live, submission)

    def _score_soon(self, live: LiveStream, submission: Submission) -> None:
        live.in_flight += 1
        self._fresh.append(submission)
        self._wake.set()

    async def _sort_out(self, live: LiveStream, submission: Submission) -> None:
        """Compare a submission with what is stored, and route what of it is new."""
        try:
            while live.in_flight:
                await self._landed(live)
            times = np.unique(np.array(submission.times_us, np.int64))
            stored = await asyncio.to_thread(self._store.lookup, live.record, times)
            self._keep_new(live, submission, stored)
        except StandoutError as error:
            self._close(submission, error)
        except Exception:  # noqa: BLE001 - the sender must be answered, whatever it was
            _log.exception("sorting out failed", stream=live.record.id)
            self._close(submission, StoreUnavailable("What is stored could not be read."))
        live.sorting = False
        live.idle.set()
        while live.waiting and not live.sorting:
            self._route(live, live.waiting.popleft())

    def _keep_new(self, live: LiveStream, submission: Submission, stored: Observations) -> None:
        """Score and keep what is not stored, and answer all of it."""
        plan = sort_out(submission.times_us, submission.values, live.newest_us, stored)

        def answer() -> None:
            if new.error is not None:
                self._close(submission, new.error)
            else:
                self._close(submission, None, merge(plan, stored, new.result, new.first))

        new = Submission(live, plan.times_us, plan.values, answer)
        if plan.times_us:
            new.late = plan.late if any(plan.late) else None
            newest = max(plan.times_us)
            live.newest_us = newest if live.newest_us is None else max(live.newest_us, newest)
            self._backlog += len(plan.times_us)
            self._score_soon(live, new)
        else:
            answer()

    async def _pump(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._fresh = self._fresh, []
            groups: dict[OnlineBank, list[Submission]] = {}
            for submission in batch:
                if submission.stream.broken:
                    self._finish(submission, _must_reload(submission.stream))
                else:
                    groups.setdefault(submission.stream.bank, []).append(submission)
            for bank, submissions in groups.items():
                try:
                    async with self.banks_lock:
                        rows, snapshots = await self._score(bank, submissions)
                except Exception:  # noqa: BLE001 - the engine outlives a batch that fails
                    _log.exception("scoring failed")
                    self._break(submissions, StoreUnavailable("Scoring failed; see the log."))
                    continue
                future = self._store.append(rows, snapshots)
                future.add_done_callback(partial(self._on_commit, submissions, rows))

    async def _score(
        self, bank: OnlineBank, submissions: list[Submission]
    ) -> tuple[Observations, list[Snapshot]]:
        rows = _columns(submissions)
        slots = np.repeat(
            np.array([s.stream.slot for s in submissions], np.int64),
            [len(s.times_us) for s in submissions],
        )
        # What is late may not disturb the state: to the detector it is missing.
        X = np.where(rows.late, np.nan, rows.value).reshape(-1, 1)
        if len(rows) <= ROWS_ON_LOOP:
            verdicts = bank.score_learn(slots, X)
        else:
            verdicts = await asyncio.to_thread(bank.score_learn, slots, X)
        rows.score[:] = verdicts.score
        rows.votes[:] = verdicts.votes
        rows.expected[:] = verdicts.expected
        rows.lower[:] = verdicts.lower
        rows.upper[:] = verdicts.upper
        return rows, self._count(submissions, rows)

    def _count(self, submissions: list[Submission], rows: Observations) -> list[Snapshot]:
        """Give the rows their numbers within their streams; return the snapshots now due."""
        due: dict[LiveStream, None] = {}
        seq: list[int] = []
        scores = rows.score.tolist()
        first = 0
        for submission in submissions:
            live = submission.stream
            n = len(submission.times_us)
            seq.extend(range(live.seq + 1, live.seq + 1 + n))
            live.observe(submission, scores[first : first + n])
            # A late row lies before the snapshot and would not be counted by a replay after it.
            every = max(self._snapshot_every, live.record.window)
            if live.since_snapshot >= every or submission.late is not None:
                due[live] = None
            first += n
        rows.seq[:] = seq
        for live in due:
            live.since_snapshot = 0
        return [live.snapshot() for live in due]

    def _on_commit(
        self, submissions: list[Submission], rows: Observations, future: Future[None]
    ) -> None:
        """Hand the store's answer, given in its thread, to the event loop."""
        assert self._pump_task is not None
        loop = self._pump_task.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._committed, submissions, rows, future)

    def _committed(
        self, submissions: list[Submission], rows: Observations, future: Future[None]
    ) -> None:
        error = future.exception()
        if error is not None:
            kind = error if isinstance(error, StandoutError) else StoreUnavailable(str(error))
            _log.error("rows were not kept", rows=len(rows), error=str(error))
            self._break(submissions, kind)
            return
        result = Judgements.of(rows)
        for key in {s.stream.record.key for s in submissions}:
            if self._feed.watched(key):
                self._feed.publish(key, rows.take(rows.stream == key))
        first = 0
        for submission in submissions:
            self._finish(submission, None, result, first)
            first += len(submission.times_us)

    def _break(self, submissions: list[Submission], error: StandoutError) -> None:
        """Fail submissions whose streams have learnt what is not kept."""
        for submission in submissions:
            submission.stream.broken = True
            self._finish(submission, error)

    def _finish(
        self,
        submission: Submission,
        error: StandoutError | None,
        result: Judgements | None = None,
        first: int = 0,
    ) -> None:
        """Close a submission that was being scored or stored."""
        live = submission.stream
        live.in_flight -= 1
        if live.in_flight == 0:
            live.idle.set()
        self._close(submission, error, result, first)

    def _close(
        self,
        submission: Submission,
        error: StandoutError | None,
        result: Judgements | None = None,
        first: int = 0,
    ) -> None:
        self._backlog -= len(submission.times_us)
        if self._backlog < self._max_backlog:
            self._has_room.set()
        if error is not None or result is None:
            submission.fail(error or StoreUnavailable("It was not kept."))
        else:
            submission.succeed(result, first)


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


def _must_reload(live: LiveStream) -> StoreUnavailable:
    return StoreUnavailable(f"Stream {live.record.id!r} is being reloaded; send again.")
