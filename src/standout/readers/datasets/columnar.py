"""Parquet and Arrow files, looked at before they are unpacked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PolarsError

from standout.errors import MessageTooLarge, UnreadableFile
from standout.readers.datasets.arrow_sizes import batch_sizes
from standout.readers.datasets.formats import ARROW_STREAM, PARQUET

MAX_CELLS: Final = 250_000_000
"""Cells of a table, 2 GB as numbers: a file of some bytes can say that it has billions."""
MAX_TEXT_BYTES: Final = 1_000_000_000
MAX_UNPACKED_BYTES: Final = 8 * MAX_CELLS
"""Of an Arrow file's buffers, which may be packed ten-thousandfold."""

# Years 1 to 9999, in seconds since 1970: what a moment can be written as.
_FIRST_S: Final = -62_135_596_800
_LAST_S: Final = 253_402_300_799
_A_SECOND: Final = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MICROS: Final = {"day": 86_400_000_000, "ms": 1_000, "us": 1}
_OTHERS: Final = (pl.Boolean, pl.String, pl.Categorical, pl.Enum, pl.Null)
_WIDE: Final = frozenset({pl.UInt64, pl.Int128, pl.UInt128})


def read_columnar(path: Path, form: str, name: str) -> tuple[pl.DataFrame, list[str]]:
    """Read a file with types of its own.

    Returns
    -------
    tuple
        The columns that are used, and what was left out, in words.

    Raises
    ------
    UnreadableFile
        It is broken.
    MessageTooLarge
        It would unpack to more than `MAX_CELLS` cells, or more than a gigabyte of text.
    """
    try:
        if form != PARQUET:
            check_arrow(path, name)
        if form == ARROW_STREAM:
            frame = pl.read_ipc_stream(path)
            used, warnings = _used(frame.schema)
            return frame.select(used), warnings
        lazy = pl.scan_parquet(path, glob=False) if form == PARQUET else pl.scan_ipc(path)
        schema = lazy.collect_schema()
        # The others are not even unpacked: lists can hold any number of values a row.
        used, warnings = _used(schema)
        check_cells(_rows(lazy), len(used), name)
        if texts := [column for column in used if schema[column] == pl.String]:
            sizes = lazy.select(pl.col(texts).str.len_bytes().sum().cast(pl.Int64))
            check_text(sum(sizes.collect(engine="streaming").row(0)), name)
        return lazy.select(used).collect(engine="streaming"), warnings
    except (PolarsError, OSError, pl.exceptions.PanicException) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else "no reason"
        kind = "Parquet" if form == PARQUET else "Arrow"
        raise UnreadableFile(f"{name} is no whole {kind} file: {reason}.") from error


def check_arrow(path: Path, name: str) -> None:
    """Raise for an Arrow file or stream that would unpack to too much; raises as `read_columnar`.

    Notes
    -----
    Only headers are read.
    """
    cells = size = rows = 0
    for batch in batch_sizes(path, name):
        rows += batch.rows
        cells += batch.rows * batch.columns
        size += batch.bytes
    if cells > MAX_CELLS:
        raise _too_many(name, f"{rows:,} rows and {cells:,} cells")
    if size > MAX_UNPACKED_BYTES:
        found = f"{name} unpacks to {size:,} bytes"
        raise MessageTooLarge(f"{found}; at most {MAX_UNPACKED_BYTES:,} are read.")


def check_cells(rows: int, columns: int, name: str) -> None:
    """Raise `MessageTooLarge` for a table of more than `MAX_CELLS`."""
    if rows * columns > MAX_CELLS:
        raise _too_many(name, f"{rows:,} rows of {columns:,} columns")


def check_text(size: Any, name: str) -> None:
    """Raise `MessageTooLarge` for more than a gigabyte of text."""
    if (size or 0) > MAX_TEXT_BYTES:
        found = f"{name} unpacks to {size:,} bytes of text"
        raise MessageTooLarge(f"{found}; at most {MAX_TEXT_BYTES:,} are read.")


def simplified(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return columns as integers, numbers, text, yes or no, or times, and what was left out."""
    used, warnings = _used(frame.schema)
    kept: list[pl.Series] = []
    for column in frame.select(used).iter_columns():
        if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
            moments = _moments(column)
            lost = moments.null_count() - column.null_count()
            if lost:
                found = f"Column {column.name!r}: {lost:,} of its moments"
                warnings.append(f"{found} are not in the years 1 to 9999, and count as missing.")
            kept.append(moments)
        else:
            kept.append(_simple(column))
    return pl.DataFrame(kept), warnings


def _used(schema: Mapping[str, pl.DataType]) -> tuple[list[str], list[str]]:
    """Return the columns of the kinds that are used, and a warning for each other one."""
    used: list[str] = []
    warnings: list[str] = []
    for name, kind in schema.items():
        if not (kind.is_numeric() or kind.is_temporal() or kind in _OTHERS):
            warnings.append(f"Column {name!r} holds {kind}, which is not used; it is left out.")
        else:
            used.append(name)
    return used, warnings


def _simple(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind.is_float() or kind.is_decimal() or kind in _WIDE:
        return column.cast(pl.Float64).fill_nan(None)
    if kind.is_integer():
        return column.cast(pl.Int64)
    if kind == pl.Time or isinstance(kind, pl.Duration):
        a_second = _A_SECOND[getattr(kind, "time_unit", "ns")]
        return column.to_physical().cast(pl.Float64) / a_second
    return column if kind == pl.Boolean else column.cast(pl.String)


def _moments(column: pl.Series) -> pl.Series:
    """Return dates or times as moments in UTC, which those without a zone are taken to be in."""
    count = column.to_physical().cast(pl.Int64)
    unit = getattr(column.dtype, "time_unit", "day")
    if unit == "ns":
        micros = count // 1_000
    else:
        first, end = _FIRST_S * 1_000_000, (_LAST_S + 1) * 1_000_000
        micros_a_unit = _MICROS[unit]
        there = count.is_between(first // micros_a_unit, (end - 1) // micros_a_unit)
        micros = count.set(~there, None) * micros_a_unit
    return micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _too_many(name: str, found: str) -> MessageTooLarge:
    return MessageTooLarge(
        f"{name} unpacks to {found}; at most {MAX_CELLS:,} cells are read. Send it in parts."
    )


def _rows(lazy: pl.LazyFrame) -> int:
    return int(lazy.select(pl.len()).collect().item())
