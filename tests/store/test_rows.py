"""The suite of every store: observations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from standout.domain.ports import StreamStore
from standout.domain.records import Observations
from standout.errors import ObservationConflict, StoreUnavailable, StreamNotFound
from tests.store.build import a_snapshot, a_stream, assert_same, joined, some_rows

INT64 = np.iinfo(np.int64)
NAN = float("nan")


def test_rows_come_back_exactly(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    huge, tiny = np.finfo(float).max, np.nextafter(0, 1)
    rows = some_rows(
        made,
        [INT64.min, -1, 0, 1_700_000_000_000_001, INT64.max],
        seq=[1, 2, 3, 4, INT64.max],
        value=[-huge, NAN, -0.0, tiny, huge],
        score=[NAN, 0.0, 1.0, 0.6, 0.1 + 0.2],
        votes=[0, 31, 255, 1, 128],
        expected=[NAN, huge, -tiny, 1e-300, 3.0],
        lower=NAN,
        upper=[1, 2, 3, 4, NAN],
        late=[False, True, False, True, False],
    )

    store.append(rows).result()

    assert_same(store.tail(made, after_us=None), rows)


def test_a_store_without_rows_answers_with_none(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()

    assert_same(store.latest(made, limit=10), Observations.empty())
    assert_same(store.tail(made, after_us=None), Observations.empty())
    assert_same(store.lookup(made, np.array([1, 2])), Observations.empty())
    assert_same(store.anomalies(made, limit=10), Observations.empty())


def test_rows_of_many_streams_in_any_order_find_their_places(store: StreamStore) -> None:
    streams = [store.create_stream(a_stream(f"s{i}")).result() for i in range(7)]
    parts = [some_rows(stream, range(i, i + 120)) for i, stream in enumerate(streams)]
    everything = joined(*parts)
    order = np.random.default_rng(0).permutation(len(everything))

    store.append(everything.take(order)).result()

    for stream, part in zip(streams, parts, strict=True):
        assert_same(store.tail(stream, after_us=None), part)


def test_a_late_row_stands_at_its_time(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.append(some_rows(made, [10, 20, 40])).result()
    store.append(some_rows(made, [30, 5], seq=[4, 5], late=True)).result()
    store.append(some_rows(made, [50], seq=[6])).result()

    found = store.tail(made, after_us=None)

    assert found.time_us.tolist() == [5, 10, 20, 30, 40, 50]
    assert found.seq.tolist() == [5, 1, 2, 4, 3, 6]
    assert found.late.tolist() == [True, False, False, True, False, False]


def test_the_tail_is_what_is_newer(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    rows = some_rows(made, [-30, -20, 10, 20])
    store.append(rows).result()

    assert_same(store.tail(made, after_us=-20), rows.take(slice(2, None)))
    assert_same(store.tail(made, after_us=-21), rows.take(slice(1, None)))
    assert len(store.tail(made, after_us=20)) == 0
    assert len(store.tail(made, after_us=INT64.max)) == 0


def test_the_latest_are_the_newest_with_the_oldest_first(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    rows = some_rows(made, range(0, 100, 10))
    store.append(rows).result()

    assert_same(store.latest(made, limit=3), rows.take(slice(7, None)))
    assert_same(store.latest(made, limit=99), rows)
    assert_same(store.latest(made, limit=2, before_us=50), rows.take(slice(3, 5)))
    assert len(store.latest(made, limit=2, before_us=0)) == 0


def test_lookup_finds_thousands_and_leaves_out_what_is_missing(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    rows = some_rows(made, range(0, 9_000, 2))
    store.append(rows).result()

    asked = np.random.default_rng(1).permutation(9_000)

    assert_same(store.lookup(made, asked), rows)
    assert_same(store.lookup(made, np.array([4, 4, 1, 2])), rows.take(slice(1, 3)))
    assert len(store.lookup(made, np.array([1, -4]))) == 0
    assert len(store.lookup(made, np.array([], np.int64))) == 0


def test_anomalies_are_the_flagged_rows_in_pages(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    below = np.nextafter(0.6, 0)
    scores = [0.6, below, NAN, 1.0, 0.8, 0.0, 0.6, 0.4]
    rows = some_rows(made, range(0, 80, 10), score=scores)
    store.append(rows).result()
    flagged = rows.take(np.array([0, 3, 4, 6]))

    assert_same(store.anomalies(made, limit=10), flagged)
    assert_same(store.anomalies(made, limit=2), flagged.take(slice(2)))
    assert_same(store.anomalies(made, limit=2, after_us=30), flagged.take(slice(2, 4)))
    assert_same(store.anomalies(made, limit=9, from_us=30, to_us=60), flagged.take(slice(1, 3)))
    assert_same(
        store.anomalies(made, limit=9, from_us=0, to_us=60, after_us=0), flagged.take(slice(1, 3))
    )
    assert len(store.anomalies(made, limit=9, from_us=61)) == 0


def test_a_stored_time_fails_that_append_alone(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    first = store.append(some_rows(made, [1, 2]))
    twice = store.append(some_rows(made, [3, 2, 4]), [a_snapshot(made)])
    itself = store.append(some_rows(made, [7, 7]))
    after = store.append(some_rows(made, [5]))

    assert first.result() is None
    for future in (twice, itself):
        with pytest.raises(ObservationConflict, match="at a time that is stored already"):
            future.result()
    assert after.result() is None
    assert store.tail(made, after_us=None).time_us.tolist() == [1, 2, 5]
    assert store.snapshot(made) is None
    assert store.pending() == 0
    store.check()


def test_rows_of_a_stream_that_is_gone_are_refused(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    other = store.create_stream(a_stream("other")).result()
    store.append(some_rows(made, [1])).result()
    store.delete_stream(made)
    mixed = store.append(joined(some_rows(other, [1]), some_rows(made, [2])))
    snapshot = store.append(some_rows(other, [2]), [a_snapshot(made)])
    fine = store.append(some_rows(other, [3]))

    for future in (mixed, snapshot):
        with pytest.raises(StreamNotFound):
            future.result()
    assert fine.result() is None
    assert store.tail(other, after_us=None).time_us.tolist() == [3]


def test_threads_write_and_read_at_once(store: StreamStore) -> None:
    streams = [store.create_stream(a_stream(f"s{i}")).result() for i in range(4)]

    def write_and_read(i: int) -> None:
        for time in range(50):
            store.append(some_rows(streams[i], [time])).result()
            assert store.latest(streams[i], limit=1).time_us.tolist() == [time]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_and_read, range(4)))

    assert [len(store.tail(stream, after_us=None)) for stream in streams] == [50] * 4
    assert store.pending() == 0


def test_what_was_read_does_not_change_with_later_writes(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.append(some_rows(made, [10, 20])).result()
    found = store.tail(made, after_us=None)

    store.append(some_rows(made, [1, 15])).result()

    assert_same(found, some_rows(made, [10, 20]))


def test_a_write_cannot_be_cancelled(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()

    future = store.append(some_rows(made, [1]))

    assert not future.cancel()
    future.result()
    assert len(store.latest(made, limit=1)) == 1


def test_a_closed_store_refuses_everything(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.check()
    store.close()
    store.close()

    refused = [
        lambda: store.create_stream(a_stream("x")).result(),
        lambda: store.update_stream(made).result(),
        lambda: store.delete_stream(made).result(),
        lambda: store.append(some_rows(made, [1])).result(),
        lambda: store.stream(0, "pump-7"),
        lambda: store.streams(0, limit=1),
        lambda: store.snapshot(made),
        lambda: store.tail(made, after_us=None),
        lambda: store.lookup(made, np.array([1])),
        lambda: store.latest(made, limit=1),
        lambda: store.anomalies(made, limit=1),
        store.check,
    ]
    for use in refused:
        with pytest.raises(StoreUnavailable, match="closed"):
            use()
