"""Choose the columns of a table: which holds the time, which the value."""

from __future__ import annotations

import polars as pl

from standout.errors import UnreadableFile
from standout.readers.numbers import numbers, present
from standout.readers.times import read_times

TIME_NAMES = ("timestamp", "time", "date", "datetime", "ds", "t")
VALUE_NAME = "value"
_SAMPLE = 100


def time_column(frame: pl.DataFrame) -> str | None:
    """Return the column named as a time, else the first whose text reads as one, else None."""
    by_name = {name.lower(): name for name in reversed(frame.columns)}
    named = next((by_name[name] for name in TIME_NAMES if name in by_name), None)
    if named is not None:
        return named
    others = (name for name in frame.columns if name.lower() != VALUE_NAME)
    return next((name for name in others if _reads_as_time(frame[name])), None)


def value_column(
    frame: pl.DataFrame, *, time: str | None, asked: str | None, decimal_comma: bool
) -> str:
    """Return the column to measure.

    Parameters
    ----------
    frame
        The table as text.
    time
        Its time column, which is never the value.
    asked
        The column that was asked for; None takes `value`, else the only column of numbers.
    decimal_comma
        Whether ``3,5`` is a number.

    Raises
    ------
    UnreadableFile
        No such column, no column of numbers, or more than one.
    """
    others = [name for name in frame.columns if name != time]
    if asked is not None:
        return _asked(asked, others)
    named = [name for name in others if name.lower() == VALUE_NAME]
    if named or len(others) == 1:
        return (named or others)[0]
    numeric = [name for name in others if _is_numeric(frame[name], decimal_comma)]
    if len(numeric) == 1:
        return numeric[0]
    raise UnreadableFile(_why_not(numeric, frame.columns))


def _asked(asked: str, others: list[str]) -> str:
    exact = [name for name in others if name == asked]
    loose = [name for name in others if name.lower() == asked.lower()]
    if found := exact or loose:
        return found[0]
    there = f"there are {_listed(others)}" if others else "there is only that of the time"
    raise UnreadableFile(f"There is no column {asked!r} to measure; {there}.")


def _why_not(numeric: list[str], columns: list[str]) -> str:
    if numeric:
        found = f"More than one column holds numbers: {_listed(numeric)}"
        return f"{found}. Name the one to measure, or call it {VALUE_NAME!r}."
    found = f"No column holds numbers to measure; there are {_listed(columns)}"
    return f"{found}. A column {VALUE_NAME!r} was wanted."


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


def _reads_as_time(cells: pl.Series) -> bool:
    found = present(cells).drop_nulls().head(_SAMPLE)
    if found.is_empty() or numbers(found, decimal_comma=True).count():
        return False
    return read_times(found) is not None


def _is_numeric(cells: pl.Series, decimal_comma: bool) -> bool:
    found = present(cells)
    read = numbers(found, decimal_comma=decimal_comma)
    return found.count() > 0 and read.count() == found.count()
