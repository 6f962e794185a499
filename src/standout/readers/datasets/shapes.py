"""The shapes of columns, small enough for a profile: histograms, strips, and the usual texts."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from standout.types import Values

BINS: Final = 24
PARTS: Final = 60
_TEXTS: Final = 6
_LONGEST: Final = 80
_DIGITS: Final = 6


def shape_of(column: pl.Series) -> dict[str, Any]:
    """Return what a picture of a column needs, as JSON; empty for times and where nothing is.

    Returns
    -------
    dict
        For numbers ``histogram``, finite values in 24 bins of equal width from the lowest to the
        highest, and ``strip``, lowest and highest of each of up to 60 parts of the rows in their
        order (null where a part has none). For texts and truth values ``common``, up to six
        pairs of a value and how often it is there, the most usual first, equal ones by value.
    """
    if column.dtype.is_numeric():
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        values = np.where(np.isfinite(values), values, np.nan)
        if np.isnan(values).all():
            return {}
        return {"histogram": _histogram(values), "strip": _strip(values)}
    if isinstance(column.dtype, pl.Datetime):
        return {}
    counts = column.drop_nulls().cast(pl.String).rename("value").value_counts()
    counts = counts.sort(["count", "value"], descending=[True, False]).head(_TEXTS)
    return {"common": [[value[:_LONGEST], count] for value, count in counts.iter_rows()]}


def _histogram(values: Values) -> list[int]:
    known = values[~np.isnan(values)]
    known = known / (np.abs(known).max() or 1.0)  # a range might be infinite
    low, high = float(known.min()), float(known.max())
    width = (high - low) / BINS
    if not width > 0:
        return [len(known)]
    bins = np.clip(((known - low) / width).astype(np.int64), 0, BINS - 1)
    found: list[int] = np.bincount(bins, minlength=BINS).tolist()
    return found


def _strip(values: Values) -> list[list[float | None]]:
    edges = np.linspace(0, len(values), min(PARTS, len(values)), endpoint=False).astype(np.int64)
    low = np.minimum.reduceat(np.where(np.isnan(values), np.inf, values), edges)
    high = np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), edges)
    return [[_short(part) for part in side.tolist()] for side in (low, high)]


def _short(x: float) -> float | None:
    return None if np.isinf(x) else float(f"{x:.{_DIGITS}g}")
