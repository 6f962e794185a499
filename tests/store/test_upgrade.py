"""A database of an older version is upgraded, and reads the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from standout.domain.records import Observations
from standout.errors import ObservationConflict
from standout.store import rows as sql
from standout.store import schema
from standout.store.sqlite import SqliteStore
from tests.golden import make_store_0001 as golden
from tests.store.build import a_stream, assert_same, some_rows


@pytest.fixture
def old(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(golden.DUMP.read_text())
    assert schema.revision(path) == "0001"
    return path


@pytest.fixture
def wanted(old: Path) -> dict[int, Observations]:
    """The rows of each stream, as plain SQL reads them before anything is upgraded."""
    query = f"{sql.select_sql('observations', wide=False)} WHERE stream = ? ORDER BY time_us"
    with closing(sqlite3.connect(old)) as connection:
        return {
            key: sql.observations(connection.execute(query, (key,)).fetchall())
            for key in golden.ROWS
        }


def settle(store: SqliteStore) -> None:
    """Wait until nothing is left to be sealed or removed."""
    stream = store.create_stream(a_stream("turn")).result()
    while store._writer._untidy():
        store.trim(stream).result()
    # What was just being done is done when the next write is.
    store.trim(stream).result()


def test_an_old_database_reads_the_same_before_and_after_sealing(
    old: Path, wanted: dict[int, Observations]
) -> None:
    long = wanted[golden.LONG]
    assert len(long) == golden.ROWS[golden.LONG]
    for _ in range(2):
        store = SqliteStore(old)
        assert schema.revision(old) == schema.HEAD
        assert [stream.id for stream in store.streams(0, limit=2)] == ["boiler", "pump-7"]
        boiler, pump = store.stream(0, "boiler"), store.stream(0, "pump-7")
        assert boiler is not None
        assert pump is not None
        assert (pump.tz, pump.time_unit, pump.params) == ("Europe/Berlin", "ms", {"trees": 8})
        assert_same(store.tail(boiler, after_us=None), long)
        assert_same(store.tail(pump, after_us=None), wanted[golden.SHORT])
        flagged = long.take(np.flatnonzero(long.score >= 0.6))
        assert_same(store.anomalies(boiler, limit=5_000), flagged)
        assert_same(store.lookup(boiler, long.time_us[::7]), long.take(slice(None, None, 7)))
        assert int(store.window(boiler, px=10).count.sum()) == len(long)
        snapshot = store.snapshot(pump)
        assert snapshot is not None
        assert snapshot.state == bytes(range(256))
        settle(store)
        store.close()

    with closing(sqlite3.connect(old)) as connection:
        left = dict(connection.execute("SELECT stream, count(*) FROM observations GROUP BY 1"))
        blocks = connection.execute("SELECT stream, count FROM blocks").fetchall()
        assert connection.execute("SELECT count(*) FROM unsealed").fetchone() == (0,)
    assert blocks == [(golden.LONG, 1_024)]
    assert left == {golden.LONG: 2_300 - 1_024, golden.SHORT: 5}


def test_an_old_stream_has_the_settings_of_before_and_takes_new_ones(old: Path) -> None:
    store = SqliteStore(old)
    settle(store)
    for name in ("boiler", "pump-7"):
        stream = store.stream(0, name)
        assert stream is not None
        told = (stream.unit, stream.tags, stream.keep_us, stream.keep_rows, stream.expired_us)
        assert told == (None, (), None, None, None)
        assert (stream.duplicates, stream.channels) == ("timestamp", None)
        before = store.tail(stream, after_us=None)
        assert before.key is None
        assert before.vector is None
        assert store.retaining(0, limit=9) == []
        changed = replace(stream, unit="bar", tags=("a",), keep_us=10**9, keep_rows=3)
        store.update_stream(changed).result()
        assert store.stream(0, name) == changed
        snapshot = store.snapshot(stream)
        assert snapshot is None or snapshot.last_key == -1
        store.update_stream(stream).result()
    boiler = store.stream(0, "boiler")
    assert boiler is not None
    cut = store.cut(boiler, keep_rows=1_200)
    assert cut is not None
    gone = store.trim(boiler, before_us=cut + 1).result()
    assert gone == 1_100
    assert len(store.tail(boiler, after_us=None)) == 1_200
    store.close()


def test_an_old_database_takes_new_rows_and_no_time_twice(
    old: Path, wanted: dict[int, Observations]
) -> None:
    store = SqliteStore(old)
    settle(store)
    boiler = store.stream(0, "boiler")
    assert boiler is not None
    times = wanted[golden.LONG].time_us
    newest = int(times[-1])

    store.append(some_rows(boiler, [newest + 1, newest + 2])).result()
    with pytest.raises(ObservationConflict):
        store.append(some_rows(boiler, [int(times[0])])).result()
    assert len(store.tail(boiler, after_us=None)) == len(times) + 2
    assert store.create_stream(a_stream("new")).result().key > golden.GONE
    store.close()


def test_a_long_past_is_sealed_to_its_end(old: Path, wanted: dict[int, Observations]) -> None:
    store = SqliteStore(old, block_rows=16)
    settle(store)

    boiler = store.stream(0, "boiler")
    assert boiler is not None
    assert_same(store.tail(boiler, after_us=None), wanted[golden.LONG])
    store.close()
    with closing(sqlite3.connect(old)) as connection:
        unsealed = connection.execute("SELECT count(*) FROM observations WHERE stream = 1")
        assert unsealed.fetchone()[0] < 32
        assert connection.execute("SELECT sum(count) FROM blocks").fetchone()[0] > 2_268
