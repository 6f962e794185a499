"""Features of a time: hour, day of the week, month."""

from __future__ import annotations

import numpy as np

from standout.kernels import sequences
from standout.kernels.sequences import DAY_US, MISSING_TIME
from standout.types import Batch, Times

NAMES = ("hour", "day_of_week", "month")


def calendar(times: Times) -> Batch:
    """Return hour (0 to 23), day of the week (Monday is 0) and month (1 to 12) in UTC.

    Parameters
    ----------
    times
        Microseconds since 1970, none missing; shape ``(n,)``.

    Returns
    -------
    Batch
        Shape ``(n, 3)``.

    Examples
    --------
    >>> calendar(np.array([0, 1_753_963_200_000_000]))
    array([[ 0.,  3.,  1.],
           [12.,  3.,  7.]])
    """
    out = np.empty((len(times), 3))
    sequences.calendar(times, out)
    return out


def usual_step(times: Times) -> int:
    """Return the median time from one row to the next, at least 1; a day where none is told."""
    known = np.unique(times[times != MISSING_TIME])
    steps = np.diff(known)
    return max(int(np.median(steps)), 1) if len(steps) else DAY_US
