"""Summaries of runs of rows: what a chart needs of rows that are narrower than a pixel.

A summary is one element of an array of the type `SUMMARY`: the times of its first and last row,
how many rows and anomalies it has, and the extremes of its columns. It merges with its neighbours
and loses no spike.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from standout.domain.records import Observations
from standout.store.rows import ANOMALY_SCORE
from standout.types import Counts

SUMMARY: Final = np.dtype(
    [
        ("first_us", "<i8"),
        ("last_us", "<i8"),
        ("count", "<u4"),
        ("anomalies", "<u4"),
        ("min", "<f8"),
        ("max", "<f8"),
        ("peak", "<f8"),
        ("lower", "<f8"),
        ("upper", "<f8"),
    ]
)
"""One run of rows, 64 bytes; an extreme is nan where no row has a number."""

Summaries: TypeAlias = NDArray[Any]
"""Summaries in the order of their times: shape ``(n,)`` of `SUMMARY`; they do not overlap."""

RUNS_A_BLOCK: Final = 16
"""Runs that a block of the usual size is cut into: of 64 rows."""

_MERGE: Final = {
    "last_us": np.maximum,
    "count": np.add,
    "anomalies": np.add,
    "min": np.fmin,
    "max": np.fmax,
    "peak": np.fmax,
    "lower": np.fmin,
    "upper": np.fmax,
}


def none() -> Summaries:
    """Return no summary."""
    return np.empty(0, SUMMARY)


def of_rows(rows: Observations) -> Summaries:
    """Return a summary of each row; the rows ascend by time."""
    found = np.empty(len(rows), SUMMARY)
    found["first_us"] = found["last_us"] = rows.time_us
    found["count"] = 1
    found["anomalies"] = rows.score >= ANOMALY_SCORE
    found["min"] = found["max"] = rows.value
    found["peak"] = rows.score
    found["lower"] = rows.lower
    found["upper"] = rows.upper
    return found


def merged(parts: Summaries, starts: Counts) -> Summaries:
    """Merge neighbours: one summary for the parts from each start up to the next."""
    found = np.empty(len(starts), SUMMARY)
    if not len(starts):  # which a ufunc does not take
        return found
    found["first_us"] = parts["first_us"][starts]
    for name, merge in _MERGE.items():
        found[name] = merge.reduceat(parts[name], starts)
    return found


def runs(rows: Observations, *, length: int) -> Summaries:
    """Return a summary of every `length` rows."""
    return merged(of_rows(rows), np.arange(0, len(rows), length))


def whole(parts: Summaries) -> Summaries:
    """Return the one summary of all parts, of which there is at least one."""
    return merged(parts, np.zeros(1, np.int64))


def to_bytes(parts: Summaries) -> bytes:
    """Return summaries as bytes."""
    return parts.tobytes()


def from_bytes(data: bytes) -> Summaries:
    """Return summaries from their bytes; those of many may be joined."""
    return np.frombuffer(data, SUMMARY)
