"""Unloading: what nobody uses stays in memory for a while, then keeps a snapshot and goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from standout.domain.ports import StreamStore
from standout.domain.records import Observations
from standout.service.engine import StreamEngine
from standout.service.idling import IdleStreams
from standout.service.live_stream import LiveStream
from standout.service.replays import give_back

CLOSE_AT_ONCE = 2_048

SPARED = 16
"""Part of the rows between two snapshots that a stream may be let go of with, without one.

Who sends one row a request would otherwise have a state written for each.
"""


class Unloader:
    """Lets go of streams.

    Parameters
    ----------
    store
        Where their states are kept.
    engine
        Holds the lock of the banks.
    idle_bytes
        Size of the states that stay in memory although nobody uses their streams.
    forget
        Told of each stream whose slots are about to be given back.
    """

    def __init__(
        self,
        store: StreamStore,
        engine: StreamEngine,
        *,
        idle_bytes: int,
        forget: Callable[[LiveStream], None],
    ) -> None:
        self._store = store
        self._engine = engine
        self._forget = forget
        self._idle = IdleStreams(idle_bytes)
        self._tasks: set[asyncio.Task[None]] = set()

    def rest(self, lives: list[LiveStream]) -> None:
        """Keep streams that nobody uses, and unload those that are too many."""
        gone = self._idle.keep(lives)
        if gone:
            self.unload(gone)

    def wake(self, live: LiveStream) -> None:
        """Note that a stream is in use."""
        self._idle.take(live)

    def unload(self, lives: list[LiveStream]) -> None:
        """Begin to unload streams."""
        task = asyncio.create_task(self._unload(lives))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Unload every stream that nobody uses."""
        self.unload(self._idle.take_all())
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _unload(self, lives: list[LiveStream]) -> None:
        """Unload streams, some at a time: the states of all would fill the memory once more."""
        failed: BaseException | None = None
        for first in range(0, len(lives), CLOSE_AT_ONCE):
            kept = await self._let_go(lives[first : first + CLOSE_AT_ONCE])
            if kept is not None:
                (said,) = await asyncio.gather(asyncio.wrap_future(kept), return_exceptions=True)
                failed = said or failed
        if failed is not None:
            raise failed

    async def _let_go(self, lives: list[LiveStream]) -> Future[None] | None:
        """Give slots back; what returns is done when the states that were due are stored."""
        for live in lives:
            await live.settled()
        async with self._engine.banks_lock:
            # While waiting, somebody may have taken one up again, or another call let go of it.
            gone = [live for live in lives if not live.holders and not live.freed]
            snapshots = [
                live.snapshot()
                for live in gone
                if live.since_snapshot > live.snapshot_every // SPARED and not live.broken
            ]
            kept = self._store.append(Observations.empty(), snapshots) if snapshots else None
            for live in gone:
                self._idle.take(live)
                self._forget(live)
                give_back(live)
                live.broken = True
        return kept
