"""Parquet and Arrow files, looked at before they are unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PolarsError

from standout.errors import MessageTooLarge, UnreadableFile
from standout.readers.datasets.formats import ARROW_STREAM, PARQUET

MAX_CELLS: Final = 250_000_000
"""Cells of a table, 2 GB as numbers: a file of some bytes can say that it has billions."""
MAX_TEXT_BYTES: Final = 1_000_000_000


def read_columnar(path: Path, form: str, name: str) -> pl.DataFrame:
    """Read a file with types of its own.

    Raises
    ------
    UnreadableFile
        It is broken.
    MessageTooLarge
        It would unpack to more than `MAX_CELLS` cells, or more than a gigabyte of text.
    """
    try:
        if form == ARROW_STREAM:
            # A stream has no count of its rows, but is not packed more than a hundredfold.
            return _checked(pl.read_ipc_stream(path), name)
        lazy = pl.scan_parquet(path, glob=False) if form == PARQUET else pl.scan_ipc(path)
        schema = lazy.collect_schema()
        _check_cells(_rows(lazy), len(schema), name)
        if texts := [column for column, kind in schema.items() if kind == pl.String]:
            sizes = lazy.select(pl.col(texts).str.len_bytes().sum().cast(pl.Int64))
            _check_text(sum(sizes.collect(engine="streaming").row(0)), name)
        return lazy.collect(engine="streaming")
    except (PolarsError, OSError, pl.exceptions.PanicException) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else "no reason"
        kind = "Parquet" if form == PARQUET else "Arrow"
        raise UnreadableFile(f"{name} is no whole {kind} file: {reason}.") from error


def simplified(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return columns as integers, numbers, text, yes or no, or times, and what was left out."""
    kept: list[pl.Series] = []
    warnings: list[str] = []
    for column in frame.iter_columns():
        simple = _simple(column)
        if simple is None:
            told = (
                f"Column {column.name!r} holds {column.dtype}, which is not used; it is left out."
            )
            warnings.append(told)
        else:
            kept.append(simple)
    return pl.DataFrame(kept), warnings


def _simple(column: pl.Series) -> pl.Series | None:
    kind = column.dtype
    if kind.is_float() or kind.is_decimal() or kind in {pl.UInt64, pl.Int128}:
        return column.cast(pl.Float64).fill_nan(None)
    if kind.is_integer():
        return column.cast(pl.Int64)
    if kind == pl.Date or isinstance(kind, pl.Datetime):
        return _as_time(column)
    if kind in {pl.Time, pl.Duration}:
        return (column.cast(pl.Duration("us")).cast(pl.Int64) / 1e6).rename(column.name)
    if kind in {pl.Categorical, pl.Enum} or kind == pl.Null:
        return column.cast(pl.String)
    return column if kind in {pl.Boolean, pl.String} else None


def _as_time(column: pl.Series) -> pl.Series:
    zone = getattr(column.dtype, "time_zone", None)
    moments = column.cast(pl.Datetime("us", zone))
    return (
        moments.dt.replace_time_zone("UTC") if zone is None else moments.dt.convert_time_zone("UTC")
    )


def _rows(lazy: pl.LazyFrame) -> int:
    return int(lazy.select(pl.len()).collect().item())


def _checked(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    _check_cells(frame.height, frame.width, name)
    return frame


def _check_cells(rows: int, columns: int, name: str) -> None:
    if rows * columns > MAX_CELLS:
        found = f"{name} unpacks to {rows:,} rows of {columns:,} columns"
        raise MessageTooLarge(f"{found}; at most {MAX_CELLS:,} cells are read. Send it in parts.")


def _check_text(size: Any, name: str) -> None:
    if (size or 0) > MAX_TEXT_BYTES:
        found = f"{name} unpacks to {size:,} bytes of text"
        raise MessageTooLarge(f"{found}; at most {MAX_TEXT_BYTES:,} are read.")
