"""Cells as times: ISO 8601, seconds or finer since 1970, and forms that have one reading only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from standout.types import Times

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST_US = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LATEST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND

_FORMS = (
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%b %d %Y",
    "%b %d, %Y",
    "%d %b %Y",
)
_BOTH_READINGS = tuple(
    (f"%d/%m/%Y{clock}", f"%m/%d/%Y{clock}") for clock in (" %H:%M:%S", " %H:%M", "")
)
# Magnitudes up to which a count since 1970 is taken for seconds, milliseconds, microseconds:
# each is the year 5138.
_UNITS = ((1e11, 1_000_000.0), (1e14, 1_000.0), (1e17, 1.0), (np.inf, 1e-3))


@dataclass(frozen=True, slots=True)
class ReadTimes:
    """A column of times.

    Parameters
    ----------
    times_us
        Microseconds UTC; shape ``(n,)``.
    timestamps
        What to send for each: a number, or ISO 8601 text.
    """

    times_us: Times
    timestamps: list[int | float | str]


def read_times(cells: pl.Series) -> ReadTimes | None:
    """Read cells as times.

    Parameters
    ----------
    cells
        Text without blanks around it and without nulls.

    Returns
    -------
    ReadTimes or None
        None where a cell is no time, or where days and months cannot be told apart.
    """
    return _dates_in_digits(cells) or _counts(cells) or _iso(cells) or _forms(cells)


def first_unread(cells: pl.Series) -> int:
    """Return the first row that is no time while the rows before it are, if not all are times."""
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        if read_times(cells[:middle]) is None:
            high = middle
        else:
            low = middle
    return low


def two_readings(cells: pl.Series) -> bool:
    """Tell whether each cell is a date both with the day first and with the month first."""
    return any(all(_by_form(cells, form) for form in pair) for pair in _BOTH_READINGS)


def _dates_in_digits(cells: pl.Series) -> ReadTimes | None:
    if not cells.str.contains(r"^(19|20)\d{6}$").all():
        return None
    return _by_form(cells, "%Y%m%d")


def _counts(cells: pl.Series) -> ReadTimes | None:
    whole = cells.cast(pl.Int64, strict=False)
    read = whole if not whole.null_count() else cells.cast(pl.Float64, strict=False)
    if read.null_count() or not read.cast(pl.Float64).is_finite().all():
        return None
    number = read.to_numpy()
    scale = next(scale for limit, scale in _UNITS if np.abs(number).max() < limit)
    if number.min() * scale < _EARLIEST_US or number.max() * scale > _LATEST_US:
        return None
    exact = number.dtype == np.int64
    scaled = number * int(scale) if exact and scale >= 1 else np.round(number * scale)
    return ReadTimes(scaled.astype(np.int64), [_count(cell) for cell in cells])


def _count(cell: str) -> int | float:
    try:
        return int(cell)
    except ValueError:
        return float(cell)


def _iso(cells: pl.Series) -> ReadTimes | None:
    texts = cells.to_list()
    try:
        times = [_microseconds(datetime.fromisoformat(text)) for text in texts]
    except (ValueError, OverflowError):
        return None
    return ReadTimes(np.array(times, np.int64), texts)


def _microseconds(time: datetime) -> int:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def _forms(cells: pl.Series) -> ReadTimes | None:
    for form in _FORMS:
        if read := _by_form(cells, form):
            return read
    for pair in _BOTH_READINGS:
        readings = [read for form in pair if (read := _by_form(cells, form))]
        if len(readings) == 1:
            return readings[0]
    return None


def _by_form(cells: pl.Series, form: str) -> ReadTimes | None:
    read = cells.str.strptime(pl.Datetime("us"), form, strict=False, exact=True)
    if read.null_count():
        return None
    iso = read.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_list()
    return ReadTimes(read.cast(pl.Int64).to_numpy().astype(np.int64), iso)
