"""Loading streams: a snapshot and a replay of what came after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from standout.detectors import registry
from standout.detectors.base import OnlineBank
from standout.domain.ids import check_stream_id
from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT, Observations, Stream
from standout.errors import StreamDeleted, StreamNotFound, StreamSettingsConflict
from standout.service.engine import StreamEngine
from standout.service.idling import MOST_BYTES
from standout.service.live_stream import LiveStream
from standout.service.pinning import Asked
from standout.service.replays import Found, Replayer, gone
from standout.service.unloading import Unloader

OPEN_AT_ONCE = 256


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
    idle_bytes
        Size of the states that stay in memory although nobody uses their streams.
    """

    def __init__(
        self,
        store: StreamStore,
        engine: StreamEngine,
        *,
        default_window: int,
        idle_bytes: int = MOST_BYTES,
    ) -> None:
        self._store = store
        self._engine = engine
        self._replays = Replayer(store, engine)
        self._default_window = default_window
        self._loaded: dict[str, LiveStream] = {}
        self._loading: dict[str, asyncio.Future[LiveStream]] = {}
        self._unloader = Unloader(store, engine, idle_bytes=idle_bytes, forget=self._forget)
        self._banks: dict[tuple[str, int, str], OnlineBank] = {}
        self._removing: dict[str, asyncio.Future[None]] = {}
        self.on_load: list[Callable[[str], object]] = []
        """Called with the id of each stream that is loaded."""

    def count(self) -> int:
        """Count the streams that are loaded."""
        return len(self._loaded)

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
        detector: str | None = None,
    ) -> LiveStream:
        """Load a stream, or make it; `close` must follow.

        Raises
        ------
        InvalidStreamId, InvalidParameter, UnknownDetector
            It may not be called so, or a setting cannot be.
        StreamSettingsConflict
            The stream has another window, zone, unit or detector.
        StoreUnavailable
            It cannot be read or made.
        """
        asked = Asked(window=window, tz=tz, time_unit=time_unit, detector=detector)
        wanted = self.wanted(stream_id, asked)
        return self._held(await self._usable(wanted), asked, time_unit)

    async def reopen(self, record: Stream) -> LiveStream:
        """Load a stream that is kept; `close` must follow.

        Raises
        ------
        StreamNotFound
            It was deleted.
        StoreUnavailable
            It cannot be read.
        """
        live = self._taken(await self._usable(record))
        if live.record.key != record.key:
            self.close(live)
            raise gone(record)
        return live

    def wanted(self, stream_id: str, asked: Asked) -> Stream:
        """Return the record of a stream that is made so; raises as `Asked.stream`."""
        return asked.stream(stream_id, default_window=self._default_window)

    async def make(self, stream_id: str, asked: Asked) -> tuple[Stream, bool]:
        """Make a stream without loading it, or find it; return whether it is new.

        Raises
        ------
        StandoutError
            As `open`.
        """
        wanted = self.wanted(stream_id, asked)
        await self._removed(stream_id)
        before = await asyncio.to_thread(self._store.stream, wanted.tenant, stream_id)
        record = await asyncio.wrap_future(self._store.create_stream(wanted))
        # When it was made does not tell: a clock may stand still, or go back.
        if before is None and replace(record, key=0) == wanted:
            return record, True
        # What is just being loaded would keep the settings that it has read.
        while (loading := self._loading.get(stream_id)) is not None:
            await asyncio.wait({loading})
        live = self._loaded.get(stream_id)
        record = record if live is None else live.record
        asked.check(record)
        if record.channels is None and len(asked.channels or ()) > 1:
            await self._check_unobserved(record, live)
        changed = asked.changed(record)
        if changed != record:
            if live is not None:
                if changed.width != live.width:
                    await self._engine.intake.widen(live, changed.width)
                    changed = asked.changed(live.record)
                live.record = changed
            await asyncio.wrap_future(self._store.update_stream(changed))
        return changed, False

    async def _check_unobserved(self, record: Stream, live: LiveStream | None) -> None:
        """Raise `StreamSettingsConflict` if a stream has an observation, and so one channel."""
        observed = live is not None and live.newest_us is not None
        if live is None:
            found = await asyncio.to_thread(self._store.latest, record, limit=1)
            observed = len(found) > 0
        if observed:
            raise StreamSettingsConflict(
                f"Stream {record.id!r} has one channel since its first observation; use another id."
            )

    async def remove(self, stream_id: str) -> StreamDeleted:
        """Delete a stream after what it still has on its way is kept; return what its users hear.

        Raises
        ------
        StreamNotFound
            There is none.
        StoreUnavailable
            It cannot be deleted now; it is as it was.
        """
        check_stream_id(stream_id)
        await self._removed(stream_id)
        done = self._removing[stream_id] = asyncio.get_running_loop().create_future()
        why = StreamDeleted(f"Stream {stream_id!r} was deleted; a new observation makes it anew.")
        live: LiveStream | None = None
        try:
            if (loading := self._loading.get(stream_id)) is not None:
                await asyncio.wait({loading})
            live = self._loaded.get(stream_id)
            record = await self._settle(stream_id, live, why)
            await asyncio.wrap_future(self._store.delete_stream(record))
            if live is not None:
                live.broken = True
                self._loaded.pop(stream_id, None)
                if not live.holders:
                    self._unloader.unload([live])
        except BaseException:
            if live is not None:
                live.ended = None
            raise
        finally:
            del self._removing[stream_id]
            done.set_result(None)
        return why

    async def _settle(self, stream_id: str, live: LiveStream | None, why: StreamDeleted) -> Stream:
        if live is not None:
            live.ended = why
            await live.settled()
            return live.record
        record = await asyncio.to_thread(self._store.stream, DEFAULT_TENANT, stream_id)
        if record is None:
            raise StreamNotFound(f"There is no stream {stream_id!r}.")
        return record

    async def _removed(self, stream_id: str) -> None:
        """Wait until a stream is gone that is being deleted."""
        while (removing := self._removing.get(stream_id)) is not None:
            await asyncio.shield(removing)

    def _held(self, live: LiveStream, asked: Asked, unit: str | None) -> LiveStream:
        asked.check(live.record)
        if unit is not None and live.record.time_unit is None:
            self.pin_unit(live, unit)
        return self._taken(live)

    def _taken(self, live: LiveStream) -> LiveStream:
        live.holders += 1
        self._unloader.wake(live)
        return live

    def _at_hand(self, stream_id: str) -> LiveStream | None:
        """Return a stream that can be used without waiting."""
        live = self._loaded.get(stream_id)
        return None if live is None or live.broken or stream_id in self._removing else live

    async def _usable(self, wanted: Stream) -> LiveStream:
        await self._removed(wanted.id)
        live = self._loaded.get(wanted.id)
        if live is not None and live.broken:
            # What it still has in the store's queue must be there before it is read again.
            await live.settled()
            await self._removed(wanted.id)
            live = self._loaded.get(wanted.id)
        if live is not None and not live.broken:
            return live
        try:
            return await self._load_once(wanted)
        except StreamNotFound:
            # Somebody who did not want to make it was first to ask.
            return await self._load_once(wanted)

    def close(self, live: LiveStream) -> None:
        """Let go of a stream; see `close_many`."""
        self.close_many([live])

    async def open_many(
        self, streams: Sequence[tuple[str, str | None]], asked: Asked
    ) -> list[LiveStream]:
        """Load or make streams, each with its unit; `close_many` must follow; raises as `open`."""
        opened: list[LiveStream] = []
        try:
            for first in range(0, len(streams), OPEN_AT_ONCE):
                some = streams[first : first + OPEN_AT_ONCE]
                new = {name: unit for name, unit in some if self._is_new_here(name)}
                if new:
                    await self._load_many(_each(self.wanted(next(iter(new)), asked), new))
                for name, unit in some:
                    live = self._at_hand(name)
                    if live is None:
                        one = replace(asked, time_unit=unit)
                        live = await self._usable(self.wanted(name, one))
                    opened.append(self._held(live, asked, unit))
        except BaseException:
            self.close_many(opened)
            raise
        return opened

    def close_many(self, lives: Sequence[LiveStream]) -> None:
        """Let go of streams; of those without a holder, too many are unloaded."""
        for live in lives:
            live.holders -= 1
        self._unloader.rest([live for live in lives if not live.holders])

    def pin_unit(self, live: LiveStream, time_unit: str) -> None:
        """Keep the unit that was detected at the first numeric timestamp."""
        live.record = replace(live.record, time_unit=time_unit)
        self._store.update_stream(live.record)

    async def unloaded(self) -> None:
        """Unload every stream that nobody uses."""
        await self._unloader.finish()

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
        (found,) = await asyncio.to_thread(self._replays.read_or_make, [wanted])
        return await self._attach(found)

    async def _load_many(self, wanted: list[Stream]) -> None:
        """Load streams together; those who open one of them meanwhile wait for it."""
        loop = asyncio.get_running_loop()
        promises = {stream.id: loop.create_future() for stream in wanted}
        self._loading.update(promises)
        try:
            found = await asyncio.to_thread(self._replays.read_or_make, wanted)
            for name, one in zip(promises, found, strict=True):
                promises[name].set_result(await self._attach(one))
        except BaseException as error:
            for promise in promises.values():
                if not promise.done():
                    promise.set_exception(error)
                    promise.exception()  # nobody may have been waiting for it
            raise
        finally:
            for name in promises:
                del self._loading[name]

    def _is_new_here(self, stream_id: str) -> bool:
        known = (self._loaded, self._loading, self._removing)
        return not any(stream_id in group for group in known)

    async def _attach(self, found: Found) -> LiveStream:
        """Bring a stream into its bank; who asks for it finds it from now on."""
        live = await self._replays.attach(found, self._bank(found.record))
        self._loaded[live.record.id] = live
        # Who asked for it may turn away: its settings may not be those that were wanted.
        self._unloader.rest([live])
        for told in self.on_load:
            told(live.record.id)
        return live

    def _forget(self, live: LiveStream) -> None:
        if self._loaded.get(live.record.id) is live:
            del self._loaded[live.record.id]

    def _bank(self, record: Stream) -> OnlineBank:
        key = (record.detector, record.window, json.dumps(record.params, sort_keys=True))
        if key not in self._banks:
            params: dict[str, Any] = {**record.params, "window": record.window}
            self._banks[key] = registry.bank(record.detector, params)
        return self._banks[key]


def _each(template: Stream, units: Mapping[str, str | None]) -> list[Stream]:
    return [
        replace(template, id=check_stream_id(name), time_unit=unit) for name, unit in units.items()
    ]
