"""The stream engine: scores in micro-batches, keeps, then answers.

All that arrives in one turn of the event loop, from however many streams, is scored by one kernel
call for each kind of detector and given to the store at once. Answers go out when the store's
commit has ended, in the order of each stream. A batch that would hold the loop for more than a
millisecond is scored in a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial

import structlog

from standout.detectors.base import OnlineBank
from standout.domain.ports import StreamStore
from standout.domain.records import Observations
from standout.errors import StandoutError, StoreUnavailable
from standout.readers.uploads.channels import SentChannels
from standout.service.backlog import Backlog
from standout.service.batch import Batch
from standout.service.feed import Feed
from standout.service.groups import Group, GroupBatch
from standout.service.intake import Intake
from standout.service.judgements import Judgements
from standout.service.live_stream import LiveStream, Submission
from standout.service.meters import Meters
from standout.types import Batch as Batches
from standout.types import Counts, Times, Values

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
    meters
        Counts them.
    snapshot_every
        Rows of a stream between two snapshots of its state, at the least.
    max_backlog
        Rows that may be on their way before the backlog makes senders wait.
    """

    def __init__(
        self,
        store: StreamStore,
        feed: Feed,
        meters: Meters,
        *,
        snapshot_every: int,
        max_backlog: int,
    ) -> None:
        self._store = store
        self._feed = feed
        self._meters = meters
        self._snapshot_every = snapshot_every
        self.backlog = Backlog(max_backlog)
        self._fresh: list[Submission | Group] = []
        self._wake = asyncio.Event()
        self._pump_task: asyncio.Task[None] | None = None
        self.banks_lock = asyncio.Lock()
        """Held while banks are used: a bank may not change while a thread scores in it."""
        self.intake = Intake(store, self.backlog, self.banks_lock, self._score_soon)

    def snapshot_every(self, live: LiveStream, *, at_least: int) -> int:
        """Return after how many rows a stream's state is kept: no fewer than its window."""
        return max(self._snapshot_every, live.record.window, at_least)

    def start(self) -> None:
        """Begin to score; needs a running event loop."""
        self._pump_task = asyncio.create_task(self._pump())

    async def stop(self) -> None:
        """Finish what was submitted, then end."""
        await asyncio.wait_for(self.backlog.drained(), STOP_TIMEOUT_S)
        if self._pump_task is not None:
            self._pump_task.cancel()
            await asyncio.gather(self._pump_task, return_exceptions=True)

    def submit(
        self,
        live: LiveStream,
        times_us: list[int] | Times,
        values: list[float] | Values | Batches,
        notify: Callable[[], None],
        *,
        keys: list[int] | Counts | None = None,
        channels: SentChannels | None = None,
    ) -> Submission:
        """Take observations of one stream, in the order of the calls; see `Submission`."""
        submission = Submission(live, times_us, values, notify, keys)
        if channels is not None:
            submission.widths, submission.channels = channels.widths, channels.names
        if live.ended is not None:
            submission.fail(live.ended)
        elif live.broken:
            submission.fail(_must_reload(live))
        elif not len(times_us):
            submission.succeed(Judgements.blank(0), 0)
        else:
            self.backlog.add(len(times_us))
            self.intake.take(live, submission)
        return submission

    def submit_group(self, group: Group) -> None:
        """Take observations of many streams, all of them `groupable` at this moment."""
        self.backlog.add(len(group.times_us))
        for live, newest_us in zip(group.streams, group.newest(), strict=True):
            live.newest_us = newest_us
            live.in_flight += 1
        self._fresh.append(group)
        self._wake.set()

    def _score_soon(self, live: LiveStream, submission: Submission) -> None:
        live.in_flight += 1
        self._fresh.append(submission)
        self._wake.set()

    async def _pump(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            fresh, self._fresh = self._fresh, []
            for batch in self._batches(fresh):
                try:
                    async with self.banks_lock:
                        await batch.score()
                        snapshots = batch.count()
                except Exception:  # noqa: BLE001 - the engine outlives a batch that fails
                    _log.exception("scoring failed")
                    self._break(batch.submissions, StoreUnavailable("Scoring failed; see the log."))
                    continue
                future = self._store.append(batch.rows, snapshots)
                future.add_done_callback(partial(self._on_commit, batch))

    def _batches(self, fresh: list[Submission | Group]) -> Iterator[Batch | GroupBatch]:
        """Put together what can be scored together; each stream keeps its order."""
        kinds: dict[tuple[OnlineBank, int, bool], list[Submission]] = {}
        for submission in fresh:
            broken = next((live for live in submission.streams if live.broken), None)
            if isinstance(submission, Group):
                yield from (Batch(bank, alike) for (bank, _, _), alike in kinds.items())
                kinds = {}
                if broken is None:
                    yield GroupBatch(submission)
                else:
                    self._break([submission], _must_reload(broken))
            elif broken is not None:
                self._finish(submission, _must_reload(broken))
            else:
                kinds.setdefault(submission.stream.kind, []).append(submission)
        yield from (Batch(bank, alike) for (bank, _, _), alike in kinds.items())

    def _on_commit(self, batch: Batch | GroupBatch, future: Future[None]) -> None:
        """Hand the store's answer, given in its thread, to the event loop."""
        assert self._pump_task is not None
        loop = self._pump_task.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._committed, batch, future)

    def _committed(self, batch: Batch | GroupBatch, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            kind = error if isinstance(error, StandoutError) else StoreUnavailable(str(error))
            _log.error("rows were not kept", rows=len(batch.rows), error=str(error))
            self._meters.failed.inc(len(batch.rows))
            self._break(batch.submissions, kind)
            return
        self._meters.kept(batch.rows, time.perf_counter() - batch.began_s)
        for key in {live.record.key for s in batch.submissions for live in s.streams}:
            if self._feed.watched(key):
                self._feed.publish(key, batch.rows.take(batch.rows.stream == key))
        self._tell(batch.submissions, batch.rows)

    def _tell(self, submissions: Sequence[Submission | Group], rows: Observations) -> None:
        """Give submissions the verdicts on their rows, in the form that they want."""
        columns = any(s.by_columns for s in submissions)
        shared = None if columns else Judgements.of(rows)
        first = 0
        for submission in submissions:
            last = first + len(submission.times_us)
            if submission.by_columns or isinstance(submission, Group):
                self._landed_one(submission)
                self.backlog.free(submission)
                submission.succeed_by_columns(rows, first)
            elif shared is not None:
                self._finish(submission, None, shared, first)
            else:
                # Beside a large upload, the few rows of a socket must not cost as much as that.
                own = Judgements.of(rows.take(slice(first, last)))
                self._finish(submission, None, own, 0)
            first = last

    def _break(self, submissions: Sequence[Submission | Group], error: StandoutError) -> None:
        """Fail submissions whose streams have learnt what is not kept."""
        for submission in submissions:
            for live in submission.streams:
                live.broken = True
            self._finish(submission, error)

    def _finish(
        self,
        submission: Submission | Group,
        error: StandoutError | None,
        result: Judgements | None = None,
        first: int = 0,
    ) -> None:
        """Close a submission that was being scored or stored."""
        self._landed_one(submission)
        self.backlog.close(submission, error, result, first)

    def _landed_one(self, submission: Submission | Group) -> None:
        for live in submission.streams:
            live.in_flight -= 1
            if live.in_flight == 0:
                live.wake()


def _must_reload(live: LiveStream) -> StoreUnavailable:
    return StoreUnavailable(f"Stream {live.record.id!r} is being reloaded; send again.")
