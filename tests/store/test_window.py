"""Windows for charts: few columns, and no spike lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream, WindowColumns
from standout.store import window
from standout.store.sqlite import SqliteStore
from tests.store.build import a_stream, some_rows

IDS = count()
NAN = float("nan")


@pytest.fixture
def small_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    """A store in which a few rows make blocks with runs, which a window must take apart."""
    monkeypatch.setattr(window, "ROWS_AT_ONCE", 20)
    store = SqliteStore(path, block_rows=32)
    yield store
    store.close()


def many_rows(
    stream: Stream, times: list[int] | range, seed: int, **columns: object
) -> Observations:
    rng = np.random.default_rng(seed)
    n = len(times)
    return some_rows(
        stream,
        times,
        value=np.where(rng.random(n) < 0.1, NAN, rng.normal(size=n)),
        score=rng.choice([NAN, 0.0, 0.4, 0.6, 1.0], n),
        lower=np.where(rng.random(n) < 0.3, NAN, rng.normal(size=n)),
        **columns,
    )


def check(found: WindowColumns, rows: Observations, *, px: int) -> None:
    """Each column tells the truth about the rows in its time, and each row is in one of them."""
    assert len(found) <= px
    assert int(found.count.sum()) == len(rows)
    times = [*zip(found.time_us.tolist(), found.end_us.tolist(), strict=True)]
    assert all(first <= last for first, last in times)
    assert all(last < first for (_, last), (first, _) in pairwise(times))
    for i, (first, last) in enumerate(times):
        part = rows.take((rows.time_us >= first) & (rows.time_us <= last))
        assert found.count[i] == len(part)
        assert found.anomalies[i] == np.count_nonzero(part.score >= 0.6)
        assert {first, last} <= set(part.time_us.tolist())
        extremes = {
            "min": np.fmin.reduce(part.value),
            "max": np.fmax.reduce(part.value),
            "peak": np.fmax.reduce(part.score),
            "lower": np.fmin.reduce(part.lower),
            "upper": np.fmax.reduce(part.upper),
        }
        for name, wanted in extremes.items():
            np.testing.assert_array_equal(getattr(found, name)[i], wanted, err_msg=name)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    gaps=st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from([1, 1, 2, 7, 1_000, 10**6])), max_size=8
    ),
    late=st.sets(st.integers(0, 3_000), max_size=30),
    px=st.sampled_from([1, 2, 7, 50, 1_000]),
    cut=st.one_of(st.none(), st.tuples(st.floats(0, 1), st.floats(0, 1))),
)
@example(gaps=[(116, 7), (166, 1)], late=set(), px=50, cut=(0.53125, 0.375))
def test_every_column_tells_the_true_extremes_of_its_rows(
    small_store: SqliteStore,
    gaps: list[tuple[int, int]],
    late: set[int],
    px: int,
    cut: tuple[float, float] | None,
) -> None:
    stream = small_store.create_stream(a_stream(f"s{next(IDS)}")).result()
    steps = np.concatenate([np.full(n, step) for n, step in gaps] or [np.ones(1, np.int64)])
    times = np.cumsum(steps)
    small_store.append(many_rows(stream, times.tolist(), 0)).result()
    new = sorted(late - set(times.tolist()))
    small_store.append(many_rows(stream, new, 1, late=True)).result()
    rows = small_store.tail(stream, after_us=None)
    newest_seq = rows.seq.max()

    if cut is None:
        found = small_store.window(stream, px=px)
    else:
        from_us, to_us = np.sort(np.quantile(times, cut).astype(np.int64)).tolist()
        found = small_store.window(stream, px=px, from_us=from_us, to_us=to_us)
        rows = rows.take((rows.time_us >= from_us) & (rows.time_us < to_us))

    check(found, rows, px=px)
    if len(rows) <= px:
        assert found.time_us.tolist() == rows.time_us.tolist()
    assert found.seq == newest_seq


@pytest.mark.parametrize("px", [1, 3, 100])
def test_columns_are_of_equal_time(store: StreamStore, px: int) -> None:
    made = store.create_stream(a_stream()).result()
    rows = many_rows(made, range(0, 40_000, 2), 0)
    store.append(rows).result()

    found = store.window(made, px=px)

    check(found, rows, px=px)
    assert len(found) == px
    wanted = np.arange(px) * 40_000 / px
    assert np.abs(found.time_us - wanted).max() <= 40_000 / px


def test_up_to_a_row_a_pixel_the_rows_themselves_are_told(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    rows = some_rows(made, [1, 2, 3, 1_000, 1_001])
    store.append(rows).result()

    found = store.window(made, px=5)

    for name in ("time_us", "end_us"):
        np.testing.assert_array_equal(getattr(found, name), rows.time_us)
    for name in ("min", "max"):
        np.testing.assert_array_equal(getattr(found, name), rows.value)
    np.testing.assert_array_equal(found.peak, rows.score)
    np.testing.assert_array_equal(found.lower, rows.lower)
    np.testing.assert_array_equal(found.upper, rows.upper)
    assert found.anomalies.tolist() == [0, 1, 0, 1, 0]
    assert found.seq == 5


def test_bounds_are_half_open_and_tell_where_the_pixels_are(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    store.append(some_rows(made, range(10))).result()

    found = store.window(made, px=2, from_us=4, to_us=8)
    assert list(zip(found.time_us, found.end_us, strict=True)) == [(4, 5), (6, 7)]
    # The rows fill the first tenth of what was asked for.
    found = store.window(made, px=5, from_us=0, to_us=100)
    assert list(zip(found.time_us, found.end_us, strict=True)) == [(0, 9)]
    assert found.seq == 10


def test_a_window_without_rows_has_no_columns(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    assert len(store.window(made, px=10)) == 0
    assert store.window(made, px=10).seq == 0
    store.append(some_rows(made, range(10))).result()

    for bounds in ((5, 5), (7, 3), (10, None), (None, 0)):
        found = store.window(made, px=10, from_us=bounds[0], to_us=bounds[1])
        assert len(found) == 0
        assert found.seq == 10


def test_the_whole_range_of_time_is_no_trouble(store: StreamStore) -> None:
    made = store.create_stream(a_stream()).result()
    times = [-(2**63), -(2**63) + 1, -5, 0, 2**63 - 2, 2**63 - 1]
    rows = some_rows(made, times)
    store.append(rows).result()

    check(store.window(made, px=3), rows, px=3)
    check(store.window(made, px=3, from_us=-(2**63), to_us=2**63 - 1), rows.take(slice(5)), px=3)


def test_late_rows_are_told_with_the_blocks_in_whose_time_they_fall(
    sqlite_store: SqliteStore,
) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    sqlite_store.append(many_rows(made, range(0, 40_000, 2), 0)).result()
    for first in range(1, 40_000, 400):
        sqlite_store.append(many_rows(made, range(first, first + 20, 2), first)).result()
    rows = sqlite_store.tail(made, after_us=None)
    assert len(rows) == 21_000

    for px in (2, 3, 5, 7):
        check(sqlite_store.window(made, px=px), rows, px=px)


def test_a_spike_among_a_hundred_thousand_rows_is_seen(sqlite_store: SqliteStore) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    rows = some_rows(made, range(100_000), value=1.0, score=0.0)
    rows.value[77_777], rows.score[77_777] = 99.0, 1.0
    sqlite_store.append(rows).result()

    found = sqlite_store.window(made, px=300)

    where = int(np.argmax(found.max))
    assert found.max[where] == 99.0
    assert found.peak[where] == 1.0
    assert found.anomalies[where] == 1
    assert found.time_us[where] <= 77_777 <= found.end_us[where]
    assert abs(where - 300 * 0.77777) <= 1
    assert np.delete(found.max, where).tolist() == [1.0] * 299
