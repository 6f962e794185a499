"""Loading: a snapshot that is damaged, and streams that are replayed in pages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream
from standout.service import replays
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.live_stream import LiveStream
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.store.memory import MemoryStore
from standout.store.sqlite import SqliteStore

VALUES = [float(v) for v in np.random.default_rng(0).standard_t(3, 400).round(3)]


class Server:
    """An engine and a loader over a store that may have a past."""

    def __init__(self, store: StreamStore) -> None:
        self.engine = StreamEngine(store, Feed(), Meters(), snapshot_every=50, max_backlog=10_000)
        self.loader = Loader(store, self.engine, default_window=20)
        self.engine.start()

    async def send(self, live: LiveStream, first: int, values: Sequence[float]) -> list[float]:
        done = asyncio.Event()
        times = list(range(first, first + len(values)))
        submission = self.engine.submit(live, times, list(values), done.set)
        await asyncio.wait_for(done.wait(), 10)
        assert submission.error is None
        start = submission.first
        return [float(score) for score in submission.result.score[start : start + len(values)]]

    async def stop(self) -> None:
        await self.engine.stop()
        await self.loader.stop()


async def scores_of(store: StreamStore, first: int, values: Sequence[float]) -> list[float]:
    server = Server(store)
    live = await server.loader.open("pump-7")
    scores = await server.send(live, first, values)
    assert live.seq == first + len(values)
    await server.stop()
    return scores


@pytest.mark.parametrize("damaged", [b"", b"\xff" * 40, None])
async def test_a_damaged_snapshot_is_told_and_all_is_replayed(
    tmp_path: Path, damaged: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "REPLAY_ROWS", 32)
    wanted = await scores_of(MemoryStore(), 0, VALUES)
    store = SqliteStore(tmp_path / "standout.db", block_rows=16)
    await scores_of(store, 0, VALUES[:300])
    stream = store.stream(0, "pump-7")
    assert stream is not None
    snapshot = store.snapshot(stream)
    assert snapshot is not None
    bytes_there = snapshot.state[: len(snapshot.state) // 2] if damaged is None else damaged
    broken = replace(snapshot, state=bytes_there)
    store.append(Observations.empty(), [broken]).result()
    assert store.snapshot(stream) == broken

    with capture_logs() as logs:
        found = await scores_of(store, 300, VALUES[300:])

    np.testing.assert_array_equal(found, wanted[300:])
    assert [log["event"] for log in logs] == ["snapshot unusable, replaying all"]
    store.close()


async def test_a_long_past_is_replayed_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "REPLAY_ROWS", 32)
    asked: list[int | None] = []

    class Counting(MemoryStore):
        def scan(
            self,
            stream: Stream,
            *,
            limit: int,
            after_us: int | None = None,
            after_key: int | None = None,
            from_us: int | None = None,
            to_us: int | None = None,
        ) -> Observations:
            asked.append(after_us)
            assert limit == 32
            return super().scan(
                stream,
                limit=limit,
                after_us=after_us,
                after_key=after_key,
                from_us=from_us,
                to_us=to_us,
            )

    def read_all_at_once(*_: object, **__: object) -> None:
        raise AssertionError("memory must stay bounded")

    monkeypatch.setattr(Counting, "tail", read_all_at_once)
    store = Counting()
    wanted = await scores_of(MemoryStore(), 0, VALUES)
    whole = await scores_of(store, 0, VALUES[:320])
    stream = store.stream(0, "pump-7")
    assert stream is not None
    # As if it had been killed before the first snapshot.
    store._kept[stream.key].snapshot = None
    asked.clear()

    np.testing.assert_array_equal(whole + await scores_of(store, 320, VALUES[320:]), wanted)
    assert asked == [None, *range(31, 320, 32)]
