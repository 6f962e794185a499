"""Cells as numbers: what counts as missing, and what is no number."""

from __future__ import annotations

import re

import polars as pl

MISSING = ("", "nan", "null", "none", "na", "n/a")
"""Cells, in any case, that say that there is no value."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+)$"


def is_number(cell: str) -> bool:
    """Tell whether one cell is written as a number."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def present(cells: pl.Series) -> pl.Series:
    """Return the cells without surrounding blanks, null where nothing is there."""
    stripped = cells.str.strip_chars()
    return stripped.set(stripped.str.to_lowercase().is_in(MISSING), None).cast(pl.String)


def numbers(cells: pl.Series, *, decimal_comma: bool) -> pl.Series:
    """Read cells as numbers.

    Parameters
    ----------
    cells
        Text, as `present` gives it.
    decimal_comma
        Whether ``3,5`` is three and a half, as in files whose cells are parted by semicolons.

    Returns
    -------
    polars.Series
        Float64; null where the cell is missing, and where it is no finite number.
    """
    if decimal_comma:
        cells = cells.str.replace(_DECIMAL_COMMA, "${1}.${2}")
    read = cells.cast(pl.Float64, strict=False)
    return read.set(~read.is_finite().fill_null(value=False), None)
