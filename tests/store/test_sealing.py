"""Sealed rows: every read answers as if there were no blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standout.domain.records import Observations, Stream
from standout.errors import ObservationConflict, StoreUnavailable
from standout.store import sealing
from standout.store.heads import Head
from standout.store.memory import MemoryStore
from standout.store.sealing import Sealer
from standout.store.sqlite import SqliteStore
from tests.store.build import a_stream, assert_same, joined, some_rows

BLOCK_ROWS = 8
IDS = count()
NEWER = st.integers(1, 60).map(lambda n: ("newer", n))
TIMES = st.one_of(st.integers(-5, 400), st.sampled_from([-(2**63), 2**63 - 1, 2**63 - 2]))
LATE = st.lists(TIMES, min_size=1, max_size=40, unique=True).map(lambda times: ("at", times))
OTHERS = st.sampled_from([("settle", 0), ("new stream", 0)])
STEPS = st.lists(st.one_of(NEWER, NEWER, LATE, LATE, OTHERS), max_size=12)


@pytest.fixture
def small(path: Path) -> Iterator[SqliteStore]:
    """A store whose blocks are small, so that a few rows make many."""
    store = SqliteStore(path, block_rows=BLOCK_ROWS)
    yield store
    store.close()


def settle(store: SqliteStore) -> None:
    """Wait until nothing is left to be sealed or removed."""
    stream = store.create_stream(a_stream("turn")).result()
    while store._writer._untidy():
        store.trim(stream).result()
    # What was just being done is done when the next write is.
    store.trim(stream).result()


def blocks(path: Path, table: str = "blocks") -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()


def rows_at(stream: Stream, times: list[int], seq: int) -> Observations:
    rng = np.random.default_rng([seq, len(times)])
    n = len(times)
    return some_rows(
        stream,
        times,
        seq=np.arange(seq, seq + n),
        value=np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n).round(1)),
        score=rng.choice([np.nan, 0.0, 0.4, 0.6, 0.8], n),
        votes=rng.integers(0, 32, n),
        expected=rng.normal(size=n),
        late=rng.random(n) < 0.3,
    )


@pytest.mark.parametrize(("absorb_rows", "pack_rows"), [(1, 8), (6, 8), (1_000, 8), (6, 2)])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS, data=st.data())
def test_sealed_rows_are_read_as_if_they_were_not(
    small: SqliteStore,
    monkeypatch: pytest.MonkeyPatch,
    absorb_rows: int,
    pack_rows: int,
    steps: list[tuple[str, Any]],
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(sealing, "ABSORB_ROWS", absorb_rows)
    monkeypatch.setattr(sealing, "PACK_ROWS", pack_rows)
    monkeypatch.setattr(sealing, "PACK_STREAMS", 1)
    plain = MemoryStore()
    wanted = a_stream(f"s{next(IDS)}")
    mine, theirs = small.create_stream(wanted).result(), plain.create_stream(wanted).result()
    newest, seq = 0, 1
    for kind, what in steps:
        if kind == "settle":
            settle(small)
        elif kind == "new stream":
            small.delete_stream(mine)
            plain.delete_stream(theirs)
            mine, theirs = (
                small.create_stream(wanted).result(),
                plain.create_stream(wanted).result(),
            )
            newest = 0
        if kind not in {"newer", "at"}:
            continue
        times = list(range(newest + 3, newest + 3 + 3 * what, 3)) if kind == "newer" else what
        newest = max(newest, *(time for time in times if time < 10_000), 0)
        sent = small.append(rows_at(mine, times, seq))
        error = plain.append(rows_at(theirs, times, seq)).exception()
        assert isinstance(sent.exception(), ObservationConflict) == (error is not None)
        seq += len(times)

    def both(read: str, *args: Any, **kwargs: Any) -> None:
        found = getattr(small, read)(mine, *args, **kwargs)
        same = getattr(plain, read)(theirs, *args, **kwargs)
        same.stream[:] = mine.key
        assert_same(found, same)

    everything = plain.tail(theirs, after_us=None).time_us
    edge = st.one_of(
        st.none(), TIMES, *([st.sampled_from(everything.tolist())] * len(everything[:1]))
    )
    bounds = {name: data.draw(edge, name) for name in ("after_us", "from_us", "to_us")}
    limit = data.draw(st.integers(1, 70), "limit")
    both("tail", after_us=None)
    both("tail", after_us=bounds["after_us"])
    both("latest", limit=limit, before_us=bounds["to_us"])
    both("anomalies", limit=limit, **bounds)
    both("scan", limit=limit, **bounds)
    both("lookup", np.array([*everything[::3], *everything[1::7], 2, 401], np.int64))


def test_old_rows_become_blocks(small: SqliteStore, path: Path) -> None:
    made = small.create_stream(a_stream()).result()
    for time in range(100):
        small.append(some_rows(made, [time], seq=time + 1)).result()
    settle(small)

    assert [row[2:8] for row in blocks(path)] == [
        (first, first + 7, first + 1, first + 8, 8, 0) for first in range(0, 88, 8)
    ]
    assert len(blocks(path, "observations")) == 12


def test_many_rows_of_one_stream_are_sealed_at_once(small: SqliteStore, path: Path) -> None:
    made = small.create_stream(a_stream()).result()
    small.append(some_rows(made, range(5))).result()
    rows = some_rows(made, range(5, 1_000), seq=np.arange(6, 1_001))

    small.append(rows).result()

    assert len(blocks(path)) == 125
    assert len(blocks(path, "observations")) == 0
    assert_same(small.scan(made, from_us=5, limit=2_000), rows)


def test_small_blocks_are_joined_with_what_came_late(path: Path) -> None:
    store = SqliteStore(path, block_rows=256)
    made = store.create_stream(a_stream()).result()
    for start in range(0, 1_000, 200):
        store.append(some_rows(made, range(start, start + 200, 2))).result()
    store.append(some_rows(made, range(101, 131, 2), late=True)).result()
    assert [row[6] for row in blocks(path)] == [100] * 5
    store.append(some_rows(made, range(1_000, 1_200, 2))).result()
    settle(store)

    assert [row[6] for row in blocks(path)] == [307, 308]
    assert blocks(path, "observations") == []
    times = [*range(0, 1_200, 2), *range(101, 131, 2)]
    assert store.tail(made, after_us=None).time_us.tolist() == sorted(times)
    store.close()


def test_rows_of_many_streams_become_small_blocks_that_are_joined(path: Path) -> None:
    store = SqliteStore(path, block_rows=64)
    made = [store.create_stream(a_stream(f"s{i}")).result() for i in range(40)]
    sent: dict[int, list[Observations]] = {stream.key: [] for stream in made}
    for start in range(0, 280, 20):
        for stream in made:
            rows = rows_at(stream, list(range(start, start + 20)), start + 1)
            sent[stream.key].append(rows)
        store.append(joined(*[parts[-1] for parts in sent.values()])).result()
        if start == 80:
            # They are read as any other, and what comes late or alone finds its place.
            assert {row[6] for row in blocks(path)} == {20}
            alone = rows_at(made[0], [1_000], 500)
            store.append(alone).result()
            sent[made[0].key].append(alone)
            with pytest.raises(ObservationConflict):
                store.append(joined(sent[made[1].key][0].take(slice(3, 4)), alone)).result()
    settle(store)

    for stream in made:
        whole = joined(*sent[stream.key])
        wanted = whole.take(np.argsort(whole.time_us))
        assert_same(store.tail(stream, after_us=None), wanted)
        flagged = wanted.take(wanted.score >= 0.6)
        assert_same(store.anomalies(stream, limit=1_000), flagged)
        assert int(store.window(stream, px=10).count.sum()) == len(wanted)
    sizes = [row[6] for row in blocks(path)]
    assert max(sizes) >= 64
    assert len(sizes) < 40 * 10
    assert len(blocks(path, "block_rows")) == len(sizes)
    store.close()


def test_a_time_that_is_sealed_is_refused_whole(small: SqliteStore) -> None:
    made = small.create_stream(a_stream()).result()
    small.append(some_rows(made, range(0, 200, 2))).result()

    sealed = small.append(some_rows(made, [1_000, 4, 3]))
    bulk = small.append(some_rows(made, [*range(2_000, 2_100), 4]))
    twice = small.append(some_rows(made, [*range(3_000, 3_100), 3_007]))
    fine = small.append(some_rows(made, [1_000, 5, 3]))
    unsealed = small.append(some_rows(made, range(950, 1_050)))

    for future in (sealed, bulk, twice, unsealed):
        with pytest.raises(ObservationConflict, match="stored already"):
            future.result()
    assert fine.result() is None
    assert small.tail(made, after_us=None).time_us.tolist() == sorted(
        [*range(0, 200, 2), 3, 5, 1000]
    )


def test_late_rows_stand_between_those_that_are_sealed(small: SqliteStore) -> None:
    made = small.create_stream(a_stream()).result()
    small.append(some_rows(made, range(0, 200, 2))).result()
    small.append(some_rows(made, [21, 31, 51], late=True)).result()

    assert small.scan(made, from_us=20, limit=5).time_us.tolist() == [20, 21, 22, 24, 26]
    assert small.scan(made, from_us=21, limit=3).time_us.tolist() == [21, 22, 24]
    assert small.latest(made, limit=3, before_us=53).time_us.tolist() == [50, 51, 52]
    assert small.latest(made, limit=2, before_us=35).time_us.tolist() == [32, 34]


def test_late_rows_end_up_in_blocks(small: SqliteStore, path: Path) -> None:
    made = small.create_stream(a_stream()).result()
    small.append(some_rows(made, range(0, 1_000, 10))).result()
    late = [time for time in range(-300, 900) if time % 10]
    for start in range(0, len(late), 7):
        times = late[::-1][start : start + 7]
        small.append(some_rows(made, times, late=True)).result()
    settle(small)

    assert len(blocks(path, "observations")) < 4 * BLOCK_ROWS
    assert max(row[6] for row in blocks(path)) < 2 * BLOCK_ROWS
    found = small.tail(made, after_us=None)
    assert found.time_us.tolist() == sorted([*range(0, 1_000, 10), *late])
    firsts = [row[2] for row in blocks(path)]
    assert all(
        last < first for last, first in zip([r[3] for r in blocks(path)], firsts[1:], strict=False)
    )


def test_sealing_goes_on_after_a_restart(path: Path) -> None:
    for start in range(0, 60, 6):
        store = SqliteStore(path, block_rows=BLOCK_ROWS)
        made = store.create_stream(a_stream()).result()
        for time in range(start, start + 6):
            store.append(some_rows(made, [time], seq=time + 1)).result()
        settle(store)
        store.close()

    assert len(blocks(path)) > 3
    store = SqliteStore(path)
    assert store.tail(made, after_us=None).seq.tolist() == list(range(1, 61))
    store.close()


def test_blocks_of_a_deleted_stream_leave_the_file(small: SqliteStore, path: Path) -> None:
    made = small.create_stream(a_stream()).result()
    other = small.create_stream(a_stream("other")).result()
    for stream in (made, other):
        small.append(some_rows(stream, range(1_000))).result()

    small.delete_stream(made).result()
    assert len(small.anomalies(made, limit=5)) == 0
    assert len(small.window(made, px=5)) == 0
    settle(small)

    for table in ("blocks", "flags"):
        assert {row[1] for row in blocks(path, table)} == {other.key}
    assert blocks(path, "observations") == []
    assert len(blocks(path, "block_rows")) == len(blocks(path))


def test_a_damaged_block_is_told_and_the_writer_goes_on(small: SqliteStore, path: Path) -> None:
    made = small.create_stream(a_stream()).result()
    small.append(some_rows(made, range(0, 200, 2))).result()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE block_rows SET data = substr(data, 1, 20)")
        connection.commit()

    with pytest.raises(StoreUnavailable, match="cannot be read"):
        small.tail(made, after_us=None)
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        small.append(some_rows(made, [3])).result()
    small.append(some_rows(made, [1_000, 1_001])).result()
    assert small.latest(made, limit=2).time_us.tolist() == [1_000, 1_001]
    small.check()


@pytest.mark.parametrize(
    ("error", "times"),
    [(sqlite3.OperationalError("database or disk is full"), None), (ValueError("a mistake"), 1)],
)
def test_sealing_that_fails_costs_no_row(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, times: int | None
) -> None:
    store = SqliteStore(path, block_rows=BLOCK_ROWS)
    made = store.create_stream(a_stream()).result()
    failed: list[int] = []

    def fail(_: Sealer, head: Head) -> int:
        failed.append(head.key)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Sealer, "seal", fail)
        for time in range(50):
            store.append(some_rows(made, [time], seq=time + 1)).result()
        store.close()
    # A disk may be better the next time, a mistake is not.
    assert failed == [made.key] * (times or len(failed))
    assert blocks(path) == []

    store = SqliteStore(path, block_rows=BLOCK_ROWS)
    store.append(some_rows(made, [50], seq=51)).result()
    settle(store)
    store.check()
    assert len(blocks(path)) == 5
    assert store.tail(made, after_us=None).time_us.tolist() == list(range(51))
    store.close()
