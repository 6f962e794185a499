"""The columns of a table, checked by name and turned into numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from standout.errors import ColumnNotFound, InvalidInput
from standout.kernels.sequences import MISSING_TIME
from standout.types import Times, Values

Column: TypeAlias = NDArray[Any]
"""One column, shape ``(n,)``: float64, int64 microseconds for times, texts or objects."""

_NUMBERS = "biuf"
_SHOWN = 12


def rows_of(columns: Mapping[str, Column]) -> int:
    """Count the rows of a table.

    Raises
    ------
    InvalidInput
        There is no column, or columns differ in length.
    """
    lengths = {len(column) for column in columns.values()}
    if len(lengths) == 1:
        return lengths.pop()
    if not lengths:
        raise InvalidInput("The table has no column.")
    told = ", ".join(f"{name!r} has {len(column):,}" for name, column in columns.items())
    raise InvalidInput(f"All columns of a table have the same number of rows: {told}.")


def is_times(column: Column) -> bool:
    """Whether a column holds times: int64 microseconds, or NumPy's own."""
    return column.dtype == np.int64 or column.dtype.kind == "M"


def is_numeric(column: Column) -> bool:
    """Whether a column holds numbers; of objects, whether all that are there are."""
    if column.dtype.kind in _NUMBERS:
        return True
    if column.dtype.kind != "O":
        return False
    there = [cell for cell in column if cell is not None]
    return bool(there) and all(isinstance(cell, (int, float, np.number)) for cell in there)


def as_numbers(name: str, column: Column) -> Values:
    """Return a column as float64, nan where a value is missing.

    Raises
    ------
    InvalidInput
        A cell is not a number; the message names it and its row, from 0.
    """
    if column.dtype == np.float64:
        return column
    if is_times(column):
        times = as_times(name, column)
        return np.where(times == MISSING_TIME, np.nan, times)
    if column.dtype.kind in _NUMBERS:
        return column.astype(np.float64)
    return np.array([_number(name, row, cell) for row, cell in enumerate(column)], np.float64)


def as_times(name: str, column: Column) -> Times:
    """Return a column as int64 microseconds.

    Raises
    ------
    InvalidInput
        It does not hold times.
    """
    if column.dtype == np.int64:
        return column
    if column.dtype.kind == "M":
        return column.astype("M8[us]").view(np.int64)
    if column.dtype.kind in "fO" and all(_missing(cell) for cell in column):
        return np.full(len(column), MISSING_TIME)
    raise InvalidInput(f"The column {name!r} must hold times, got {column.dtype}.")


def require(wanted: Iterable[str], there: Iterable[str], what: str = "Column") -> None:
    """Check that columns are there.

    Raises
    ------
    ColumnNotFound
        One is not; the message names all that are missing, and those there are.
    """
    known = list(there)
    missing = [name for name in wanted if name not in known]
    if missing:
        told = listed(missing)
        plural = "s" if len(missing) > 1 else ""
        raise ColumnNotFound(f"{what}{plural} not found: {told}. There are: {listed(known)}.")


def listed(names: Sequence[str]) -> str:
    """Return names as words, the first dozen of them."""
    shown = ", ".join(map(repr, names[:_SHOWN])) or "none"
    more = len(names) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def _number(name: str, row: int, cell: Any) -> float:
    if _missing(cell):
        return np.nan
    if isinstance(cell, (int, float, np.number, np.bool_)):
        try:
            return float(cell)
        except OverflowError:
            return np.inf if cell > 0 else -np.inf
    msg = f"Column {name!r} holds numbers, got {str(cell)[:80]!r}."
    raise InvalidInput(msg).at(row)


def _missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and bool(np.isnan(cell)))
