"""A table's columns as arrays: what models learn from and score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

MISSING_TIME: Final = np.iinfo(np.int64).min
"""What stands for a moment that is not known; see `standout.kernels.sequences`."""


def arrays(frame: pl.DataFrame) -> dict[str, NDArray[Any]]:
    """Return columns by name: numbers and truth values as float64 (nan is missing), moments as
    int64 microseconds, text as objects (None is missing).
    """  # noqa: D205 - one sentence
    return {column.name: _array(column) for column in frame.iter_columns()}


def read_arrays(path: Path, columns: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
    """Return columns of a dataset's own file, all if None."""
    return arrays(pl.read_parquet(path, columns=None if columns is None else list(columns)))


def _array(column: pl.Series) -> NDArray[Any]:
    if isinstance(column.dtype, pl.Datetime):
        return column.cast(pl.Int64).fill_null(MISSING_TIME).to_numpy()
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        numbers: NDArray[Any] = column.cast(pl.Float64).to_numpy()
        # Arrow's own memory may not be written.
        return numbers if numbers.flags.writeable else numbers.copy()
    return column.cast(pl.String).to_numpy().astype(object)
