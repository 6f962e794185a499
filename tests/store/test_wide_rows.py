"""Rows with keys of their own and of several channels: both stores, sealed and not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream
from standout.errors import ObservationConflict
from standout.store.memory import MemoryStore
from standout.store.sqlite import SqliteStore
from tests.store.build import a_snapshot, a_stream, assert_same, some_rows

Reopen = Callable[[], StreamStore]


@pytest.fixture(params=["memory", "sqlite", "small blocks"])
def opened(request: pytest.FixtureRequest, path: Path) -> Iterator[StreamStore]:
    store: StreamStore
    if request.param == "memory":
        store = MemoryStore()
    else:
        store = SqliteStore(path, block_rows=1_024 if request.param == "sqlite" else 16)
    yield store
    store.close()


def wide_rows(stream: Stream, times: list[int], keys: list[int] | None, width: int) -> Observations:
    rows = some_rows(stream, times)
    n = len(times)
    rng = np.random.default_rng(n)
    return replace(
        rows,
        key=None if keys is None else np.array(keys, np.int64),
        channel=rng.integers(-1, width, n) if width > 1 else None,
        vector=rng.choice([np.nan, 0.5, 2.0], (n, width)) if width > 1 else None,
    )


def in_order(rows: Observations) -> Observations:
    keys = rows.seq if rows.key is None else rows.key
    return rows.take(np.lexsort((keys, rows.time_us)))


SHAPES = [(True, 1), (False, 3), (True, 2)]


@pytest.mark.parametrize(("keyed", "width"), SHAPES)
@pytest.mark.parametrize("pieces", [1, 20])
def test_rows_come_back_in_order(opened: StreamStore, keyed: bool, width: int, pieces: int) -> None:
    names = tuple("abcdefgh"[:width]) if width > 1 else None
    duplicates = "keep" if keyed else "timestamp"
    made = opened.create_stream(a_stream(duplicates=duplicates, channels=names)).result()
    other = opened.create_stream(a_stream("other")).result()
    n = 600
    times = [i // 4 if keyed else i for i in range(n)]
    rows = wide_rows(made, times, [5 + 3 * i for i in range(n)] if keyed else None, width)
    # Some of them come late.
    turn = np.argsort(np.arange(n) + 40 * (np.arange(n) % 11 == 3), kind="stable")
    beside = some_rows(other, range(n))
    for i, part in enumerate(np.array_split(turn, pieces)):
        opened.append(rows.take(part))
        opened.append(beside.take(slice(i * n // pieces, (i + 1) * n // pieces))).result()

    wanted = in_order(rows)
    assert_same(opened.tail(made, after_us=None), wanted)
    assert_same(opened.tail(other, after_us=None), beside)
    assert_same(opened.latest(made, limit=77), wanted.take(slice(-77, None)))
    assert int(opened.window(made, px=10).count.sum()) == n
    assert_same(opened.since(made, after_seq=0, limit=n), rows.take(np.argsort(rows.seq)))
    newest = opened.since(made, after_seq=n - 9, limit=n)
    assert_same(newest, rows.take(rows.seq > n - 9))
    assert len(opened.since(made, after_seq=0, limit=50)) == 50
    if keyed:
        assert rows.key is not None
        assert wanted.key is not None
        asked = rows.key[::13]
        found = opened.lookup_keys(made, np.concatenate([asked, [4, 10**9]]))
        assert_same(found, wanted.take(np.isin(wanted.key, asked)))
    else:
        assert_same(opened.lookup(made, wanted.time_us[::13]), wanted.take(slice(None, None, 13)))


@pytest.mark.parametrize("block_rows", [16, 1_024])
def test_pages_part_equal_times(path: Path, block_rows: int) -> None:
    stores: list[StreamStore] = [MemoryStore(), SqliteStore(path, block_rows=block_rows)]
    for store in stores:
        made = store.create_stream(a_stream(duplicates="keep")).result()
        rows = wide_rows(made, [i // 50 for i in range(500)], list(range(500)), 1)
        for first in range(0, 500, 100):
            store.append(rows.take(slice(first, first + 100))).result()
        for read, wanted in (
            (store.scan, rows),
            (store.anomalies, rows.take(rows.score >= 0.6)),
        ):
            seen: list[int] = []
            after: tuple[int | None, int | None] = (None, None)
            while len(page := read(made, limit=7, after_us=after[0], after_key=after[1])):
                assert page.key is not None
                seen += page.key.tolist()
                after = int(page.time_us[-1]), int(page.key[-1])
            assert wanted.key is not None
            assert seen == wanted.key.tolist()
        tail = store.tail(made, after_us=3, after_key=170)
        assert tail.key is not None
        assert tail.key.tolist() == list(range(171, 500))
        store.close()


def test_a_key_is_kept_once(opened: StreamStore) -> None:
    made = opened.create_stream(a_stream(duplicates="keep")).result()
    rows = wide_rows(made, [1, 1, 1], [1, 2, 3], 1)
    opened.append(rows).result()
    with pytest.raises(ObservationConflict):
        opened.append(rows.take(slice(2, 3))).result()
    assert len(opened.tail(made, after_us=None)) == 3


def test_a_flood_at_one_time_is_kept_and_the_writer_comes_to_rest(path: Path) -> None:
    store = SqliteStore(path, block_rows=16)
    made = store.create_stream(a_stream(duplicates="keep")).result()
    n = 3_000
    rows = wide_rows(made, [7] * n, list(range(n)), 1)
    for first in range(0, n, 20):
        store.append(rows.take(slice(first, first + 20))).result()
    after = wide_rows(made, [8 + i for i in range(200)], list(range(n, n + 200)), 1)
    after.seq[:] += n
    store.append(after).result()
    for _ in range(1_000):
        if not store._writer._untidy():
            break
        store.trim(made).result()
    assert not store._writer._untidy()
    found = store.tail(made, after_us=None)
    assert found.key is not None
    assert found.key.tolist() == list(range(n + 200))
    store.close()


def test_settings_and_the_highest_key_outlive_a_restart(path: Path) -> None:
    settings: dict[str, Any] = {
        "unit": "°C",
        "tags": ("hall 3", "pump"),
        "keep_us": 10**12,
        "keep_rows": 5,
        "duplicates": "keep",
        "channels": ("in", "out"),
    }
    store = SqliteStore(path)
    made = store.create_stream(a_stream(**settings)).result()
    plain = store.create_stream(a_stream("plain")).result()
    store.append(Observations.empty(), [a_snapshot(made, last_key=12)]).result()
    store.close()
    store = SqliteStore(path)
    assert store.stream(0, "pump-7") == made
    assert [s.id for s in store.retaining(0, limit=9)] == ["pump-7"]
    snapshot = store.snapshot(made)
    assert snapshot is not None
    assert snapshot.last_key == 12
    changed = replace(plain, unit="bar", tags=("x",), keep_rows=9, channels=("a", "b"))
    store.update_stream(replace(changed, window=11, duplicates="keep")).result()
    assert store.stream(0, "plain") == changed
    assert [s.id for s in store.retaining(0, limit=9)] == ["plain", "pump-7"]
    assert [s.id for s in store.retaining(0, limit=9, after="plain")] == ["pump-7"]
    store.append(wide_rows(plain, [1, 2], None, 2)).result()
    assert store.tail(plain, after_us=None).width == 2
    store.close()


def test_what_retention_removed_is_told(opened: StreamStore) -> None:
    made = opened.create_stream(a_stream()).result()
    opened.append(some_rows(made, range(0, 50_000, 10))).result()
    assert opened.cut(made, keep_rows=5_000) is None
    cut = opened.cut(made, keep_rows=1_000)
    assert cut is not None
    assert 40_000 - 20_480 <= cut < 40_000
    while opened.trim(made, before_us=cut + 1).result():
        pass
    told = opened.stream(0, made.id)
    assert told is not None
    assert told.expired_us == cut
    assert 1_000 <= len(opened.tail(made, after_us=None)) <= 1_000 + 2_048
    opened.trim(made, before_us=50).result()
    assert opened.stream(0, made.id) == told
