"""Retention: the oldest rows go, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from standout.domain.ports import StreamStore
from standout.domain.records import Stream
from standout.errors import StreamNotFound
from standout.store import ledger, trimming
from standout.store.sqlite import SqliteStore
from tests.store.build import a_snapshot, a_stream, assert_same, some_rows


@pytest.fixture
def small(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, block_rows=16)
    yield store
    store.close()


def trim_all(store: StreamStore, stream: Stream, **how: int) -> int:
    """Trim until there is nothing left to do, and count what went."""
    gone = 0
    while now := store.trim(stream, **how).result():
        gone += now
    return gone


def test_old_rows_go_and_state_stays(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    other = store.create_stream(a_stream("other")).result()
    rows = some_rows(made, range(0, 600, 10))
    store.append(rows, [a_snapshot(made)]).result()
    store.append(some_rows(other, range(100))).result()

    assert trim_all(store, made, before_us=300) == 30

    kept = rows.take(slice(30, None))
    assert_same(store.tail(made, after_us=None), kept)
    assert_same(store.anomalies(made, limit=3), kept.take(np.array([1, 3, 5])))
    assert store.snapshot(made) == a_snapshot(made)
    assert len(store.tail(other, after_us=None)) == 100


def test_the_newest_rows_stay(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    rows = some_rows(made, range(60))
    store.append(rows).result()

    assert trim_all(store, made, keep_rows=60) == 0
    assert trim_all(store, made, keep_rows=40) == 20
    assert_same(store.tail(made, after_us=None), rows.take(slice(20, None)))
    assert trim_all(store, made, before_us=30, keep_rows=35) == 10
    assert trim_all(store, made, before_us=35, keep_rows=35) == 5
    assert_same(store.tail(made, after_us=None), rows.take(slice(35, None)))
    assert trim_all(store, made, keep_rows=0) == 25
    assert len(store.tail(made, after_us=None)) == 0


def test_nothing_asked_is_nothing_done(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.append(some_rows(made, [-(2**63), 0, 2**63 - 1])).result()

    assert store.trim(made).result() == 0
    assert store.trim(made, before_us=-(2**63)).result() == 0
    assert store.trim(made, before_us=2**63 - 1).result() == 2
    assert store.tail(made, after_us=None).time_us.tolist() == [2**63 - 1]


def test_a_stream_that_is_gone_is_not_trimmed(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.delete_stream(made).result()

    with pytest.raises(StreamNotFound):
        store.trim(made, keep_rows=1).result()


def test_a_trimmed_stream_takes_rows_as_before(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.append(some_rows(made, range(5_000))).result()
    trim_all(store, made, keep_rows=0)

    store.append(some_rows(made, [3, 5_000])).result()

    assert store.tail(made, after_us=None).time_us.tolist() == [3, 5_000]


@pytest.mark.parametrize("how", [{"before_us": 700}, {"keep_rows": 300}])
def test_blocks_go_as_a_whole(small: SqliteStore, path: Path, how: dict[str, int]) -> None:
    made = small.create_stream(a_stream()).result()
    rows = some_rows(made, range(0, 1_000, 1))
    small.append(rows.take(np.flatnonzero(rows.time_us % 50 != 7))).result()
    small.append(rows.take(np.flatnonzero(rows.time_us % 50 == 7))).result()

    trim_all(small, made, **how)

    found = small.tail(made, after_us=None)
    assert 300 <= len(found) <= 300 + 2 * 16
    assert_same(found, rows.take(slice(1_000 - len(found), None)))
    flagged = found.take(np.flatnonzero(found.score >= 0.6))
    assert_same(small.anomalies(made, limit=1_000), flagged)
    assert int(small.window(made, px=7).count.sum()) == len(found)
    with closing(sqlite3.connect(path)) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES]
        sealed = connection.execute("SELECT sum(count) FROM blocks").fetchone()[0]
    assert counts[0] == counts[1]
    assert sealed + counts[2] == len(found)


TABLES = ("blocks", "block_rows", "observations")


def test_one_call_does_a_bounded_part(small: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "TRIM_ROWS", 7)
    monkeypatch.setattr(trimming, "BLOCKS_AT_ONCE", 2)
    made = small.create_stream(a_stream()).result()
    small.append(some_rows(made, range(1_000))).result()

    gone = []
    while now := small.trim(made, keep_rows=0).result():
        gone.append(now)

    assert max(gone) <= 7 + 2 * 16
    assert sum(gone) == 1_000
