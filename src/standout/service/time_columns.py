"""Columns of timestamps as microseconds UTC; each as `parse_timestamp` reads it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

import numpy as np
import polars as pl

from standout.domain.times import (
    EARLIEST_US,
    LATEST_US,
    TICKS_PER_SECOND,
    detect_unit,
    epoch_number,
    parse_timestamp,
)
from standout.errors import InvalidTimestamp
from standout.readers.uploads.pieces import Stamps
from standout.types import Times

_MICROSECONDS = 1_000_000
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_ISO = rf"^[0-9]{{4}}-[0-9][0-9]-[0-9][0-9][T ]{_CLOCK}"
_IN_UTC = r"(Z|\+00:00)$"
_WHOLE = r"^-?[0-9]{1,18}$"
_BASIC_DATE = r"^[0-9]{8}$"


@dataclass(frozen=True, slots=True)
class ReadTimes:
    """Times up to the first that is none.

    Parameters
    ----------
    times_us
        Microseconds UTC; shape ``(n,)``, shorter than what was read if there is an error.
    unit
        Unit of numbers: as given, or detected at the first of them; None if there was none.
    error
        Why the next one is no time.
    """

    times_us: Times
    unit: str | None
    error: InvalidTimestamp | None = None


def read_times(stamps: Stamps, tz: tzinfo, unit: str | None) -> ReadTimes:
    """Read timestamps.

    Parameters
    ----------
    stamps
        Where they are a column of text, numbers in it are epoch numbers like any other.
    tz
        Zone of a text without one.
    unit
        Unit of numbers; None detects it.
    """
    if isinstance(stamps, list):
        return _of_list(stamps, tz, unit)
    if stamps.dtype == pl.String:
        return _of_texts(stamps, tz, unit)
    if stamps.dtype.is_integer() or stamps.dtype.is_float():
        return _of_numbers(stamps, unit)
    if stamps.dtype == pl.Date or isinstance(stamps.dtype, pl.Datetime):
        return _of_moments(stamps, tz, unit)
    error = InvalidTimestamp(f"A column of {stamps.dtype} holds no times.")
    return ReadTimes(np.empty(0, np.int64), unit, error)


def _of_list(stamps: list[int | float | str], tz: tzinfo, unit: str | None) -> ReadTimes:
    kinds = set(map(type, stamps))
    if kinds == {str}:
        times = _iso(pl.Series(stamps, dtype=pl.String), tz)
        if times is not None:
            return ReadTimes(times, unit)
    elif kinds in ({int}, {float}):
        try:
            dtype = np.int64 if kinds == {int} else np.float64
            return _of_numbers(pl.Series(np.array(stamps, dtype)), unit)
        except OverflowError:
            pass  # a number beyond int64, which is refused below
    if unit is None:
        found = (epoch_number(stamp) for stamp in stamps)
        number = next((number for number in found if number is not None), None)
        unit = None if number is None else detect_unit(number)
    return _one_by_one(stamps, tz, unit)


def _of_texts(stamps: pl.Series, tz: tzinfo, unit: str | None) -> ReadTimes:
    times = _iso(stamps, tz)
    if times is not None:
        return ReadTimes(times, unit)
    if stamps.str.contains(_WHOLE).all() and not stamps.str.contains(_BASIC_DATE).any():
        return _of_numbers(stamps.cast(pl.Int64), unit)
    read = stamps.cast(pl.Float64, strict=False)
    if unit is None:
        number = read.drop_nulls().drop_nans().head(1).to_list()
        unit = detect_unit(number[0]) if number else None
    return _one_by_one(stamps.to_list(), tz, unit)


def _iso(stamps: pl.Series, tz: tzinfo) -> Times | None:
    """Read the usual forms of ISO 8601; None where one is in another."""
    if not stamps.str.contains(_ISO + _IN_UTC).all():
        if tz is not UTC or not stamps.str.contains(_ISO + "$").all():
            return None
        plain = stamps
    else:
        plain = stamps.str.replace(_IN_UTC, "")
    form = "%Y-%m-%d %H:%M:%S%.f"
    read = plain.str.replace("T", " ", literal=True).str.strptime(
        pl.Datetime("us"), form, strict=False
    )
    times = read.to_physical()
    if times.null_count() or len(times) == 0 or int(times.min()) < EARLIEST_US:  # type: ignore[arg-type]
        return None
    return np.asarray(times.to_numpy(), np.int64)


def _of_numbers(stamps: pl.Series, unit: str | None) -> ReadTimes:
    numbers = stamps.to_numpy()
    unit = unit or (detect_unit(numbers[0].item()) if len(numbers) else None)
    if unit is None:
        return ReadTimes(np.empty(0, np.int64), None)
    ticks = TICKS_PER_SECOND[unit]
    if numbers.dtype.kind == "f":
        scaled = np.rint(numbers.astype(np.float64) * _MICROSECONDS / ticks)
        good = (scaled >= EARLIEST_US) & (scaled <= LATEST_US)
        times = np.where(good, scaled, 0).astype(np.int64)
    else:
        # In Python's integers the limits do not overflow, in the column's own they might.
        low = -(-EARLIEST_US * ticks // _MICROSECONDS)
        high = -(-(LATEST_US + 1) * ticks // _MICROSECONDS) - 1
        good = (numbers >= max(low, -(2**63))) & (numbers <= min(high, 2**63 - 1))
        whole = np.where(good, numbers, 0).astype(np.int64)
        times = (
            whole * (_MICROSECONDS // ticks)
            if ticks <= _MICROSECONDS
            else whole // (ticks // _MICROSECONDS)
        )
    if good.all():
        return ReadTimes(times, unit)
    bad = int(np.argmin(good))
    return ReadTimes(times[:bad], unit, _why_not(numbers[bad].item(), UTC, unit))


def _of_moments(stamps: pl.Series, tz: tzinfo, unit: str | None) -> ReadTimes:
    ticks = _MICROSECONDS
    if isinstance(stamps.dtype, pl.Datetime):
        ticks = TICKS_PER_SECOND[stamps.dtype.time_unit]
        aware = stamps.dtype.time_zone is not None
        numbers = stamps.to_physical()
    else:
        aware = False
        numbers = stamps.cast(pl.Datetime("us")).to_physical()
    named = next(name for name, count in TICKS_PER_SECOND.items() if count == ticks)
    read = _of_numbers(numbers, named)
    if aware or tz is UTC:
        return ReadTimes(read.times_us, unit, read.error)
    local = pl.Series(read.times_us).cast(pl.Datetime("us")).dt.to_string("iso").to_list()
    moved = _one_by_one(local, tz, None)
    return ReadTimes(moved.times_us, unit, moved.error or read.error)


def _one_by_one(stamps: list[Any], tz: tzinfo, unit: str | None) -> ReadTimes:
    times: list[int] = []
    error = None
    try:
        for stamp in stamps:
            times.append(parse_timestamp(stamp, tz, unit))  # noqa: PERF401 - what came before counts
    except InvalidTimestamp as found:
        error = found
    return ReadTimes(np.array(times, np.int64), unit, error)


def _why_not(stamp: float, tz: tzinfo, unit: str) -> InvalidTimestamp:
    try:
        parse_timestamp(stamp, tz, unit)
    except InvalidTimestamp as error:
        return error
    return InvalidTimestamp(f"{stamp} is no time.")
