"""A table that was read from a file, with its time and its value found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from standout.errors import UnreadableFile
from standout.types import Counts, Times, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of a file in the file's own order, ``n`` of them.

    Parameters
    ----------
    frame
        Every column of the file as text, as it was written; null is an empty cell.
    value_column
        Name of the column that is measured.
    values
        That column as numbers; nan is a missing value.
    time_column
        Name of the column that holds the time; None if the file has none.
    timestamps
        What to send for the time: numbers as numbers, ISO 8601 text as it was written, text in
        any other form as ISO 8601.
    times_us
        The same as microseconds UTC; text without a zone is taken as UTC.
    """

    frame: pl.DataFrame
    value_column: str
    values: Values
    time_column: str | None = None
    timestamps: list[int | float | str] | None = None
    times_us: Times | None = None

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.values)

    def timed(self) -> TimedTable:
        """Return the table as one that has times.

        Raises
        ------
        UnreadableFile
            No column holds the time.
        """
        if self.timestamps is None or self.times_us is None or self.time_column is None:
            found = ", ".join(map(repr, self.frame.columns))
            msg = f"No column holds the time; there are {found}. A column 'timestamp' was wanted."
            raise UnreadableFile(msg)
        return TimedTable(
            frame=self.frame,
            value_column=self.value_column,
            values=self.values,
            time_column=self.time_column,
            timestamps=self.timestamps,
            times_us=self.times_us,
        )

    def order(self) -> Counts:
        """Return the rows by time, those of one time in the file's order; shape ``(n,)``."""
        if self.times_us is None:
            return np.arange(len(self), dtype=np.int64)
        return np.argsort(self.times_us, kind="stable").astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTable(Table):
    """A table whose time is known."""

    time_column: str
    timestamps: list[int | float | str]
    times_us: Times
