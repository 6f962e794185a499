"""Whatever people have their series in: what is read from it, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from standout.client.sending import _index
from standout.client.series import times_of, values_of
from standout.errors import InvalidInput, InvalidTimestamp

pd = pytest.importorskip("pandas")
NAN = float("nan")
DAY = datetime(2026, 1, 31, tzinfo=UTC).replace(tzinfo=None)
FRAME = pd.DataFrame({"value": [1.5, 2.0], "at": pd.date_range(DAY, periods=2)})


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (3, [3.0]),
        (np.float32(0.5), [0.5]),
        (None, [NAN]),
        ([1, 2.5, None, NAN, float("inf"), -float("inf")], [1, 2.5, NAN, NAN, NAN, NAN]),
        ((True, False), [1, 0]),
        (range(3), [0, 1, 2]),
        ([Decimal("1.5")], [1.5]),
        ([], []),
        (np.array([1, 2], np.uint8), [1, 2]),
        (np.array([1.0, None], object), [1, NAN]),
        (pl.Series([1, None, 3]), [1, NAN, 3]),
        (pl.Series([], dtype=pl.Null), []),
        (pl.Series([Decimal("1.5")]), [1.5]),
        (pd.Series([1.0, None]), [1, NAN]),
        (pd.Series([1, None], dtype="Int64"), [1, NAN]),
        (pd.Series([1, None], dtype=object), [1, NAN]),
        (FRAME["value"], [1.5, 2.0]),
        (np.ma.MaskedArray([1, 5], mask=[False, True]), [1, NAN]),
        (np.ma.MaskedArray([0.5, 1e30], mask=[False, True]), [0.5, NAN]),
        (pd.Index([1, 2]), [1, 2]),
    ],
    ids=repr,
)
def test_values_are_read(values: Any, read: list[float]) -> None:
    found = values_of(values)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.array(read, np.float64))


@pytest.mark.parametrize(
    "values",
    [
        "1",
        ["1", "2"],
        [10**400, 1],
        [1, "2"],
        np.array(["2026-01-01"], "datetime64[s]"),
        np.array([timedelta(1)]),
        [1j],
        [[[1]], [[2]]],
        np.zeros((2, 65)),
        pl.Series(["1"]),
        pd.Series(["1"]),
        FRAME["at"],
        np.zeros((2, 0)),
        [object],
    ],
    ids=repr,
)
def test_what_is_no_number_is_refused(values: Any) -> None:
    with pytest.raises(InvalidInput, match="Values must be"):
        values_of(values)


PARIS = timezone(timedelta(hours=1))
US = 1_000_000


@pytest.mark.parametrize(
    ("stamps", "read"),
    [
        ("2026-01-31", ["2026-01-31"]),
        (["a", "b"], ["a", "b"]),
        (12, [12]),
        (np.int32(12), [12]),
        ([1, 2.5], [1.0, 2.5]),
        ([], []),
        (DAY, [DAY]),
        (date(2026, 1, 31), [DAY]),
        ([DAY, DAY + timedelta(microseconds=1)], [DAY, DAY + timedelta(microseconds=1)]),
        (datetime(2026, 1, 31, 1, tzinfo=PARIS), [DAY.replace(tzinfo=UTC)]),
        (pd.Timestamp(DAY), [DAY]),
        ([pd.Timestamp(DAY, tz=UTC)], [DAY.replace(tzinfo=UTC)]),
        (np.datetime64("2026-01-31"), [DAY]),
        ([np.datetime64("2026-01-31T00:00:00.000000001")], [DAY]),
        (np.array(["2026-01-31"], "datetime64[D]"), [DAY]),
        (np.array(["2026-01-31"], "datetime64[s]"), [DAY]),
        (np.array(["2026-01-31"], "datetime64[ms]"), [DAY]),
        (np.array(["2026-01-31"]), ["2026-01-31"]),
        (np.array([1, 2], np.int64), [1, 2]),
        (np.array([DAY], object), [DAY]),
        (pl.Series([DAY]), [DAY]),
        (pl.Series([DAY]).dt.replace_time_zone("UTC"), [DAY.replace(tzinfo=UTC)]),
        (pl.Series([date(2026, 1, 31)]), [date(2026, 1, 31)]),
        (FRAME["at"], [DAY, DAY + timedelta(1)]),
        (pd.DatetimeIndex(FRAME["at"]), [DAY, DAY + timedelta(1)]),
        (
            FRAME["at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")[:1],
            [DAY.replace(tzinfo=UTC)],
        ),
        (pd.Series(["2026-01-31"]), ["2026-01-31"]),
        (pd.Series([5, 6]), [5, 6]),
    ],
    ids=repr,
)
def test_times_are_read(stamps: Any, read: list[Any]) -> None:
    column = times_of(stamps)
    assert column.name == "timestamp"
    assert column.to_list() == read


@pytest.mark.parametrize(
    ("stamps", "says"),
    [
        ([1, "2026-01-31"], "Row 2: got '2026-01-31'; times of one kind"),
        ([True], "Row 1: got True"),
        ([1, None], "Row 2: got None"),
        ([DAY, DAY.replace(tzinfo=UTC)], "Either all times have a zone or none"),
        ([1, NAN], "Row 2: the timestamp is missing"),
        ([2**70], "too large"),
        (np.array(["2026-01-31", "NaT"], "datetime64[s]"), "Row 2: the timestamp is missing"),
        (pd.Series([pd.Timestamp(DAY), pd.NaT]), "Row 2: the timestamp is missing"),
        (pl.Series(["2026-01-31", None]), "Row 2: the timestamp is missing"),
        (pl.Series([True]), "got a column of Boolean"),
        (np.array([True]), "got bool"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\)"),
        (np.zeros((2, 65)), r"got shape \(2, 65\)"),
        (np.array([timedelta(1)], "timedelta64[s]"), "got timedelta64"),
        ([[1]], r"Row 1: got \[1\]"),
    ],
    ids=repr,
)
def test_what_is_no_time_is_refused(stamps: Any, says: str) -> None:
    with pytest.raises(InvalidTimestamp, match=says):
        times_of(stamps)


def test_a_pandas_series_may_bring_its_times() -> None:
    column = FRAME.set_index("at")["value"]
    assert times_of(_index(column)).to_list() == [DAY, DAY + timedelta(1)]
    for other in (FRAME["value"], [1.0], np.ones(2), pl.Series([1.0])):
        with pytest.raises(InvalidInput, match="There are no timestamps"):
            _index(other)
