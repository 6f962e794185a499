"""Columns of text become numbers, times, or yes and no, where all of their cells are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from standout.readers.columns import TIME_NAMES
from standout.readers.numbers import numbers, present
from standout.readers.times import read_times, two_readings

TIME: Final = pl.Datetime("us", "UTC")

_SAMPLE: Final = 200
_MOSTLY: Final = 0.8
_COMMA: Final = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+$"
_GROUPED: Final = r"^[+-]?\d{1,3}(,\d{3})+$"
_POINTS_IN_THOUSANDS: Final = r"\.(\d{3})"
_WHOLE: Final = r"^[+-]?\d{1,18}$"
_YES_OR_NO: Final = ("true", "false")
# Epoch numbers before 1973 are not told from other numbers.
_FIRST_EPOCH: Final = 1e8
# The largest number of nanoseconds.
_LAST_EPOCH: Final = 2.0**63 * (1 - 2.0**-53)


@dataclass(frozen=True, slots=True)
class Typed:
    """A column as it is kept, and what a person should know of how it was read.

    Parameters
    ----------
    column
        Int64, Float64, Boolean, String or `TIME`.
    decimal_comma
        Whether its numbers were written with a comma.
    warning
        In words; may be empty.
    """

    column: pl.Series
    decimal_comma: bool = False
    warning: str = ""


def typed(column: pl.Series, *, delimiter: str = "") -> Typed:
    """Return a column of text as what it is.

    Parameters
    ----------
    column
        Text; null where nothing is.
    delimiter
        Of the file: where it is a comma, a comma within a number may also group thousands, and
        then it is one only if some number tells.
    """
    cells = present(column)
    filled = cells.drop_nulls()
    if filled.is_empty():
        return Typed(cells, warning=f"Column {column.name!r} is empty.")
    comma = _has_decimal_comma(filled, delimiter)
    read = numbers(_with_points(cells) if comma else cells, decimal_comma=False)
    wrong = len(filled) - (len(read) - read.null_count())
    if not wrong:
        return Typed(_as_time(column.name, _whole(cells, read)), comma)
    lower = filled.str.to_lowercase()
    if lower.is_in(_YES_OR_NO).all():
        return Typed(cells.str.to_lowercase() == "true")
    times, warning = _times(cells, filled)
    if times is not None:
        return Typed(times)
    return Typed(cells, warning=warning or _mostly_numbers(column.name, cells, read, wrong))


def _has_decimal_comma(filled: pl.Series, delimiter: str) -> bool:
    with_comma = filled.filter(filled.str.contains(",", literal=True))
    if with_comma.is_empty() or not with_comma.str.contains(_COMMA).all():
        return False
    return delimiter != "," or not with_comma.str.contains(_GROUPED).all()


def _with_points(cells: pl.Series) -> pl.Series:
    grouped = cells.str.contains(",", literal=True).fill_null(value=False)
    without = cells.str.replace_all(_POINTS_IN_THOUSANDS, "${1}")
    frame = pl.DataFrame({"cell": cells, "grouped": grouped, "without": without})
    chosen = pl.when("grouped").then("without").otherwise("cell")
    return frame.select(chosen.str.replace(",", ".", literal=True).alias(cells.name)).to_series()


def _whole(cells: pl.Series, read: pl.Series) -> pl.Series:
    """Return numbers as integers where all are written so."""
    if cells.str.contains(_WHOLE).all():
        return cells.cast(pl.Int64)
    return read


def _as_time(name: str, column: pl.Series) -> pl.Series:
    """Return a column of epoch numbers that is named as a time as times."""
    filled = column.drop_nulls()
    if name.lower() not in TIME_NAMES or filled.is_empty():
        return column
    sizes = filled.cast(pl.Float64).abs()
    if not sizes.is_between(_FIRST_EPOCH, _LAST_EPOCH).all():
        return column
    text = (
        column.cast(pl.Int64).cast(pl.String)
        if column.dtype == pl.Float64 and (filled == filled.floor()).all()
        else column.cast(pl.String)
    )
    times = _read_times(text, text.drop_nulls())
    return column if times is None else times


def epoch(column: pl.Series) -> pl.Series:
    """Return numbers as times where their name and their size say that they are epoch numbers."""
    return _as_time(column.name, column)


def _times(cells: pl.Series, filled: pl.Series) -> tuple[pl.Series | None, str]:
    sample = filled.head(_SAMPLE)
    if read_times(sample) is None:
        if two_readings(sample):
            found = f"Column {cells.name!r}: days and months cannot be told apart"
            return None, f"{found} in {sample[0]!r}; write dates as 2026-01-31."
        return None, ""
    return _read_times(cells, filled), ""


def _read_times(cells: pl.Series, filled: pl.Series) -> pl.Series | None:
    read = read_times(filled)
    if read is None:
        return None
    there = cells.is_not_null()
    times = pl.Series(cells.name, read.times_us)
    if not there.all():
        spread = pl.DataFrame({"i": there.arg_true(), "t": times})
        rows = pl.DataFrame({"i": pl.arange(len(cells), eager=True, dtype=pl.UInt32)})
        times = rows.join(spread, on="i", how="left", maintain_order="left")["t"]
    return times.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias(cells.name)


def _mostly_numbers(name: str, cells: pl.Series, read: pl.Series, wrong: int) -> str:
    count = len(cells) - cells.null_count()
    if wrong > (1 - _MOSTLY) * count:
        return ""
    row = int((read.is_null() & cells.is_not_null()).arg_true()[0])
    return (
        f"Column {name!r} is taken as text: {wrong:,} of its {count:,} cells are no numbers, the"
        f" first is {cells[row]!r} in row {row + 1:,}."
    )
