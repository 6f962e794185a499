"""Loading streams: a snapshot and a replay of what came after it; unloading keeps a snapshot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import structlog

from standout.detectors import registry
from standout.detectors.base import OnlineBank
from standout.domain.ids import check_stream_id
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Snapshot, Stream
from standout.domain.times import TICKS_PER_SECOND, now_us, zone
from standout.errors import InvalidParameter, StreamSettingsConflict
from standout.service.engine import ROWS_ON_LOOP, StreamEngine
from standout.service.live_stream import LiveStream

_log = structlog.get_logger(__name__)


class Loader:
    """The streams that are in use.

    Parameters
    ----------
    store
        Where they are kept.
    engine
        What scores them.
    default_window
        Window of a new stream that names none.
    """

    def __init__(self, store: StreamStore, engine: StreamEngine, *, default_window: int) -> None:
        self._store = store
        self._engine = engine
        self._default_window = default_window
        self._loaded: dict[str, LiveStream] = {}
        self._loading: dict[str, asyncio.Task[LiveStream]] = {}
        self._unloading: set[asyncio.Task[None]] = set()
        self._banks: dict[tuple[str, int], OnlineBank] = {}

    def loaded(self, stream_id: str) -> LiveStream | None:
        """Return a stream if it is loaded."""
        return self._loaded.get(stream_id)

    async def open(
        self,
        stream_id: str,
        *,
        window: int | None = None,
        tz: str | None = None,
        time_unit: str | None = None,
    ) -> LiveStream:
        """Load a stream, or make it; `close` must follow.

        Raises
        ------
        InvalidStreamId, InvalidParameter
            It may not be called so, or a setting is out of its range.
        StreamSettingsConflict
            The stream has another window, zone or unit.
        StoreUnavailable
            It cannot be read or made.
        """
        check_stream_id(stream_id)
        wanted = Stream(
            id=stream_id,
            window=self._default_window if window is None else window,
            detector=registry.DEFAULT,
            detector_version=registry.version(registry.DEFAULT),
            created_us=now_us(),
            tz=tz or "UTC",
            time_unit=time_unit,
        )
        _check(wanted)
        live = self._loaded.get(stream_id)
        if live is not None and live.broken:
            # What it still has in the store's queue must be there before it is read again.
            await self._engine.settled(live)
        if live is None or live.broken:
            live = await self._load_once(wanted)
        _check_pinned(live.record, window, tz, time_unit)
        live.holders += 1
        return live

    def close(self, live: LiveStream) -> None:
        """Let go of a stream; without another holder it is unloaded."""
        live.holders -= 1
        if live.holders == 0:
            task = asyncio.create_task(self._unload(live))
            self._unloading.add(task)
            task.add_done_callback(self._unloading.discard)

    def pin_unit(self, live: LiveStream, time_unit: str) -> None:
        """Keep the unit that was detected at the first numeric timestamp."""
        live.record = replace(live.record, time_unit=time_unit)
        self._store.update_stream(live.record)

    async def unloaded(self) -> None:
        """Wait until every stream that was let go of has been unloaded."""
        await asyncio.gather(*self._unloading, return_exceptions=True)

    async def stop(self) -> None:
        """Keep a snapshot of every loaded stream; nothing may be submitted any more."""
        await self.unloaded()
        snapshots = [
            live.snapshot()
            for live in self._loaded.values()
            if live.since_snapshot and not live.broken
        ]
        if snapshots:
            future = self._store.append(Observations.empty(), snapshots)
            await asyncio.wait_for(asyncio.wrap_future(future), timeout=30)

    async def _load_once(self, wanted: Stream) -> LiveStream:
        task = self._loading.get(wanted.id)
        if task is None:
            task = asyncio.create_task(self._load(wanted))
            self._loading[wanted.id] = task
            task.add_done_callback(lambda _: self._loading.pop(wanted.id, None))
        # One of several who wait may give up without stopping the others.
        return await asyncio.shield(task)

    async def _load(self, wanted: Stream) -> LiveStream:
        record, snapshot, tail = await asyncio.to_thread(self._read, wanted.tenant, wanted.id)
        if record is None:
            record = await asyncio.wrap_future(self._store.create_stream(wanted))
        async with self._engine.banks_lock:
            bank = self._bank(record)
            live = LiveStream(record, bank, bank.allot())
            if snapshot is not None:
                tail = await self._restore(live, snapshot, tail)
            if len(tail):
                await self._replay(live, tail)
        self._loaded[record.id] = live
        return live

    def _read(
        self, tenant: int, stream_id: str
    ) -> tuple[Stream | None, Snapshot | None, Observations]:
        record = self._store.stream(tenant, stream_id)
        if record is None:
            return None, None, Observations.empty()
        snapshot = self._store.snapshot(record)
        after = None if snapshot is None else snapshot.last_us
        return record, snapshot, self._store.tail(record, after_us=after)

    async def _restore(
        self, live: LiveStream, snapshot: Snapshot, tail: Observations
    ) -> Observations:
        """Take over a snapshot, and return what must be replayed after it."""
        try:
            live.restore(snapshot)
        except ValueError as error:
            _log.warning("snapshot unusable, replaying all", stream=live.record.id, why=str(error))
            return await asyncio.to_thread(self._store.tail, live.record, after_us=None)
        return tail

    async def _replay(self, live: LiveStream, tail: Observations) -> None:
        live.catch_up(tail)
        values = tail.value[~tail.late].reshape(-1, 1)
        slots = np.full(len(values), live.slot, np.int64)
        if len(values) <= ROWS_ON_LOOP:
            live.bank.score_learn(slots, values)
        else:
            await asyncio.to_thread(live.bank.score_learn, slots, values)

    def _bank(self, record: Stream) -> OnlineBank:
        key = (record.detector, record.window)
        if key not in self._banks:
            params: dict[str, Any] = {**record.params, "window": record.window}
            self._banks[key] = registry.bank(record.detector, params)
        return self._banks[key]

    async def _unload(self, live: LiveStream) -> None:
        await self._engine.settled(live)
        async with self._engine.banks_lock:
            # While waiting, somebody may have taken it up again.
            if live.holders:
                return
            if self._loaded.get(live.record.id) is live:
                del self._loaded[live.record.id]
            if live.since_snapshot and not live.broken:
                self._store.append(Observations.empty(), [live.snapshot()])
            live.bank.free(live.slot)
            live.broken = True


def _check(wanted: Stream) -> None:
    registry.bank(wanted.detector, {**wanted.params, "window": wanted.window})
    zone(wanted.tz)
    if wanted.time_unit is not None and wanted.time_unit not in TICKS_PER_SECOND:
        units = ", ".join(TICKS_PER_SECOND)
        msg = f"A unit is one of {units}, got {wanted.time_unit!r}."
        raise InvalidParameter(msg)


def _check_pinned(
    record: Stream, window: int | None, tz: str | None, time_unit: str | None
) -> None:
    asked = {"window": window, "tz": tz, "time_unit": time_unit}
    for name, value in asked.items():
        kept = getattr(record, name)
        if value is not None and kept is not None and value != kept:
            msg = (
                f"Stream {record.id!r} was made with {name} {kept}, got {value}; "
                f"leave it out, or use another id."
            )
            raise StreamSettingsConflict(msg)
