"""A user's own labelled file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from standout.errors import UnreadableFile
from standout.evaluation.series import LabelledSeries
from standout.readers.csv import read_csv
from standout.readers.numbers import present
from standout.types import Mask

_YES = ("1", "1.0", "true", "yes", "anomaly", "anomalous")
_NO = ("0", "0.0", "false", "no", "normal")


def read_own_file(
    path: Path, *, label_column: str, value_column: str | None = None
) -> LabelledSeries:
    """Read a CSV file with a column of labels, in order of its time.

    Parameters
    ----------
    path
        The file.
    label_column
        1 or 0, true or false, yes or no; an empty cell is 0.
    value_column
        As in `read_csv`.

    Raises
    ------
    UnreadableFile
        It is no such file, it has no such column, or a cell is no label.
    """
    table = read_csv(path, value_column=value_column)
    order = table.order()
    labels = _labels(path, table.frame, label_column)[order]
    times = None if table.times_us is None else table.times_us[order]
    return LabelledSeries(
        family=path.name, name=path.name, values=table.values[order], labels=labels, times_us=times
    )


def _labels(path: Path, frame: pl.DataFrame, column: str) -> Mask:
    if column not in frame.columns:
        found = ", ".join(map(repr, frame.columns))
        raise UnreadableFile(f"{path} has no column {column!r}; there are {found}.")
    cells = present(frame[column]).fill_null("0").str.to_lowercase()
    wrong = (~cells.is_in([*_YES, *_NO])).arg_true()
    if len(wrong):
        msg = f"{path}, column {column!r}: {cells[wrong[0]]!r} is no label; 1 or 0 was wanted."
        raise UnreadableFile(msg)
    return np.asarray(cells.is_in(_YES), dtype=np.bool_)
