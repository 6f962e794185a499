"""What came before a row: lags, a rolling window, and times that go on."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel
from standout.types import Batch, Counts, Times, Values

MISSING_TIME = np.iinfo(np.int64).min
"""What stands for a time that is not known."""

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

MOST_DEVIATIONS = 10.0
"""Where z-scores end: a flat window would make any change infinite."""


@kernel
def look_back(values: Values, past: int, lags: Counts, window: int, out: Batch) -> None:
    """Write lags, rolling mean, rolling standard deviation and z-score of each row.

    Parameters
    ----------
    values
        What came before, then the rows; nan is missing; shape ``(past + n,)``.
    past
        How many came before.
    lags
        How many rows back, ascending; shape ``(l,)``.
    window
        Rows of the rolling window, which ends before the row itself: a value that stands out
        would otherwise widen the very range that it is held against.
    out
        Filled, shape ``(n, l + 3)``; nan where nothing is there to tell it from.

    Notes
    -----
    The z-score is 0 where the value equals the mean, and at most 10 in size. Shifting or scaling
    by powers of two changes none. O(n window) time: summed afresh, so that a row depends on its
    own past only, to the bit.
    """
    shown = len(lags)
    for row in range(len(values) - past):
        now = past + row
        for k in range(shown):
            back = now - lags[k]
            out[row, k] = values[back] if back >= 0 else np.nan
        count = 0
        total = 0.0
        first = np.nan
        for i in range(max(now - window, 0), now):
            if not np.isnan(values[i]):
                if count == 0:
                    first = values[i]
                count += 1
                total += values[i] - first
        if count == 0:
            out[row, shown:] = np.nan
            continue
        shift = total / count
        squares = 0.0
        for i in range(max(now - window, 0), now):
            if not np.isnan(values[i]):
                squares += (values[i] - first - shift) ** 2
        deviation = np.sqrt(squares / count)
        away = values[now] - first - shift
        out[row, shown] = first + shift
        out[row, shown + 1] = deviation
        if np.isnan(away):
            out[row, shown + 2] = np.nan
        elif away == 0.0:
            out[row, shown + 2] = 0.0
        elif abs(away) >= MOST_DEVIATIONS * deviation:
            out[row, shown + 2] = MOST_DEVIATIONS if away > 0 else -MOST_DEVIATIONS
        else:
            out[row, shown + 2] = away / deviation


@kernel
def calendar(times: Times, out: Batch) -> None:
    """Write hour, day of the week and month of each time.

    Parameters
    ----------
    times
        Microseconds since 1970 UTC, shape ``(n,)``.
    out
        Filled with the hour (0 to 23), the day (Monday is 0) and the month (1 to 12); ``(n, 3)``.

    References
    ----------
    .. [1] H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so
       that the leap day is their last, and the months' lengths follow one line.
    """
    for i in range(len(times)):
        days = times[i] // DAY_US
        out[i, 0] = (times[i] - days * DAY_US) // HOUR_US
        out[i, 1] = (days + 3) % 7
        # Days of an era of 400 years, which begins on 1 March.
        day = (days + 719_468) % 146_097
        year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
        day_of_year = day - (365 * year + year // 4 - year // 100)
        month = (5 * day_of_year + 2) // 153
        out[i, 2] = month + 3 if month < 10 else month - 9


@kernel
def go_on(times: Times, last: int, step: int) -> None:
    """Put one step after the time before it in place of each missing time; in place.

    Parameters
    ----------
    times
        Microseconds; shape ``(n,)``.
    last
        The time before the first.
    step
        Microseconds from one row to the next.
    """
    for i in range(len(times)):
        if times[i] == MISSING_TIME:
            times[i] = last + step
        last = times[i]
