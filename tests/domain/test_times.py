"""Time, as clients write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.domain.times import detect_unit, now_us, parse_timestamp, to_iso, zone
from standout.errors import InvalidParameter, InvalidTimestamp


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.123456+02:00", "2024-01-02T01:04:05.123456Z"),
        ("2024-01-02", "2024-01-02T00:00:00Z"),
        ("20240102T0304", "2024-01-02T03:04:00Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("1700000000.5", "2023-11-14T22:13:20.500000Z"),
    ],
)
def test_text(text: str, iso: str) -> None:
    assert to_iso(parse_timestamp(text, UTC, None)) == iso


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        (0, "s"),
        (-5.5, "s"),
        (1_700_000_000, "s"),
        (1_700_000_000_000, "ms"),
        (1_700_000_000_000_000, "us"),
        (1_700_000_000_000_000_000, "ns"),
    ],
)
def test_units_are_told_by_their_size(number: float, unit: str) -> None:
    assert detect_unit(number) == unit
    if number > 0:
        assert to_iso(parse_timestamp(number, UTC, None)) == "2023-11-14T22:13:20Z"


def test_zones() -> None:
    paris = zone("Europe/Paris")
    assert to_iso(parse_timestamp("2024-07-01 12:00", paris, None)) == "2024-07-01T10:00:00Z"
    assert to_iso(parse_timestamp("2024-01-01 12:00", paris, None)) == "2024-01-01T11:00:00Z"
    assert to_iso(parse_timestamp("2024-07-01 12:00Z", paris, None)) == "2024-07-01T12:00:00Z"
    for name in ("Mars/Olympus", "", "/etc/passwd", "../UTC", "UTC\0", "x" * 10_000):
        with pytest.raises(InvalidParameter, match="time zone"):
            zone(name)


@pytest.mark.parametrize(
    "bad",
    ["", " ", "soon", "2024-13-01", "1e400", "nan", "inf", "9" * 70, 1e30, -1e30, 10**30],
)
def test_what_is_no_time(bad: float | str) -> None:
    with pytest.raises(InvalidTimestamp):
        parse_timestamp(bad, UTC, None)


@given(st.text(max_size=80) | st.floats() | st.integers())
def test_anything_is_a_time_or_a_problem(anything: float | str) -> None:
    try:
        us = parse_timestamp(anything, UTC, None)
    except InvalidTimestamp:
        return
    assert to_iso(us).endswith("Z")


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the strategy wants it so
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - as above
    ),
    st.integers(-14 * 60, 14 * 60),
)
def test_there_and_back(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    us = parse_timestamp(there.isoformat(), ZoneInfo("Asia/Tokyo"), None)
    assert datetime.fromisoformat(to_iso(us)) == there


def test_now() -> None:
    assert abs(now_us() / 1e6 - datetime.now(UTC).timestamp()) < 60
