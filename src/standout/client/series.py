"""Values and timestamps as people have them: numbers, lists, numpy, pandas and polars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from standout.errors import InvalidInput, InvalidTimestamp
from standout.types import Batch, Counts, Values

ValueColumn: TypeAlias = ArrayLike | Sequence[float | None] | pl.Series
"""Numbers; nan, None, NA, a masked or an infinite number is a missing value."""

Moment: TypeAlias = datetime | date | np.datetime64 | str | float
"""A time; without a zone it is in the stream's."""

TimeColumn: TypeAlias = ArrayLike | Sequence[Moment] | Moment | pl.Series
"""Times of one kind: ISO 8601 text, epoch numbers, datetimes, or a column of them."""

SeqColumn: TypeAlias = ArrayLike | pl.Series
"""The sender's own whole numbers, from 0."""

MAX_CHANNELS = 64

_ARROW_UNITS = {"ms", "us", "ns"}


def values_of(values: ValueColumn) -> Values | Batch:
    """Return values as numbers, shape ``(n,)`` or of channels ``(n, d)``; nan is missing.

    Raises
    ------
    InvalidInput
        Something in it is no number, or it has more dimensions or channels than may be.
    """
    column = _numbers(values)
    if column.ndim not in {1, 2} or (column.ndim > 1 and not 1 <= column.shape[1] <= MAX_CHANNELS):
        wanted = f"one column of numbers, or one for each of up to {MAX_CHANNELS} channels"
        raise InvalidInput(f"Values must be {wanted}, got shape {column.shape}.")
    return np.where(np.isinf(column), np.nan, column)


def keys_of(seq: SeqColumn | None, rows: int) -> Counts | None:
    """Return the sender's own numbers, shape ``(n,)``; None for none.

    Raises
    ------
    InvalidInput
        They are no whole numbers from 0, or not one for each row.
    """
    if seq is None:
        return None
    column = np.atleast_1d(np.asarray(seq))
    if column.shape != (rows,):
        raise InvalidInput(f"There must be one seq for each of {rows} values, got {column.shape}.")
    if rows and (column.dtype.kind not in "iu" or int(column.min()) < 0):
        raise InvalidInput("Each seq must be a whole number from 0.")
    if rows and int(column.max()) > np.iinfo(np.int64).max:
        raise InvalidInput("A seq is at most 2**63 - 1.")
    return column.astype(np.int64)


def times_of(timestamps: TimeColumn) -> pl.Series:
    """Return timestamps as a column of numbers, text, dates or datetimes.

    Raises
    ------
    InvalidTimestamp
        They are of several kinds, of no kind that is a time, or one of them is missing.
    """
    column = _times(timestamps)
    kind = column.dtype
    known = kind.is_integer() or kind.is_float() or kind in {pl.String, pl.Date}
    if not (known or isinstance(kind, pl.Datetime)):
        raise InvalidTimestamp(f"Times are text, numbers or datetimes; got a column of {kind}.")
    missing = column.is_null()
    if kind.is_float():
        missing |= column.is_nan().fill_null(value=True)
    if missing.any():
        row = int(missing.arg_max() or 0) + 1
        raise InvalidTimestamp("the timestamp is missing.").at(row)
    return column.alias("timestamp")


def _numbers(values: Any) -> NDArray[Any]:
    if isinstance(values, pl.Series):
        if not (values.dtype.is_numeric() or values.dtype in {pl.Boolean, pl.Null}):
            raise InvalidInput(f"Values must be numbers, got a column of {values.dtype}.")
        return np.asarray(values.cast(pl.Float64).to_numpy())
    if _is_pandas(values) and values.dtype.kind in "iufb":
        return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "iufb":
        return np.atleast_1d(np.ma.filled(values.astype(np.float64), np.nan))
    column = np.atleast_1d(np.asarray(values))
    if column.dtype.kind not in "iufbO" or any(
        isinstance(x, str | bytes) for x in _objects(column)
    ):
        raise InvalidInput(f"Values must be numbers or None, got {column.tolist()[0]!r}.")
    try:
        return column.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"Values must be numbers or None: {error}.") from None


def _objects(column: NDArray[Any]) -> list[Any]:
    return list(column.flat) if column.dtype.kind == "O" else []


def _times(timestamps: Any) -> pl.Series:
    if isinstance(timestamps, pl.Series):
        return timestamps
    if _is_pandas(timestamps):
        if getattr(timestamps.dtype, "tz", None) is not None:
            moments = timestamps.to_numpy(dtype="datetime64[us]")  # in UTC
            return pl.Series(moments).dt.replace_time_zone("UTC")
        return _of_array(timestamps.to_numpy())
    if isinstance(timestamps, np.ndarray):
        return _of_array(timestamps)
    one = isinstance(timestamps, str | date | int | float | np.generic)
    return _of_list([timestamps] if one else list(timestamps))


def _of_array(column: NDArray[Any]) -> pl.Series:
    if column.ndim != 1:
        raise InvalidTimestamp(f"Timestamps must be one column, got shape {column.shape}.")
    if column.dtype.kind == "O":
        return _of_list(column.tolist())
    if column.dtype.kind == "M" and np.datetime_data(column.dtype)[0] not in _ARROW_UNITS:
        column = column.astype("datetime64[us]")
    if column.dtype.kind not in "MiufU":
        raise InvalidTimestamp(f"Times are text, numbers or datetimes; got {column.dtype}.")
    return pl.Series(column)


def _of_list(stamps: list[Any]) -> pl.Series:
    if not stamps:
        return pl.Series(dtype=pl.Int64)
    if all(isinstance(stamp, str) for stamp in stamps):
        return pl.Series(stamps, dtype=pl.String)
    if all(isinstance(stamp, date) for stamp in stamps):
        return _of_moments(stamps)
    for row, stamp in enumerate(stamps, start=1):
        if not isinstance(stamp, int | float | np.number | np.datetime64) or isinstance(
            stamp, bool
        ):
            what = "times of one kind are wanted: text, numbers or datetimes."
            raise InvalidTimestamp(f"got {stamp!r}; {what}").at(row)
    column = np.asarray(stamps)
    if column.dtype.kind == "O":
        raise InvalidTimestamp("Numbers and datetimes, or numbers too large, are no times.")
    return _of_array(column)


def _of_moments(stamps: list[date]) -> pl.Series:
    aware = {isinstance(stamp, datetime) and stamp.tzinfo is not None for stamp in stamps}
    if len(aware) > 1:
        raise InvalidTimestamp("Either all times have a zone or none; got both.")
    if aware == {False}:
        return pl.Series(np.array(stamps, "datetime64[us]"))
    plain = [stamp.astimezone(UTC).replace(tzinfo=None) for stamp in stamps]  # type: ignore[attr-defined]
    return pl.Series(np.array(plain, "datetime64[us]")).dt.replace_time_zone("UTC")


def _is_pandas(column: Any) -> bool:
    # By what it can do, since pandas is not ours to import.
    return hasattr(column, "to_numpy") and hasattr(getattr(column, "dtype", None), "kind")


def stamp_of(moment: Moment) -> int | float | str:
    """Return a time as a frame tells it: a number, or ISO 8601 text."""
    if isinstance(moment, date | np.datetime64):
        return str(moment_text(moment))
    stamp: int | float | str = moment.item() if isinstance(moment, np.generic) else moment
    return stamp


def moment_text(moment: Moment | None) -> str | None:
    """Return a time as the query of a request tells it."""
    if isinstance(moment, date):
        return moment.isoformat()
    return None if moment is None else str(moment)
