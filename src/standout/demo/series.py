"""A finite series of a demo: times, values and, where they are known, labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from standout.domain.times import to_iso
from standout.readers.csv import read_csv
from standout.readers.replace import replace_file
from standout.types import Times, Values


@dataclass(frozen=True, slots=True)
class Series:
    """Values in ascending time, ``n`` of them.

    Parameters
    ----------
    times_us
        Microseconds UTC, ascending and distinct.
    values
        What was measured; nan is a missing value.
    labels
        1 where an anomaly was injected, 0 elsewhere; None where nobody knows.
    """

    times_us: Times
    values: Values
    labels: Times | None = None

    def write(self, path: Path) -> None:
        """Write a CSV file with `timestamp`, `value` and, if there are labels, `label`."""
        columns: dict[str, object] = {
            "timestamp": [to_iso(time) for time in self.times_us.tolist()],
            "value": self.values,
        }
        if self.labels is not None:
            columns["label"] = self.labels
        frame = pl.DataFrame(columns).with_columns(pl.col("value").fill_nan(None))
        replace_file(path, frame.write_csv().encode())

    @classmethod
    def read(cls, path: Path, *, value_column: str | None = None) -> Series:
        """Read a CSV file; rows are put in order of time, of those of one time the first kept.

        Raises
        ------
        UnreadableFile
            The file is no table, or has no time.
        """
        table = read_csv(path, value_column=value_column)
        return cls.of(table.timed().times_us, table.values)

    @classmethod
    def of(cls, times_us: Times, values: Values) -> Series:
        """Make a series of rows in any order; of those of one time the first is kept."""
        distinct, first = np.unique(times_us, return_index=True)
        return cls(distinct, values[first])
