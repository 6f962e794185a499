"""Rows in order of their times."""

from __future__ import annotations

import numpy as np

from standout.kernels.sequences import MISSING_TIME, go_on
from standout.types import Counts, Times


def by_time(times: Times) -> Counts | None:
    """Return the order of rows by time, stable, or None where they are in it.

    Parameters
    ----------
    times
        Microseconds, shape ``(n,)``; a row without one stays behind the row before it.
    """
    times = times.copy()
    go_on(times, first_known(times), 0)
    return None if (np.diff(times) >= 0).all() else np.argsort(times, kind="stable")


def first_known(times: Times) -> int:
    """Return the first time that is not missing; 0 without one."""
    known = times[times != MISSING_TIME]
    return int(known[0]) if len(known) else 0
