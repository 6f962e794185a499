"""The shapes of columns: nothing is lost between the lowest and the highest."""

from __future__ import annotations

import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.readers.datasets.shapes import BINS, PARTS, shape_of

CELLS = st.lists(st.none() | st.floats(), min_size=1, max_size=300)


@given(cells=CELLS)
@settings(deadline=None, max_examples=100)
def test_every_finite_value_is_counted_and_no_spike_is_lost(cells: list[float | None]) -> None:
    column = pl.Series("x", cells, pl.Float64)
    told = json.loads(json.dumps(shape_of(column), allow_nan=False))
    finite = column.filter(column.is_finite()).to_list()
    if not finite:
        assert told == {}
        return
    assert sum(told["histogram"]) == len(finite)
    assert len(told["histogram"]) in {1, BINS}
    low, high = told["strip"]
    assert len(low) == len(high) == min(PARTS, len(cells))
    assert min(x for x in low if x is not None) == float(f"{min(finite):.6g}")
    assert max(x for x in high if x is not None) == float(f"{max(finite):.6g}")


def test_a_histogram_has_bins_of_equal_width() -> None:
    told = shape_of(pl.Series([0, 0, 1, 23, 24]))
    assert told["histogram"] == [2, 1, *[0] * 21, 2]


def test_one_value_is_one_bin() -> None:
    assert shape_of(pl.Series([7.0, 7.0]))["histogram"] == [2]


def test_a_part_without_a_value_is_left_out() -> None:
    assert shape_of(pl.Series([1.0, None, 3.0]))["strip"] == [[1.0, None, 3.0], [1.0, None, 3.0]]


def test_the_usual_texts_come_first() -> None:
    told = shape_of(pl.Series(["b", "a", "b", None, "a", "x" * 200]))
    assert told == {"common": [["a", 2], ["b", 2], ["x" * 80, 1]]}
    assert shape_of(pl.Series([True, False, True])) == {"common": [["true", 2], ["false", 1]]}
    assert shape_of(pl.Series([None], dtype=pl.String)) == {"common": []}
    assert shape_of(pl.Series([0]).cast(pl.Datetime("us", "UTC"))) == {}
