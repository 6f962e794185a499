"""Where submissions come in: new rows go on at once, all others are compared with what is stored.

The submissions of a stream keep their order: while one is being compared, the next ones wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import structlog

from standout.domain.ports import StreamStore
from standout.domain.records import NO_KEY, Observations
from standout.errors import StandoutError, StoreUnavailable, StreamSettingsConflict
from standout.service.backlog import Backlog
from standout.service.channels import channels_of_first, fit, width_of
from standout.service.live_stream import LiveStream, Submission
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

_log = structlog.get_logger(__name__)


class Intake:
    """Routes submissions of loaded streams.

    Parameters
    ----------
    store
        Where rows are kept.
    backlog
        Counts the rows that are made of others.
    banks_lock
        Held while a stream gets more slots.
    score_soon
        Takes what is new.
    """

    def __init__(
        self,
        store: StreamStore,
        backlog: Backlog,
        banks_lock: asyncio.Lock,
        score_soon: Callable[[LiveStream, Submission], None],
    ) -> None:
        self._store = store
        self._backlog = backlog
        self._banks_lock = banks_lock
        self._score_soon = score_soon
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, live: LiveStream, submission: Submission) -> None:
        """Take a submission behind those of its stream that wait."""
        if live.sorting:
            live.waiting.append(submission)
        elif self._is_plain(live, submission):
            live.newest_us = int(submission.times_us[-1])
            self._score_soon(live, submission)
        else:
            live.sorting = True
            task = asyncio.create_task(self._sort_out(live, submission))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def widen(self, live: LiveStream, width: int) -> None:
        """Give a stream without an observation so many channels.

        Raises
        ------
        StreamSettingsConflict
            It has an observation by now.
        """
        async with self._banks_lock:
            if live.newest_us is not None:
                msg = f"Stream {live.record.id!r} has {live.width} channels, got {width}."
                raise StreamSettingsConflict(msg)
            for slot in live.slots[width:]:
                live.bank.free(slot)
            more = (live.bank.allot() for _ in range(width - live.width))
            live.slots = (*live.slots[:width], *more)

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

    async def _sort_out(self, live: LiveStream, submission: Submission) -> None:
        """Compare a submission with what is stored, and route what of it is new."""
        try:
            while live.in_flight:
                await live.landed()
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
            self._backlog.close(submission, error)
        except Exception:  # noqa: BLE001 - the sender must be answered, whatever it was
            _log.exception("sorting out failed", stream=live.record.id)
            self._backlog.close(submission, StoreUnavailable("What is stored could not be read."))
        finally:
            live.sorting = False
            live.wake()
            while live.waiting and not live.sorting:
                self.take(live, live.waiting.pop(0))

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
                self._backlog.close(submission, new.error)
            else:
                self._backlog.close(submission, None, merge(plan, stored, new.result, new.first))

        values = np.array(plan.values) if live.width > 1 else plan.values
        keys = None if submission.keys is None else plan.keys
        new = Submission(live, plan.times_us, values, answer, keys)  # type: ignore[arg-type]
        submission.fresh = len(plan.times_us)
        if plan.times_us:
            new.late = plan.late if any(plan.late) else None
            in_time = [t for t, late in zip(plan.times_us, plan.late, strict=True) if not late]
            live.newest_us = in_time[-1] if in_time else live.newest_us
            live.newest_key = max(live.newest_key, *plan.keys) if plan.keys else live.newest_key
            self._backlog.add(len(plan.times_us))
            self._score_soon(live, new)
        else:
            answer()
