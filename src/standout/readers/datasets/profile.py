"""The profile of a table: what a person wants to know before it is used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from standout.readers.columns import TIME_NAMES
from standout.readers.datasets.shapes import shape_of
from standout.types import Times

SAMPLE_ROWS: Final = 20
_FEW_ROWS: Final = 10
_MUCH_MISSING: Final = 0.2
_GAP: Final = 1.5
_MAX_UNIQUE: Final = 50

_KINDS: Final = {pl.Int64: "integer", pl.Float64: "number", pl.Boolean: "boolean"}


def profile(frame: pl.DataFrame) -> dict[str, Any]:
    """Return a profile as JSON.

    Parameters
    ----------
    frame
        As `read_dataset` gives it, of `n` rows.

    Returns
    -------
    dict
        ``rows``, ``columns``, ``column_names``, ``data_types``, ``missing_values``,
        ``numeric_columns``, ``categorical_columns``, ``datetime_columns``, ``date_column`` with
        its ``time`` (first, last, step, gaps, duplicates, ordered), ``duplicate_rows``,
        ``statistics`` and ``shapes`` a column, ``sample`` of the first rows, and ``warnings`` in
        words.
    """
    kinds = {name: kind_of(dtype) for name, dtype in frame.schema.items()}
    missing = dict(zip(frame.columns, frame.null_count().row(0), strict=True))
    date = date_column(frame)
    time = None if date is None else _time_facts(frame[date])
    duplicates = frame.height - frame.n_unique()
    statistics = {column.name: _statistics(column) for column in frame.iter_columns()}
    return {
        "rows": frame.height,
        "columns": frame.width,
        "column_names": frame.columns,
        "data_types": kinds,
        "missing_values": missing,
        "numeric_columns": [name for name, kind in kinds.items() if kind in {"integer", "number"}],
        "categorical_columns": [
            name for name, kind in kinds.items() if kind in {"text", "boolean"}
        ],
        "datetime_columns": [name for name, kind in kinds.items() if kind == "datetime"],
        "date_column": date,
        "time": None if time is None else time.told(),
        "duplicate_rows": duplicates,
        "statistics": statistics,
        "shapes": {column.name: shape_of(column) for column in frame.iter_columns()},
        "sample": [_told_row(row) for row in frame.head(SAMPLE_ROWS).iter_rows(named=True)],
        "warnings": _warnings(frame, missing, statistics, (date, time), duplicates),
    }


def kind_of(dtype: pl.DataType) -> str:
    """Return "integer", "number", "boolean", "datetime" or "text"."""
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    return next((kind for known, kind in _KINDS.items() if dtype == known), "text")


def date_column(frame: pl.DataFrame) -> str | None:
    """Return the column of moments: the one named as a time, else the first; None without one."""
    moments = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    named = [name for wanted in TIME_NAMES for name in moments if name.lower() == wanted]
    return next(iter(named + moments), None)


@dataclass(frozen=True, slots=True)
class _TimeFacts:
    first_us: int
    last_us: int
    step_s: float | None
    gaps: int
    duplicates: int
    ordered: bool

    def told(self) -> dict[str, Any]:
        return {
            "first": _iso(self.first_us),
            "last": _iso(self.last_us),
            "step_s": self.step_s,
            "gaps": self.gaps,
            "duplicates": self.duplicates,
            "ordered": self.ordered,
        }


def _time_facts(column: pl.Series) -> _TimeFacts | None:
    times: Times = column.drop_nulls().cast(pl.Int64).to_numpy()
    if not len(times):
        return None
    ordered = bool((np.diff(times) >= 0).all())
    steps = np.diff(np.sort(times))
    duplicates = int((steps == 0).sum())
    steps = steps[steps > 0]
    step = float(np.median(steps)) if len(steps) else 0.0
    return _TimeFacts(
        int(times.min()),
        int(times.max()),
        step / 1e6 if step else None,
        int(np.count_nonzero(steps.astype(np.float64) > _GAP * step)),
        duplicates,
        ordered,
    )


def _statistics(column: pl.Series) -> dict[str, Any]:
    kind = kind_of(column.dtype)
    if kind in {"integer", "number"}:
        finite = column.cast(pl.Float64)
        finite = finite.filter(finite.is_finite())
        names = ("min", "median", "max", "mean", "std")
        told = {name: _number(getattr(finite, name)()) for name in names}
        return {**told, "unique": column.n_unique()}
    if kind == "datetime":
        return {"min": _told(column.min()), "max": _told(column.max()), "unique": column.n_unique()}
    counts = column.drop_nulls().value_counts(sort=True).head(1)
    top = None if counts.is_empty() else str(counts.row(0)[0])[:200]
    return {"unique": column.n_unique(), "most_common": top}


def _warnings(
    frame: pl.DataFrame,
    missing: dict[str, int],
    statistics: dict[str, dict[str, Any]],
    dates: tuple[str | None, _TimeFacts | None],
    duplicates: int,
) -> list[str]:
    n = frame.height
    date, time = dates
    told = []
    if n < _FEW_ROWS:
        told.append(f"It has {n} row{'' if n == 1 else 's'}; a model learns little from so few.")
    if not any(dtype.is_numeric() for dtype in frame.dtypes):
        told.append("No column holds numbers; at least one is needed to train on.")
    for name, count in missing.items():
        if _MUCH_MISSING * n < count < n:
            told.append(f"Column {name!r}: {count:,} of {n:,} values are missing.")
    for name, facts in statistics.items():
        if facts["unique"] == 1 and n > 1 and missing[name] == 0:
            told.append(f"Column {name!r} is the same in every row and teaches nothing.")
    if duplicates:
        told.append(f"{duplicates:,} rows are copies of others.")
    if time is not None and date is not None:
        told += _time_warnings(date, time)
    return told


def _time_warnings(date: str, time: _TimeFacts) -> list[str]:
    told = []
    if not time.ordered:
        told.append(f"Column {date!r} is not in order of time; rows are sorted for training.")
    if time.duplicates:
        told.append(f"Column {date!r}: {time.duplicates:,} times occur more than once.")
    if time.gaps:
        gaps = "a gap" if time.gaps == 1 else f"{time.gaps:,} gaps"
        told.append(f"Column {date!r} has {gaps}; its step is {time.step_s:g} s.")
    return told


def _told_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _told(value) for name, value in row.items()}


def _told(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _number(value)
    return value.isoformat().replace("+00:00", "Z")


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _iso(us: int) -> str:
    return str(_told(pl.Series([us]).cast(pl.Datetime("us", "UTC"))[0]))
