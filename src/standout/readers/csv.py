"""Read a CSV file as a table, or say where it is wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from standout.errors import UnreadableFile
from standout.readers.columns import time_column, value_column
from standout.readers.numbers import is_number, numbers, present
from standout.readers.sniff import Text, sniff
from standout.readers.table import Table
from standout.readers.times import ReadTimes, first_unread, read_times, two_readings
from standout.types import Values

_NAMES_WITHOUT_HEADER = {1: ["value"], 2: ["timestamp", "value"]}


def read_csv(
    path: Path,
    *,
    value_column: str | None = None,
    shown: str | None = None,
    max_columns: int | None = None,
) -> Table:
    """Read a CSV file.

    The delimiter (comma, semicolon, tab, pipe), the encoding and whether there is a header are
    found. Empty cells, and `nan`, `null`, `none`, `na` and `n/a` in any case, are missing values.

    Parameters
    ----------
    path
        The file; it is read as a whole.
    value_column
        Column to measure; None takes `value`, else the only column of numbers.
    shown
        What the file is called where something is wrong with it; None is `path`.
    max_columns
        Most columns that it may have; None is any number.

    Returns
    -------
    Table
        All rows in the file's order; rows without any cell are left out.

    Raises
    ------
    UnreadableFile
        The file cannot be read or is no table, has no row or no column to measure, or a cell is
        no number or no time; says in which line.
    """
    named = path if shown is None else Path(shown)
    source = _Source(named, sniff(path, named), max_columns)
    frame = source.frame()
    if frame.is_empty():
        raise UnreadableFile(f"{named} has a header but no rows; at least one row was wanted.")
    time = time_column(frame)
    column = source.measured(frame, time, value_column)
    read = source.times(frame, time) if time else None
    return Table(
        frame=frame,
        value_column=column,
        values=source.values(frame, column),
        time_column=time,
        timestamps=read.timestamps if read else None,
        times_us=read.times_us if read else None,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that is being read: it knows what to say when a row is wrong."""

    path: Path
    text: Text
    max_columns: int | None = None

    def frame(self) -> pl.DataFrame:
        first = self._first()
        if self.max_columns is not None and len(first) > self.max_columns:
            found = f"{self.path} has {len(first):,} columns"
            raise UnreadableFile(f"{found}; at most {self.max_columns:,} are read.")
        header = _is_header(first)
        try:
            frame = pl.read_csv(
                self.text.content.lstrip("\r\n").encode(),
                separator=self.text.delimiter,
                has_header=header,
                infer_schema=False,
            )
        except PolarsError as error:
            raise self._not_a_table(len(first), error) from None
        names = first if header else _NAMES_WITHOUT_HEADER.get(len(first))
        return _without_blank_rows(_named(frame, names))

    def measured(self, frame: pl.DataFrame, time: str | None, asked: str | None) -> str:
        try:
            return value_column(frame, time=time, asked=asked, decimal_comma=self._decimal_comma)
        except UnreadableFile as error:
            raise UnreadableFile(f"{self.path}: {error}") from None

    def values(self, frame: pl.DataFrame, column: str) -> Values:
        cells = present(frame[column])
        read = numbers(cells, decimal_comma=self._decimal_comma)
        wrong = (read.is_null() & cells.is_not_null()).arg_true()
        if len(wrong):
            where = f"{self._line(wrong[0])}, column {column!r}"
            raise UnreadableFile(f"{where}: {_shown(cells[wrong[0]])} is not a finite number.")
        return read.fill_null(float("nan")).to_numpy().astype(float)

    def times(self, frame: pl.DataFrame, column: str) -> ReadTimes:
        cells = present(frame[column])
        if cells.null_count():
            row = cells.is_null().arg_true()[0]
            raise UnreadableFile(f"{self._line(row)}, column {column!r}: the time is missing.")
        read = read_times(cells)
        if read is not None:
            return read
        if two_readings(cells):
            found = f"{self.path}, column {column!r}: days and months cannot be told apart"
            raise UnreadableFile(f"{found} in {_shown(cells[0])}; write dates as 2026-01-31.")
        row = first_unread(cells)
        where = f"{self._line(row)}, column {column!r}"
        wrong = "is not a time as in the rows above" if row else "is no time"
        raise UnreadableFile(f"{where}: {_shown(cells[row])} {wrong}.")

    @property
    def _decimal_comma(self) -> bool:
        return self.text.delimiter == ";"

    def _line(self, row: int) -> str:
        try:
            filled = [line for line, cells in self.text.rows() if any(cells)]
        except csv.Error as error:
            return f"{self.path} ({error}), row {row + 1}"
        return f"{self.path}, line {filled[row + _is_header(self._first())]}"

    def _first(self) -> list[str]:
        try:
            return next(row for _, row in self.text.rows() if row)
        except csv.Error as error:
            raise UnreadableFile(f"{self.path} is not a table: {error}.") from None

    def _not_a_table(self, width: int, error: Exception) -> UnreadableFile:
        try:
            for line, row in self.text.rows():
                if len(row) > width:
                    found = f"{self.path}, line {line}: {len(row)} cells"
                    return UnreadableFile(f"{found}, but the first row has {width}.")
        except csv.Error as further:
            return UnreadableFile(f"{self.path} is not a table: {further}.")
        return UnreadableFile(f"{self.path} is not a table: {str(error).splitlines()[0]}.")


def _is_header(row: list[str]) -> bool:
    return not any(_is_data(cell) for cell in row)


def _is_data(cell: str) -> bool:
    if is_number(cell):
        return True
    try:
        datetime.fromisoformat(cell.strip())
    except ValueError:
        return False
    return True


def _named(frame: pl.DataFrame, names: list[str] | None) -> pl.DataFrame:
    stripped = [name.strip() for name in names or ()]
    if len(stripped) != frame.width or len(set(stripped)) != frame.width:
        return frame
    frame.columns = stripped
    return frame


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _shown(cell: str) -> str:
    longest = 60
    return repr(cell if len(cell) <= longest else cell[:longest] + "…")
