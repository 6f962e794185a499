"""The engine: order, failure of the store, and what it does with times that are not new."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.domain.records import Observations, Snapshot
from standout.errors import ObservationConflict, StoreUnavailable, StreamSettingsConflict
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.live_stream import LiveStream, Submission
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.service.scoring import detect
from standout.store.memory import MemoryStore


class Fragile(MemoryStore):
    """A store whose disk fills up at will."""

    full = False

    def append(self, rows: Observations, snapshots: Sequence[Snapshot] = ()) -> Future[None]:
        if not self.full:
            return super().append(rows, snapshots)
        future: Future[None] = Future()
        future.set_exception(StoreUnavailable("The disk is full."))
        return future


class Setup:
    def __init__(self, snapshot_every: int = 50, max_backlog: int = 10_000) -> None:
        self.store = Fragile()
        self.engine = StreamEngine(
            self.store, Feed(), Meters(), snapshot_every=snapshot_every, max_backlog=max_backlog
        )
        self.loader = Loader(self.store, self.engine, default_window=20)
        self.engine.start()

    async def stop(self) -> None:
        await self.engine.stop()
        await self.loader.stop()

    async def send(self, live: LiveStream, times: list[int], values: list[float]) -> Submission:
        done = asyncio.Event()
        submission = self.engine.submit(live, times, values, done.set)
        await asyncio.wait_for(done.wait(), 10)
        return submission


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    made = Setup()
    yield made
    await made.stop()


def scores(submission: Submission) -> list[float]:
    n = len(submission.times_us)
    return submission.result.score[submission.first : submission.first + n]


def same(a: Sequence[float], b: Any) -> bool:
    return np.array(a, dtype=float).tobytes() == np.asarray(b, dtype=float).tobytes()


VALUES = [float(v) for v in np.random.default_rng(0).standard_t(3, 400).round(3)]


async def test_submissions_are_answered_in_order(setup: Setup) -> None:
    live = await setup.loader.open("a")
    order: list[int] = []
    everything = asyncio.Event()

    def note(k: int) -> None:
        order.append(k)
        if len(order) == 40:
            everything.set()

    submissions = []
    for k in range(40):
        # Every fifth repeats the one before: it is compared with what is stored, and others wait.
        start = max(0, (k if k % 5 else k - 1) * 10)
        times, values = list(range(start, start + 10)), VALUES[start : start + 10]
        submissions.append(setup.engine.submit(live, times, values, partial(note, k)))
    await asyncio.wait_for(everything.wait(), 10)
    assert order == list(range(40))
    assert all(s.error is None for s in submissions)


async def test_a_full_disk_fails_what_was_not_kept_and_the_stream_recovers(setup: Setup) -> None:
    live = await setup.loader.open("a")
    first = await setup.send(live, list(range(100)), VALUES[:100])
    setup.store.full = True
    failed = await setup.send(live, list(range(100, 150)), VALUES[100:150])
    assert isinstance(failed.error, StoreUnavailable)
    after = await setup.send(live, [150], [1.0])
    assert isinstance(after.error, StoreUnavailable)
    setup.store.full = False
    setup.loader.close(live)
    live = await setup.loader.open("a")
    # Loaded anew, it knows nothing of what failed.
    second = await setup.send(live, list(range(100, 400)), VALUES[100:])
    assert same([*scores(first), *scores(second)], detect(VALUES, window=20).score)
    assert live.seq == 400
    setup.loader.close(live)


async def test_a_stream_is_unloaded_and_loaded_without_a_trace(setup: Setup) -> None:
    got: list[float] = []
    for start in range(0, 400, 37):
        live = await setup.loader.open("a")
        part = slice(start, start + 37)
        submission = await setup.send(live, list(range(400))[part], VALUES[part])
        got += scores(submission)
        setup.loader.close(live)
        await setup.loader.unloaded()
        assert setup.loader.loaded("a") is None
    assert same(got, detect(VALUES, window=20).score)


async def test_a_damaged_snapshot_is_replaced_by_a_replay(setup: Setup) -> None:
    live = await setup.loader.open("a")
    await setup.send(live, list(range(200)), VALUES[:200])
    setup.loader.close(live)
    await setup.loader.unloaded()
    assert setup.loader.loaded("a") is None
    kept = setup.store.snapshot(live.record)
    assert kept is not None
    broken = Snapshot(
        stream=kept.stream,
        seq=kept.seq,
        anomalies=kept.anomalies,
        last_us=kept.last_us,
        last_value=kept.last_value,
        last_score=kept.last_score,
        state=kept.state[:-1] + bytes([kept.state[-1] ^ 255]),
    )
    setup.store.append(Observations.empty(), [broken]).result()
    live = await setup.loader.open("a")
    assert live.seq == 200
    rest = await setup.send(live, list(range(200, 400)), VALUES[200:])
    assert same(scores(rest), detect(VALUES, window=20).score[200:])
    setup.loader.close(live)


async def test_many_open_the_same_new_stream_at_once(setup: Setup) -> None:
    opened = await asyncio.gather(*[setup.loader.open("a", window=30) for _ in range(20)])
    assert len({id(live) for live in opened}) == 1
    assert opened[0].holders == 20
    with pytest.raises(StreamSettingsConflict, match="window 30, got 31"):
        await setup.loader.open("a", window=31)
    for live in opened:
        setup.loader.close(live)


async def test_senders_wait_for_room() -> None:
    setup = Setup(max_backlog=100)
    live = await setup.loader.open("a")
    pending = [setup.engine.submit(live, [k], [1.0], lambda: None) for k in range(100)]
    waiting = asyncio.create_task(setup.engine.backlog.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await asyncio.wait_for(waiting, 10)
    assert pending[0].done
    setup.loader.close(live)
    await setup.stop()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 60), st.sampled_from([1.0, 2.0, 9.0, math.nan])), max_size=12
        ),
        max_size=25,
    )
)
def test_any_order_of_times_equals_a_plain_model(
    frames: list[list[tuple[int, float]]],
) -> None:
    """Against the promise in its plainest form: a dict, and a list of what was learnt."""

    async def run() -> None:
        setup = Setup(snapshot_every=7)
        stored: dict[int, float] = {}
        late: set[int] = set()
        learnt: list[tuple[int, float]] = []
        live = await setup.loader.open("a", window=10)
        answers = []
        for frame in frames:
            sent = await setup.send(live, [t for t, _ in frame], [v for _, v in frame])
            answers.append(sent)
        for frame, sent in zip(frames, answers, strict=True):
            result, first = sent.result, sent.first
            for i, (t, v) in enumerate(frame):
                is_late = result.late is not None and result.late[i]
                problem = None if result.problem is None else result.problem[i]
                if t in stored:
                    same_value = stored[t] == v or (stored[t] != stored[t] and v != v)  # noqa: PLR0124
                    assert (problem is None) == same_value
                    assert isinstance(problem, ObservationConflict | None)
                    assert not is_late or (t in late and same_value)
                    continue
                assert problem is None
                stored[t] = v
                if learnt and t < learnt[-1][0]:
                    late.add(t)
                    assert is_late
                    assert math.isnan(result.score[first + i])
                else:
                    assert not is_late
                    learnt.append((t, v))
                    wanted = detect([x for _, x in learnt], window=10).score[-1]
                    assert same([result.score[first + i]], [wanted])
        assert live.seq == len(stored)
        setup.loader.close(live)
        await setup.stop()

    asyncio.run(run())
