"""Read the columns of a benchmark's CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from standout.errors import UnreadableFile
from standout.readers.times import read_times
from standout.types import Mask, Times, Values


@dataclass(frozen=True, slots=True)
class Columns:
    """The table of a file of a benchmark: plain CSV, gzipped or not, with a header."""

    path: Path
    frame: pl.DataFrame

    @classmethod
    def read(cls, path: Path) -> Columns:
        """Read a file.

        Raises
        ------
        UnreadableFile
            It is not there, or not a table.
        """
        try:
            return cls(path, pl.read_csv(path, infer_schema=False))
        except (OSError, PolarsError) as error:
            reason = str(error).splitlines()[0]
            raise UnreadableFile(f"{path} cannot be read: {reason}") from None

    def values(self, name: str) -> Values:
        """Return a column as numbers; an empty cell is a missing value."""
        return self._numbers(name).fill_null(float("nan")).to_numpy().astype(float)

    def labels(self) -> Mask:
        """Return the column `label`: true where it is not 0."""
        return np.asarray(self._numbers("label").fill_null(0.0).to_numpy() != 0, np.bool_)

    def times(self) -> tuple[list[str], Times] | None:
        """Return the column `timestamp` as it is and as microseconds, if there is one."""
        if "timestamp" not in self.frame.columns:
            return None
        cells = self.frame["timestamp"]
        read = None if cells.null_count() else read_times(cells)
        if read is None:
            raise UnreadableFile(f"{self.path}: a cell of the column 'timestamp' is no time.")
        return cells.to_list(), read.times_us

    def _numbers(self, name: str) -> pl.Series:
        if name not in self.frame.columns:
            found = ", ".join(map(repr, self.frame.columns))
            raise UnreadableFile(f"{self.path} has no column {name!r}; there are {found}.")
        try:
            return self.frame[name].cast(pl.Float64)
        except PolarsError:
            raise UnreadableFile(f"{self.path}: column {name!r} holds more than numbers.") from None
