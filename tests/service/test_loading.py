"""Loading: a snapshot that is damaged, and streams that are replayed in pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from standout.detectors import registry
from standout.detectors.base import Verdicts
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import VoteParams
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Snapshot, Stream
from standout.service import replays
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.live_stream import LiveStream
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.service.pinning import Asked
from standout.store.memory import MemoryStore
from standout.store.sqlite import SqliteStore
from standout.types import Batch, Slots

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


async def channels_of(store: StreamStore, first: int, values: Sequence[float]) -> list[float]:
    """Send rows of two channels; return the score of the leading one."""
    server = Server(store)
    live = await server.loader.open("wide")
    done = asyncio.Event()
    times = np.arange(first, first + len(values))
    table = np.stack([values, np.square(values)], axis=1)
    submission = server.engine.submit(live, times, table, done.set)
    await asyncio.wait_for(done.wait(), 10)
    assert submission.rows is not None
    scores = submission.rows.score[submission.first :].tolist()
    await server.stop()
    return list(scores)


@pytest.mark.parametrize("place", [0.25, 0.75])
async def test_a_damaged_state_of_one_channel_spoils_no_other(place: float) -> None:
    wanted = await channels_of(MemoryStore(), 0, VALUES)
    store = MemoryStore()
    await channels_of(store, 0, VALUES[:300])
    stream = store.stream(0, "wide")
    assert stream is not None
    snapshot = store.snapshot(stream)
    assert snapshot is not None
    state = bytearray(snapshot.state)
    state[int(len(state) * place)] ^= 1
    store.append(Observations.empty(), [replace(snapshot, state=bytes(state))]).result()

    found = await channels_of(store, 300, VALUES[300:])

    np.testing.assert_array_equal(found, wanted[300:])


class Slow(VoteBank):
    """A bank that takes its time, as that of a costly detector does."""

    rows_a_ms = 5

    def score_learn(self, slots: Slots, X: Batch) -> Verdicts:
        time.sleep(len(X) * 0.0002)
        return super().score_learn(slots, X)


async def test_a_long_replay_lets_others_score(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    await scores_of(store, 0, VALUES)
    stream = store.stream(0, "pump-7")
    assert stream is not None
    store._kept[stream.key].snapshot = None
    monkeypatch.setattr(registry, "bank", lambda _, params: Slow(VoteParams(**params)))
    server = Server(store)
    other = await server.loader.open("other")
    loading = asyncio.create_task(server.loader.open("pump-7"))
    answered = 0
    while not loading.done():
        await server.send(other, answered, [1.0])
        answered += 1
    # All 400 rows at once would have taken 80 ms of the lock, and nobody else would have had any.
    assert answered > 3
    assert (await loading).seq == len(VALUES)
    await server.stop()


class Counting(MemoryStore):
    """Counts the bytes of states that it is given."""

    state_bytes = 0

    def append(self, rows: Observations, snapshots: Sequence[Snapshot] = ()) -> Future[None]:
        self.state_bytes += sum(len(snapshot.state) for snapshot in snapshots)
        return super().append(rows, snapshots)


@pytest.mark.parametrize("detector", ["vote", "novelty"])
@pytest.mark.parametrize("late", [False, True])
async def test_states_are_written_in_proportion(detector: str, late: bool) -> None:
    store = Counting()
    server = Server(store)
    await server.loader.make("a", Asked(detector=detector, window=100))
    live = await server.loader.open("a")
    newest, rows = 10_000, 3_000
    await server.send(live, newest, [0.0])
    for i in range(rows // 5):
        # A frame at a time, as from a sensor that is behind another.
        await server.send(live, 5 * i if late else newest + 1 + 5 * i, VALUES[:5])
    assert live.seq == rows + 1
    assert store.state_bytes <= 64 * (rows + 1)
    await server.stop()
    again = Server(store)
    live = await again.loader.open("a")
    assert live.seq == rows + 1
    await again.stop()


@pytest.mark.parametrize("detector", ["vote", "novelty"])
async def test_one_row_a_request_writes_no_state_for_each(detector: str) -> None:
    store = Counting()
    server = Server(store)
    await server.loader.make("a", Asked(detector=detector, window=100))
    for i in range(400):
        live = await server.loader.open("a")
        assert live.seq == i
        await server.send(live, i, [VALUES[i]])
        server.loader.close(live)
        await server.loader.unloaded()
        assert server.loader.count() == 0
    assert store.state_bytes <= 16 * 64 * 400
    await server.stop()
