"""CSV: every cell as text, or where the table is broken."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from standout.errors import UnreadableFile
from standout.readers.numbers import is_number
from standout.readers.sniff import SAMPLE_CHARACTERS, find_delimiter

_SHOWN: Final = 60
MAX_COLUMNS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Delimited:
    """A CSV file's cells as text, null where nothing is.

    Parameters
    ----------
    frame
        The rows; those without any cell are left out.
    delimiter
        Between the cells.
    header
        Whether the first row names the columns.
    """

    frame: pl.DataFrame
    delimiter: str
    header: bool


def read_delimited(path: Path, name: str) -> Delimited:
    """Read a text file of rows.

    Parameters
    ----------
    path
        UTF-8.
    name
        What it is called when it is told of.

    Raises
    ------
    UnreadableFile
        Rows of different lengths, a quote without end, no row, two columns of one name; with the
        line.
    """
    with path.open(encoding="utf-8", newline="") as file:
        sample = file.read(SAMPLE_CHARACTERS)
    delimiter = find_delimiter(_whole_lines(sample))
    source = _Source(path, name, delimiter)
    first = source.first()
    header = not any(_is_data(cell) for cell in first)
    names = source.names(first, header=header)
    frame = source.read(len(first), header=header)
    if frame.width != len(names):
        raise source.broken(len(first))
    frame.columns = names
    if frame.height and frame[names[-1]].null_count():
        source.check_widths(len(first))
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.is_empty():
        raise UnreadableFile(f"{name} has a header but no rows; at least one row was wanted.")
    return Delimited(frame, delimiter, header)


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    name: str
    delimiter: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give each row with its line, from 1; slow, for the first row and for mistakes."""
        with self.path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            line = 1
            try:
                for row in reader:
                    yield line, row
                    line = reader.line_num + 1
            except csv.Error as error:
                msg = f"{self.name}, line {line}: {error}."
                raise UnreadableFile(msg) from None

    def first(self) -> list[str]:
        """Return the first row that has a cell."""
        row = next((row for _, row in islice(self.rows(), 1_000) if row), None)
        if row is None:
            raise UnreadableFile(f"{self.name} has no rows; a header and one row were wanted.")
        if len(row) > MAX_COLUMNS:
            found = f"{self.name} has {len(row):,} columns"
            raise UnreadableFile(f"{found}; at most {MAX_COLUMNS:,} are read.")
        return row

    def names(self, first: list[str], *, header: bool) -> list[str]:
        """Return the columns' names; numbered where there are none."""
        if not header:
            return [f"column_{i}" for i in range(1, len(first) + 1)]
        names = [cell.strip() or f"column_{i}" for i, cell in enumerate(first, 1)]
        twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
        if twice is not None:
            found = f"{self.name} has two columns called {_shown(twice)}"
            raise UnreadableFile(f"{found}; give each a name of its own.")
        return names

    def read(self, width: int, *, header: bool) -> pl.DataFrame:
        """Read all cells as text."""
        try:
            # Polars skips blank lines at the top by itself.
            return pl.read_csv(
                self.path,
                separator=self.delimiter,
                has_header=header,
                infer_schema=False,
                low_memory=True,
            )
        except (PolarsError, OSError) as error:
            found = self.broken(width)
            raise found from error

    def broken(self, width: int) -> UnreadableFile:
        """Return what is wrong with the rows."""
        try:
            self.check_widths(width)
            self._check_quotes()
        except UnreadableFile as error:
            return error
        return UnreadableFile(f"{self.name} is not a table: its rows cannot be told apart.")

    def check_widths(self, width: int) -> None:
        """Raise for the first row that has more or fewer cells than the first."""
        for line, row in self.rows():
            # A line without anything is no row.
            if row and len(row) != width and any(cell.strip() for cell in row):
                found = f"{self.name}, line {line}: {len(row)} cells"
                raise UnreadableFile(f"{found}, but the first row has {width}.")

    def _check_quotes(self) -> None:
        last = 1
        for line, _ in self.rows():
            last = line
        msg = f"{self.name}, line {last}: a quote begins here and does not end."
        raise UnreadableFile(msg)


def _whole_lines(sample: str) -> str:
    """Return a sample without its last line, which may be cut."""
    whole, _, rest = sample.rpartition("\n")
    return whole if len(sample) == SAMPLE_CHARACTERS and whole else whole + "\n" + rest


def _is_data(cell: str) -> bool:
    if is_number(cell):
        return True
    try:
        datetime.fromisoformat(cell.strip())
    except ValueError:
        return False
    return True


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= _SHOWN else cell[:_SHOWN] + "…")
