"""The suite of every store: streams and snapshots."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from standout.domain.ports import StreamStore
from standout.domain.records import Observations
from standout.errors import StreamNotFound
from tests.store.build import a_snapshot, a_stream, assert_same, some_rows


def test_a_stream_is_made_under_a_key_and_found_by_its_id(store: StreamStore) -> None:
    wanted = a_stream("Pumpe-ß-温度-🌡", tz="Europe/Berlin", time_unit="ms")

    made = store.create_stream(wanted).result()

    assert made.key > 0
    assert made == replace(wanted, key=made.key)
    assert store.stream(0, wanted.id) == made
    assert store.stream(0, "another") is None


def test_making_it_again_returns_the_first_unchanged(store: StreamStore) -> None:
    first = store.create_stream(a_stream(window=100)).result()

    assert store.create_stream(a_stream(window=500, tz="Asia/Tokyo")).result() == first
    assert store.stream(0, "pump-7") == first


def test_threads_that_make_one_stream_get_one_key(store: StreamStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = pool.map(lambda _: store.create_stream(a_stream()).result(), range(40))

    assert len({stream.key for stream in made}) == 1
    assert len(store.streams(0, limit=10)) == 1


def test_ids_that_differ_in_case_or_tenant_are_different_streams(store: StreamStore) -> None:
    streams = [a_stream("pump"), a_stream("Pump"), a_stream("PUMP"), a_stream("pump", tenant=1)]

    keys = {store.create_stream(stream).result().key for stream in streams}

    assert len(keys) == 4
    assert [stream.id for stream in store.streams(0, limit=10)] == ["PUMP", "Pump", "pump"]
    assert [stream.id for stream in store.streams(1, limit=10)] == ["pump"]


def test_rows_of_another_tenant_stay_apart(store: StreamStore) -> None:
    mine = store.create_stream(a_stream()).result()
    theirs = store.create_stream(a_stream(tenant=1)).result()
    store.append(some_rows(mine, [1, 2])).result()
    store.append(some_rows(theirs, [2, 3])).result()

    assert_same(store.tail(theirs, after_us=None), some_rows(theirs, [2, 3]))
    assert_same(store.tail(mine, after_us=None), some_rows(mine, [1, 2]))


def test_streams_are_listed_by_id_in_pages(store: StreamStore) -> None:
    ids = sorted(["b", "a", "é", "Z", "10", "9", "🌡", "\uffee"])
    for stream_id in reversed(ids):
        store.create_stream(a_stream(stream_id))
    store.create_stream(a_stream("last")).result()
    ids = sorted([*ids, "last"])

    pages: list[str] = []
    while page := store.streams(0, limit=4, after=pages[-1] if pages else None):
        assert len(page) <= 4
        pages += [stream.id for stream in page]

    assert pages == ids


def test_an_update_keeps_zone_and_unit_and_nothing_else(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()

    store.update_stream(replace(made, tz="Asia/Tokyo", time_unit="s", window=999)).result()

    assert store.stream(0, "pump-7") == replace(made, tz="Asia/Tokyo", time_unit="s")


def test_an_update_of_a_stream_that_is_gone_is_told(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.delete_stream(made).result()

    with pytest.raises(StreamNotFound):
        store.update_stream(made).result()


def test_a_deleted_stream_is_gone_with_all_that_belongs_to_it(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    other = store.create_stream(a_stream("other")).result()
    store.append(some_rows(made, range(9)), [a_snapshot(made)]).result()
    store.append(some_rows(other, range(9)), [a_snapshot(other)]).result()

    store.delete_stream(made).result()

    assert store.stream(0, "pump-7") is None
    assert store.snapshot(made) is None
    times = np.arange(9)
    assert len(store.tail(made, after_us=None)) == 0
    assert len(store.latest(made, limit=5)) == 0
    assert len(store.lookup(made, times)) == 0
    assert len(store.anomalies(made, limit=5)) == 0
    assert_same(store.tail(other, after_us=None), some_rows(other, range(9)))
    assert store.snapshot(other) == a_snapshot(other)


def test_deleting_twice_does_nothing(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.delete_stream(made).result()
    store.delete_stream(made).result()

    again = store.create_stream(a_stream()).result()
    store.delete_stream(made).result()

    assert store.stream(0, "pump-7") == again


def test_a_stream_that_is_made_again_has_another_key_and_no_past(store: StreamStore) -> None:
    old = store.create_stream(a_stream()).result()
    store.append(some_rows(old, range(9)), [a_snapshot(old)]).result()
    store.delete_stream(old).result()

    new = store.create_stream(a_stream(window=50)).result()

    assert new.key != old.key
    assert new.window == 50
    assert len(store.tail(new, after_us=None)) == 0
    assert store.snapshot(new) is None


def test_a_snapshot_replaces_the_one_before(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    assert store.snapshot(made) is None

    store.append(some_rows(made, [1]), [a_snapshot(made, seq=1)]).result()
    store.append(some_rows(made, [2]), [a_snapshot(made, seq=2, state=b"")]).result()

    assert store.snapshot(made) == a_snapshot(made, seq=2, state=b"")


def test_a_snapshot_may_know_no_time_and_no_value(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    nan = float("nan")
    wanted = a_snapshot(made, last_us=None, last_value=nan, last_score=nan)

    store.append(some_rows(made, []), [wanted]).result()

    found = store.snapshot(made)
    assert found is not None
    assert repr(found) == repr(wanted)


def test_many_streams_are_found_at_once(store: StreamStore) -> None:
    made = [store.create_stream(a_stream(f"s{i}")).result() for i in range(4)]
    store.append(some_rows(made[0], range(5)), [a_snapshot(made[0], seq=5)]).result()
    store.append(some_rows(made[1], range(3))).result()
    store.append(some_rows(made[1], [-7], seq=4, late=True)).result()
    store.append(Observations.empty(), [a_snapshot(made[2], last_us=None)]).result()
    store.create_stream(a_stream("s9", tenant=1)).result()

    asked = ["s2", "none", "s0", "s1", "s9", "", "s3"]
    found = {standing.stream.id: standing for standing in store.standings(0, asked)}

    assert found.keys() == {"s0", "s1", "s2", "s3"}
    assert {s.id: s for s in store.find_streams(0, asked)} == {s.id: s for s in made}
    for stream, newest_seq in zip(made, [5, 4, 0, 0], strict=True):
        standing = found[stream.id]
        assert standing.stream == stream
        assert standing.snapshot == store.snapshot(stream)
        assert standing.newest_seq == newest_seq == store.newest_seq(stream)
    assert store.standings(0, []) == []
    assert store.find_streams(0, []) == []


def test_several_are_made_in_one_write_and_those_there_are_found(store: StreamStore) -> None:
    there = store.create_stream(a_stream("b", window=50)).result()
    wanted = [a_stream("a"), a_stream("b"), a_stream("c", tenant=1), a_stream("a", window=70)]

    made = store.create_streams(wanted).result()

    assert [(stream.tenant, stream.id) for stream in made] == [(w.tenant, w.id) for w in wanted]
    assert made[1] == there
    # Of two of one id the first is made.
    assert made[3] == made[0] == replace(wanted[0], key=made[0].key)
    assert len({stream.key for stream in made}) == 3
    assert store.streams(0, limit=9) == [made[0], there]
    assert store.create_streams([]).result() == []
    one = some_rows(made[0], range(30))
    store.append(one).result()
    assert_same(store.tail(made[0], after_us=None), one)
