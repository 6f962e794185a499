"""Streams that nobody uses stay loaded for a while, up to a size."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from standout import detect
from standout.errors import StreamSettingsConflict
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.idling import OVERHEAD_BYTES
from standout.service.live_stream import LiveStream
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.service.pinning import Asked
from standout.store.memory import MemoryStore

VALUES = [float(v) for v in np.random.default_rng(0).standard_t(3, 400).round(3)]
WINDOW = 20
SIZE = OVERHEAD_BYTES + 8 * (128 + 2 * WINDOW)
"""What a stream that votes on this window takes."""


class Setup:
    """An engine, and a loader that keeps so many streams which nobody uses."""

    def __init__(self, streams: float) -> None:
        self.store = MemoryStore()
        self.engine = StreamEngine(
            self.store, Feed(), Meters(), snapshot_every=50, max_backlog=10_000
        )
        self.loader = Loader(
            self.store, self.engine, default_window=WINDOW, idle_bytes=int(streams * SIZE)
        )
        self.engine.start()

    async def send(self, live: LiveStream, first: int, values: Sequence[float]) -> list[float]:
        done = asyncio.Event()
        times = list(range(first, first + len(values)))
        sent = self.engine.submit(live, times, list(values), done.set)
        await asyncio.wait_for(done.wait(), 10)
        assert sent.error is None
        return [float(score) for score in sent.result.score[sent.first :][: len(values)]]

    async def used(self, name: str) -> LiveStream:
        """Open and close a stream, and wait for what that unloads."""
        live = await self.loader.open(name)
        self.loader.close(live)
        await asyncio.sleep(0.05)
        return live

    def there(self, names: str) -> str:
        return "".join(name for name in names if self.loader.loaded(name) is not None)

    async def stop(self) -> None:
        await self.engine.stop()
        await self.loader.stop()


async def test_a_stream_that_is_used_again_is_not_loaded_again() -> None:
    setup = Setup(streams=2)
    found: list[float] = []
    first = await setup.loader.open("a")
    setup.loader.close(first)
    for start in range(0, 400, 37):
        live = await setup.loader.open("a")
        assert live is first
        found += await setup.send(live, start, VALUES[start : start + 37])
        setup.loader.close(live)
    np.testing.assert_array_equal(found, detect(VALUES, window=WINDOW).score)
    await setup.stop()
    # What it learnt is kept at the end, although nobody used it.
    record = setup.store.stream(0, "a")
    assert record is not None
    kept = setup.store.snapshot(record)
    assert kept is not None
    assert kept.seq == 400


async def test_those_let_go_of_first_are_unloaded_first() -> None:
    setup = Setup(streams=8.5)
    for name in "abcdefgh":
        await setup.used(name)
    await setup.used("b")
    assert setup.there("abcdefgh") == "abcdefgh"
    held = await setup.loader.open("c")
    await setup.used("i")
    await setup.used("j")
    # An eighth goes at a time; one in use is not counted, and stays.
    assert setup.there("abcdefghij") == "bcefghij"
    setup.loader.close(held)
    await setup.loader.unloaded()
    assert setup.loader.count() == 0
    await setup.stop()


async def test_nothing_is_kept_where_there_is_no_room_for_it() -> None:
    setup = Setup(streams=0)
    await setup.used("a")
    assert setup.loader.count() == 0
    await setup.stop()


async def test_one_that_is_deleted_leaves_neither_state_nor_slot() -> None:
    setup = Setup(streams=9)
    live = await setup.loader.open("a")
    await setup.send(live, 0, VALUES[:100])
    setup.loader.close(live)
    await setup.loader.remove("a")
    await asyncio.sleep(0.05)
    assert live.freed
    again = await setup.loader.open("a")
    assert again is not live
    assert (again.seq, again.bank.learnt(again.slots[0])) == (0, 0)
    setup.loader.close(again)
    await setup.stop()


async def test_who_turns_away_from_a_stream_leaves_nobody_in_it() -> None:
    setup = Setup(streams=9)
    await setup.loader.make("a", Asked(tz="Asia/Tokyo"))
    with pytest.raises(StreamSettingsConflict):
        await setup.loader.open("a", tz="Europe/Berlin")
    assert setup.there("a") == "a"
    await setup.loader.unloaded()
    assert setup.loader.count() == 0
    await setup.stop()


async def test_streams_opened_together_may_be_loaded_already() -> None:
    setup = Setup(streams=9)
    first = await setup.used("b")
    opened = await setup.loader.open_many([("a", None), ("b", "s"), ("c", "ms")], Asked())
    assert opened[1] is first
    assert [live.record.id for live in opened] == ["a", "b", "c"]
    assert [live.record.time_unit for live in opened] == [None, "s", "ms"]
    assert [live.holders for live in opened] == [1, 1, 1]
    setup.loader.close_many(opened)
    assert setup.there("abc") == "abc"
    with pytest.raises(StreamSettingsConflict):
        await setup.loader.open_many([("a", "s"), ("b", "ms")], Asked(time_unit="ms"))
    assert [live.holders for live in opened] == [0, 0, 0]
    await setup.stop()
