"""Retention: rows that are older than a stream keeps leave it in the background, some at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT, Observations, Stream
from standout.errors import StandoutError, StreamNotFound
from standout.service.engine import StreamEngine
from standout.service.live_stream import LiveStream
from standout.service.loading import Loader

PAGE = 500
"""Streams that are looked at between two looks at who else wants the loop."""

_log = structlog.get_logger(__name__)


class Retention:
    """Removes what is older than its stream keeps.

    Age counts from the stream's newest observation, not from the clock: what is replayed is kept
    as what came live. Only what a snapshot of the state covers is removed, so a restart goes on as
    if all were there; a stream that nobody uses is loaded for it where it has something to lose.

    Parameters
    ----------
    store, engine, loader
        Whose rows they are.
    every_s
        Seconds between two looks.

    Notes
    -----
    A look costs one read for each stream with a limit that has new rows, and nothing for others;
    a write removes some thousand rows, and others have their turn between two of them.
    """

    def __init__(
        self, store: StreamStore, engine: StreamEngine, loader: Loader, *, every_s: float
    ) -> None:
        self._store = store
        self._engine = engine
        self._loader = loader
        self._every_s = every_s
        # What each stream had when it was last seen to.
        self._done: dict[int, tuple[int | None, int | None, int | None]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look; needs a running event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Look no more; what is removed is removed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def enforce(self) -> int:
        """Look at all streams that have a limit; return how many rows went.

        Raises
        ------
        StoreUnavailable
            The store cannot be read or written; the next look goes on.
        """
        gone, after = 0, None
        seen: set[int] = set()
        while True:
            found = await asyncio.to_thread(
                self._store.retaining, DEFAULT_TENANT, limit=PAGE, after=after
            )
            for record in found:
                seen.add(record.key)
                gone += await self._one(record)
            if len(found) < PAGE:
                self._done = {key: state for key, state in self._done.items() if key in seen}
                return gone
            after = found[-1].id

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                gone = await self.enforce()
            except StandoutError as error:
                _log.warning("retention waits", why=str(error))
            except Exception:  # noqa: BLE001 - it must outlive one stream that fails
                _log.exception("retention failed")
            else:
                if gone:
                    _log.info("retention", removed=gone)

    async def _one(self, record: Stream) -> int:
        live = self._loader.loaded(record.id)
        if live is not None and (live.broken or live.record.key != record.key):
            return 0
        record = record if live is None else live.record
        newest_us = await self._newest(record) if live is None else live.scored_us
        state = (newest_us, record.keep_us, record.keep_rows)
        if newest_us is None or self._done.get(record.key) == state:
            return 0
        try:
            gone = await self._trim(record, newest_us)
        except StreamNotFound:
            return 0
        self._done[record.key] = state
        return gone

    async def _newest(self, record: Stream) -> int | None:
        """Return the newest time of a stream that nobody uses."""
        newest = await asyncio.to_thread(self._store.latest, record, limit=1)
        return int(newest.time_us[0]) if len(newest) else None

    async def _trim(self, record: Stream, newest_us: int) -> int:
        if await asyncio.to_thread(self._before, record, newest_us) is None:
            return 0
        # Also one that nobody uses: what its snapshot does not cover yet would be lost to it.
        live = await self._loader.reopen(record)
        try:
            if live.scored_us is None:
                return 0
            before_us = await asyncio.to_thread(self._before, live.record, live.scored_us)
            if before_us is None or not await self._cover(live, before_us):
                return 0
            gone = 0
            while now := await asyncio.wrap_future(self._store.trim(record, before_us=before_us)):
                gone += now
            return gone
        finally:
            self._loader.close(live)

    def _before(self, record: Stream, newest_us: int) -> int | None:
        """Return the time before which rows may go; None if there are none; blocks."""
        bounds = []
        if record.keep_us is not None:
            bounds.append(newest_us - record.keep_us)
        if record.keep_rows is not None:
            cut = self._store.cut(record, keep_rows=record.keep_rows)
            bounds += [] if cut is None else [cut + 1]
        if not bounds:
            return None
        before_us = min(max(bounds), newest_us)
        oldest: Observations = self._store.scan(record, limit=1)
        return before_us if len(oldest) and oldest.time_us[0] < before_us else None

    async def _cover(self, live: LiveStream, before_us: int) -> bool:
        """Keep a snapshot that does without the rows before a time; refuse late ones from now."""
        async with self._engine.banks_lock:
            if live.broken or live.freed:
                return False
            # Queued before the rows go: it is there once they are gone.
            self._store.append(Observations.empty(), [live.snapshot()])
            live.since_snapshot = 0
        former = live.record.expired_us
        expired_us = before_us - 1 if former is None else max(former, before_us - 1)
        live.record = replace(live.record, expired_us=expired_us)
        return True
