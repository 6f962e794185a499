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
from dataclasses import replace
from functools import partial

import numpy as np
import structlog

from standout.detectors.base import OnlineBank
from standout.domain.ports import StreamStore
from standout.domain.records import NO_KEY, Observations
from standout.errors import StandoutError, StoreUnavailable, StreamSettingsConflict
from standout.readers.uploads.channels import SentChannels
from standout.service.batch import Batch
from standout.service.channels import channels_of_first, fit, width_of
from standout.service.feed import Feed
from standout.service.groups import Group, GroupBatch
from standout.service.judgements import Judgements
from standout.service.live_stream import LiveStream, Submission
from standout.service.meters import Meters
from standout.service.sorting import (
    Limits,
    Newest,
    Sent,
    Sorted,
    ascending,
    merge,
    rising,
    sort_out,
)
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
        Rows that may be on their way before `room` makes senders wait.
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
        self._max_backlog = max_backlog
        self._backlog = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._fresh: list[Submission | Group] = []
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pump_task: asyncio.Task[None] | None = None
        self.banks_lock = asyncio.Lock()
        """Held while banks are used: a bank may not grow while a thread scores in it."""

    def snapshot_every(self, live: LiveStream, *, at_least: int) -> int:
        """Return after how many rows a stream's state is kept: no fewer than its window."""
        return max(self._snapshot_every, live.record.window, at_least)

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

    @property
    def full(self) -> bool:
        """Whether `room` would wait."""
        return self._backlog >= self._max_backlog

    async def room(self) -> None:
        """Wait until there is room for more rows: the store's pace becomes the senders'."""
        while self.full:
            self._has_room.clear()
            await self._has_room.wait()

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
            self._backlog += len(times_us)
            if live.sorting:
                live.waiting.append(submission)
            else:
                self._route(live, submission)
        return submission

    def submit_group(self, group: Group) -> None:
        """Take observations of many streams, all of them `groupable` at this moment."""
        self._backlog += len(group.times_us)
        for live, newest_us in zip(group.streams, group.newest(), strict=True):
            live.newest_us = newest_us
            live.in_flight += 1
        self._fresh.append(group)
        self._wake.set()

    async def settled(self, live: LiveStream) -> None:
        """Wait until all that the stream submitted is kept or has failed."""
        while live.in_flight or live.sorting:
            await self._landed(live)

    async def _landed(self, live: LiveStream) -> None:
        """Wait until nothing of the stream is being scored or stored."""
        if live.idle is None:
            live.idle = asyncio.Event()
        live.idle.clear()
        if live.in_flight or live.sorting:
            await live.idle.wait()

    def _route(self, live: LiveStream, submission: Submission) -> None:
        if self._is_plain(live, submission):
            live.newest_us = int(submission.times_us[-1])
            self._score_soon(live, submission)
            return
        live.sorting = True
        task = asyncio.create_task(self._sort_out(live, submission))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_plain(self, live: LiveStream, submission: Submission) -> bool:
        """Tell whether rows are all newer than what there is, and fit the stream."""
        keys = submission.keys
        if keys is None and live.width == 1 and type(submission.values) is list:
            return ascending(submission.times_us, live.newest_us)
        if submission.widths is not None or submission.channels is not None:
            return False
        if width_of(submission.values) != live.width:
            return False
        if keys is None:
            return ascending(submission.times_us, live.newest_us)
        highest = live.newest_key if live.newest_key != NO_KEY else None
        plain = rising(submission.times_us, live.newest_us) and ascending(keys, highest)
        if plain:
            live.newest_key = int(keys[-1])
        return plain

    def _score_soon(self, live: LiveStream, submission: Submission) -> None:
        live.in_flight += 1
        self._fresh.append(submission)
        self._wake.set()

    async def _sort_out(self, live: LiveStream, submission: Submission) -> None:
        """Compare a submission with what is stored, and route what of it is new."""
        try:
            while live.in_flight:
                await self._landed(live)
            await self._fit(live, submission)
            if submission.refused is None and self._is_plain(live, submission):
                # It only had to be brought into the stream's form.
                live.newest_us = int(submission.times_us[-1])
                self._score_soon(live, submission)
                return
            keys = submission.keys
            ids = np.unique(np.array(submission.times_us if keys is None else keys, np.int64))
            lookup = self._store.lookup if keys is None else self._store.lookup_keys
            stored = await asyncio.to_thread(lookup, live.record, ids)
            plan = await self._plan(live, submission, stored)
            self._keep_new(live, submission, stored, plan)
        except StandoutError as error:
            self._close(submission, error)
        except Exception:  # noqa: BLE001 - the sender must be answered, whatever it was
            _log.exception("sorting out failed", stream=live.record.id)
            self._close(submission, StoreUnavailable("What is stored could not be read."))
        finally:
            live.sorting = False
            _wake(live)
            while live.waiting and not live.sorting:
                self._route(live, live.waiting.pop(0))

    async def _fit(self, live: LiveStream, submission: Submission) -> None:
        """Bring rows into the stream's channels; its first observation tells how many it has."""
        width = width_of(submission.values)
        if submission.widths is None and submission.channels is None and width == live.width:
            return
        if live.unobserved:
            names = submission.channels or channels_of_first(submission.values, submission.widths)
            if len(names) != live.width:
                await self.widen(live, len(names))
            if len(names) > 1 or submission.channels is not None:
                live.record = replace(live.record, channels=names)
                self._store.update_stream(live.record)
        fitted = fit(submission.values, submission.widths, submission.channels, live.record)
        submission.values, submission.refused = fitted.values, fitted.refused or None
        submission.widths = submission.channels = None

    async def widen(self, live: LiveStream, width: int) -> None:
        """Give a stream without an observation so many channels.

        Raises
        ------
        StreamSettingsConflict
            It has an observation by now.
        """
        async with self.banks_lock:
            if live.newest_us is not None:
                msg = f"Stream {live.record.id!r} has {live.width} channels, got {width}."
                raise StreamSettingsConflict(msg)
            for slot in live.slots[width:]:
                live.bank.free(slot)
            more = (live.bank.allot() for _ in range(width - live.width))
            live.slots = (*live.slots[:width], *more)

    async def _plan(self, live: LiveStream, submission: Submission, stored: Observations) -> Sorted:
        """Sort out; nothing else of the stream is on its way meanwhile."""
        keys = submission.keys
        sent = Sent(
            times_us=np.asarray(submission.times_us).tolist(),
            values=np.asarray(submission.values).tolist(),
            keys=None if keys is None else np.asarray(keys).tolist(),
            refused=submission.refused or {},
        )
        newest = Newest(time_us=live.newest_us, key=live.newest_key)
        limits = Limits(live.record.keep_us, live.record.expired_us)
        asked = (sent, newest, stored, limits)
        if not submission.by_columns:
            return sort_out(*asked)
        return await asyncio.to_thread(sort_out, *asked)

    def _keep_new(
        self, live: LiveStream, submission: Submission, stored: Observations, plan: Sorted
    ) -> None:
        """Score and keep what is not stored, and answer all of it."""

        def answer() -> None:
            if new.error is not None:
                self._close(submission, new.error)
            else:
                self._close(submission, None, merge(plan, stored, new.result, new.first))

        values = np.array(plan.values) if live.width > 1 else plan.values
        keys = None if submission.keys is None else plan.keys
        new = Submission(live, plan.times_us, values, answer, keys)  # type: ignore[arg-type]
        submission.fresh = len(plan.times_us)
        if plan.times_us:
            new.late = plan.late if any(plan.late) else None
            in_time = [t for t, late in zip(plan.times_us, plan.late, strict=True) if not late]
            live.newest_us = in_time[-1] if in_time else live.newest_us
            live.newest_key = max(live.newest_key, *plan.keys) if plan.keys else live.newest_key
            self._backlog += len(plan.times_us)
            self._score_soon(live, new)
        else:
            answer()

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
                self._free(submission)
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
        self._close(submission, error, result, first)

    def _landed_one(self, submission: Submission | Group) -> None:
        for live in submission.streams:
            live.in_flight -= 1
            if live.in_flight == 0:
                _wake(live)

    def _free(self, submission: Submission | Group) -> None:
        """Give back its place in the backlog."""
        self._backlog -= len(submission.times_us)
        if self._backlog < self._max_backlog:
            self._has_room.set()

    def _close(
        self,
        submission: Submission | Group,
        error: StandoutError | None,
        result: Judgements | None = None,
        first: int = 0,
    ) -> None:
        self._free(submission)
        if error is not None or result is None or isinstance(submission, Group):
            submission.fail(error or StoreUnavailable("It was not kept."))
        else:
            submission.succeed(result, first)


def _wake(live: LiveStream) -> None:
    if live.idle is not None:
        live.idle.set()


def _must_reload(live: LiveStream) -> StoreUnavailable:
    return StoreUnavailable(f"Stream {live.record.id!r} is being reloaded; send again.")
