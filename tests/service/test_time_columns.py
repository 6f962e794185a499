"""Columns of timestamps: each read as it would be alone."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.domain.times import detect_unit, parse_timestamp
from standout.errors import InvalidTimestamp
from standout.service.time_columns import read_times

UNITS = ["s", "ms", "us", "ns"]
ZONES: list[tzinfo] = [UTC, ZoneInfo("Europe/Paris")]
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(datetime.isoformat)  # noqa: DTZ001
texts = st.builds(
    lambda text, sep, zone: text.replace("T", sep) + zone,
    moments,
    st.sampled_from("T "),
    st.sampled_from(["", "Z", "+00:00", "+02:00"]),
)
junk = st.sampled_from(
    [
        "",
        "x",
        "nan",
        "1e30",
        "-5",
        "99999999",
        "1712123100000",
        "\uff11\uff12",
        "20240101",
        "2024-01-01",
        "2024-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T24:00:01Z",
        "2024-01-01T00:00:00.1234567Z",
    ]
)


def one_by_one(stamps: list[Any], tz: tzinfo, unit: str | None) -> tuple[list[int], str | None]:
    times: list[int] = []
    try:
        for stamp in stamps:
            times.append(parse_timestamp(stamp, tz, unit))  # noqa: PERF401
    except InvalidTimestamp as error:
        return times, str(error)
    return times, None


def check(stamps: Any, tz: tzinfo, unit: str | None, wanted: tuple[list[int], str | None]) -> None:
    read = read_times(stamps, tz, unit)
    assert read.times_us.tolist() == wanted[0]
    assert (None if read.error is None else str(read.error)) == wanted[1]


@given(st.lists(st.one_of(texts, texts, junk), min_size=1), st.sampled_from(ZONES))
def test_texts(stamps: list[str], tz: tzinfo) -> None:
    check(stamps, tz, "s", one_by_one(stamps, tz, "s"))
    check(pl.Series(stamps), tz, "s", one_by_one(stamps, tz, "s"))


@given(st.lists(texts, min_size=1), st.sampled_from(ZONES))
def test_texts_without_mistakes(stamps: list[str], tz: tzinfo) -> None:
    check(pl.Series(stamps), tz, None, one_by_one(stamps, tz, None))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.sampled_from(UNITS))
def test_whole_numbers(stamps: list[int], unit: str) -> None:
    wanted = one_by_one(stamps, UTC, unit)
    check(stamps, UTC, unit, wanted)
    check(pl.Series(stamps, dtype=pl.Int64), UTC, unit, wanted)


# A text of eight digits is a date.
@given(st.lists(st.integers(-(10**17), 10**17).filter(lambda n: len(str(n)) != 8), min_size=1))
def test_the_unit_is_that_of_the_first_number(stamps: list[int]) -> None:
    unit = detect_unit(stamps[0])
    wanted = one_by_one(stamps, UTC, unit)
    columns: list[Any] = [stamps, pl.Series(stamps), pl.Series([str(s) for s in stamps])]
    for written in columns:
        check(written, UTC, None, wanted)
        assert read_times(written, UTC, None).unit == unit


@given(st.lists(st.floats(-1e13, 1e13), min_size=1), st.sampled_from(UNITS))
def test_fractions(stamps: list[float], unit: str) -> None:
    check(stamps, UTC, unit, one_by_one(stamps, UTC, unit))


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e300])
def test_no_number(bad: float) -> None:
    read = read_times(pl.Series([1.0, bad, 2.0]), UTC, "s")
    assert read.times_us.tolist() == [1_000_000]
    assert "outside" in str(read.error)


def test_numbers_of_any_size_from_json() -> None:
    read = read_times([1, 10**30], UTC, None)
    assert read.times_us.tolist() == [1_000_000]
    assert read.error is not None
    assert read_times([1, "2024-01-01", 2.5], UTC, None).times_us.tolist() == [
        1_000_000,
        1_704_067_200_000_000,
        2_500_000,
    ]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("tz", ZONES)
def test_moments_of_arrow(unit: Any, zone: str | None, tz: tzinfo) -> None:
    # The second is in the hour that Paris has twice.
    plain = [datetime(2024, 6, 1, 12, 0, 0, 5000), datetime(2024, 10, 27, 2, 30)]  # noqa: DTZ001
    column = pl.Series(plain).cast(pl.Datetime(unit))
    column = column if zone is None else column.dt.replace_time_zone(zone)
    there = tz if zone is None else ZoneInfo(zone)
    wanted = [parse_timestamp(moment.isoformat(), there, None) for moment in plain]
    check(column, tz, None, (wanted, None))


def test_dates_and_other_columns() -> None:
    day = pl.Series([date(2024, 1, 1)])
    for tz in ZONES:
        check(day, tz, None, ([parse_timestamp("2024-01-01", tz, None)], None))
    assert "holds no times" in str(read_times(pl.Series([True]), UTC, None).error)
    assert "holds no times" in str(read_times(pl.Series([[1]]), UTC, None).error)
    far = pl.Series([np.iinfo(np.int64).max]).cast(pl.Datetime("ms"))
    assert "outside" in str(read_times(far, UTC, None).error)
