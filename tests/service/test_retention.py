"""Retention: what is old leaves in the background, and nothing else is noticed of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from standout.bootstrap import Services, build
from standout.domain.ports import StreamStore
from standout.domain.records import Stream
from standout.errors import ObservationExpired
from standout.schemas.streams import NewStream, Retention
from standout.service import scoring
from standout.service.live_stream import LiveStream, Submission
from standout.service.retention import Retention as Keeper
from standout.settings import load_settings
from standout.store.sqlite import SqliteStore

SECOND = 1_000_000
VALUES = np.random.default_rng(3).standard_t(3, 6_000).round(3)
WINDOW = 20


@asynccontextmanager
async def running(folder: Path, url: str = "sqlite", **streams: int) -> AsyncIterator[Services]:
    services = build(
        load_settings(
            data_dir=folder,
            store={"url": url},
            streams={"retention_every_s": 3_600, "default_window": WINDOW, **streams},
        )
    )
    services.start()
    yield services
    await services.stop()


async def send(
    services: Services, live: LiveStream, times: list[int], values: list[float]
) -> Submission:
    done = asyncio.Event()
    submission = services.engine.submit(live, times, values, done.set)
    await asyncio.wait_for(done.wait(), 10)
    return submission


async def feed(services: Services, name: str, first: int, last: int) -> list[float]:
    """Send a row a second, as rows of SQL, and return the scores."""
    live = await services.loader.open(name)
    scores: list[float] = []
    for start in range(first, last, 50):
        end = min(start + 50, last)
        times = [i * SECOND for i in range(start, end)]
        told = await send(services, live, times, VALUES[start:end].tolist())
        assert told.error is None
        scores += told.result.score[told.first : told.first + end - start]
    services.loader.close(live)
    await services.loader.unloaded()
    return scores


def kept(store: StreamStore, record: Stream) -> list[int]:
    return [us // SECOND for us in store.tail(record, after_us=None).time_us.tolist()]


def copied(folder: Path) -> Path:
    """Copy a database as it is, as a kill leaves it."""
    copy = folder / "copy"
    copy.mkdir()
    for file in folder.glob("standout.db*"):
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def limited(**limits: float) -> NewStream:
    return NewStream(retention=Retention.model_validate(limits))


@pytest.mark.parametrize("url", ["sqlite", "memory"])
@pytest.mark.parametrize("used", [True, False])
async def test_age_is_counted_from_the_newest_observation(
    tmp_path: Path, url: str, used: bool
) -> None:
    async with running(tmp_path, url) as services:
        await services.streams.make("a", limited(age_s=300))
        await services.streams.make("b", NewStream())
        held = await services.loader.open("a") if used else None
        for name in ("a", "b"):
            await feed(services, name, 0, 1_000)
        assert await services.retention.enforce() == 699
        assert await services.retention.enforce() == 0
        a, b = (services.store.stream(0, name) for name in ("a", "b"))
        assert a is not None
        assert b is not None
        assert kept(services.store, a) == list(range(699, 1_000))
        assert kept(services.store, b) == list(range(1_000))
        assert a.expired_us == 699 * SECOND - 1
        assert (await services.streams.get("a")).count == 1_000
        if held:
            services.loader.close(held)


@pytest.mark.parametrize("limits", [{"age_s": 200}, {"count": 200}])
async def test_verdicts_go_on_as_if_all_were_there_also_after_a_restart(
    tmp_path: Path, limits: dict[str, float]
) -> None:
    wanted = scoring.detect(VALUES[:1_400].tolist(), detector="vote", window=WINDOW).score
    found: list[float] = []
    for first in range(0, 1_400, 350):
        async with running(tmp_path) as services:
            await services.streams.make("a", limited(**limits))
            found += await feed(services, "a", first, first + 350)
            await services.retention.enforce()
            record = services.store.stream(0, "a")
            assert record is not None
            rows = kept(services.store, record)
            assert rows == list(range(first + 350 - len(rows), first + 350))
            assert 200 <= len(rows) <= 201
            assert (await services.streams.get("a")).count == first + 350
    assert np.array(found).tobytes() == np.asarray(wanted, float).tobytes()


async def test_a_kill_after_a_look_changes_nothing(tmp_path: Path) -> None:
    """What the last snapshot does not cover is learnt first, however few are to be kept."""
    wanted = scoring.detect(VALUES[:900].tolist(), detector="vote", window=WINDOW).score
    services = build(load_settings(data_dir=tmp_path, streams={"default_window": WINDOW}))
    services.start()
    await services.streams.make("a", limited(count=5))
    held = await services.loader.open("a")
    found = await feed(services, "a", 0, 300)
    await services.retention.enforce()
    found += await feed(services, "a", 300, 500)
    # As a kill leaves it: no snapshot at the end.
    copy = copied(tmp_path)
    services.loader.close(held)
    await services.stop()

    async with running(copy) as again:
        # Nobody has used it since.
        assert await again.retention.enforce() == 200
        await again.loader.unloaded()
        assert again.loader.count() == 0
        assert (await again.streams.get("a")).count == 500
        found += await feed(again, "a", 500, 900)
        assert (await again.streams.get("a")).count == 900
        await again.retention.enforce()
        record = again.store.stream(0, "a")
        assert record is not None
        assert kept(again.store, record) == list(range(895, 900))
    assert np.array(found).tobytes() == np.asarray(wanted, float).tobytes()


@pytest.mark.parametrize("url", ["sqlite", "memory"])
async def test_one_row_a_request_and_late_ones_lose_no_number(tmp_path: Path, url: str) -> None:
    """No snapshot is made for each; what retention takes away is not counted again."""
    async with running(tmp_path, url) as services:
        await services.streams.make("a", limited(count=8))
        for i in range(40):
            live = await services.loader.open("a")
            assert live.seq == 2 * i
            await send(services, live, [2 * i * SECOND], [VALUES[i]])
            told = await send(services, live, [(2 * i - 3) * SECOND], [0.0])
            assert told.result.late is not None
            services.loader.close(live)
            await services.loader.unloaded()
            if i % 7 == 6:
                assert await services.retention.enforce() > 0
        assert (await services.streams.get("a")).count == 80


@pytest.mark.parametrize("url", ["sqlite", "memory"])
async def test_what_is_sent_again_or_late(tmp_path: Path, url: str) -> None:
    async with running(tmp_path, url) as services:
        await services.streams.make("a", limited(age_s=100))
        scores = await feed(services, "a", 0, 400)
        await services.retention.enforce()
        live = await services.loader.open("a")

        times = [i * SECOND for i in (10, 350, 298)]
        told = await send(services, live, times, VALUES[[10, 350, 298]].tolist())
        assert told.error is None
        assert told.result.problem is not None
        # Removed: refused, and not counted again. Kept: the stored verdict.
        assert [type(p) for p in told.result.problem] == [
            ObservationExpired,
            type(None),
            ObservationExpired,
        ]
        assert told.result.anomaly[0] is None
        assert told.result.score[1] == scores[350]

        # New and late: stored where it would be kept, refused where it would not.
        told = await send(services, live, [350 * SECOND + 1, 200 * SECOND + 1], [1.0, 1.0])
        assert told.result.late == [True, False]
        assert told.result.problem is not None
        assert [type(p) for p in told.result.problem] == [type(None), ObservationExpired]
        # The limit moves with the stream, within one frame, too.
        told = await send(
            services, live, [450 * SECOND, 349 * SECOND + 1, 351 * SECOND + 1], [1.0] * 3
        )
        assert told.result.problem is not None
        assert [type(p) for p in told.result.problem] == [
            type(None),
            ObservationExpired,
            type(None),
        ]
        assert live.seq == 400 + 3
        services.loader.close(live)


async def test_a_limit_that_is_set_later_counts(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        await feed(services, "a", 0, 500)
        assert await services.retention.enforce() == 0
        await services.streams.make("a", limited(count=100))
        assert await services.retention.enforce() == 400
        await services.streams.make("a", NewStream(retention=None))
        await feed(services, "a", 500, 800)
        assert await services.retention.enforce() == 0


async def test_it_works_in_the_background_beside_a_client(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        await services.streams.make("a", limited(count=100))
        keeper = Keeper(services.store, services.engine, services.loader, every_s=0.01)
        keeper.start()
        scores = await feed(services, "a", 0, 6_000)
        record = services.store.stream(0, "a")
        assert record is not None
        deadline = asyncio.get_running_loop().time() + 10
        # What was sealed before it could be removed goes as a whole, later.
        while len(kept(services.store, record)) > 100 + 2_048:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.01)
        await keeper.stop()
        wanted = scoring.detect(VALUES.tolist(), detector="vote", window=WINDOW).score
        assert np.array(scores).tobytes() == np.asarray(wanted, float).tobytes()


async def test_a_deleted_stream_is_no_trouble(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        await services.streams.make("a", limited(count=10))
        await feed(services, "a", 0, 100)
        await services.streams.delete("a")
        assert await services.retention.enforce() == 0
        await services.streams.make("a", limited(count=10))
        await feed(services, "a", 0, 30)
        assert await services.retention.enforce() == 20


async def test_one_write_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    trim = SqliteStore.trim

    def counting(self: SqliteStore, *args: object, **how: object) -> object:
        future = trim(self, *args, **how)  # type: ignore[arg-type]
        future.add_done_callback(lambda f: calls.append(f.result()))
        return future

    monkeypatch.setattr("standout.store.ledger.TRIM_ROWS", 70)
    monkeypatch.setattr(SqliteStore, "trim", counting)
    async with running(tmp_path) as services:
        await services.streams.make("a", limited(count=10))
        await feed(services, "a", 0, 500)
        assert await services.retention.enforce() == 490
    assert max(calls) <= 70
    assert len(calls) == 8
