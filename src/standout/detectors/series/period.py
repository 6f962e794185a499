"""The period of a series."""

from __future__ import annotations

import numpy as np

from standout.types import Values

NO_PERIOD = 125
"""Taken for the period of a series that has none."""

_SHORTEST = 3
_LONGEST = 400
_ROWS = 20_000
_LATEST_PEAK = 300
"""Peaks further beyond the shortest lag than this are taken for no period, as published."""


def dominant_period(values: Values) -> int:
    """Return the lag of the highest peak of the autocorrelation, or 125 where there is none.

    Parameters
    ----------
    values
        Shape ``(n,)``; missing ones count as the mean. The first 20,000 are looked at.

    Notes
    -----
    Lags from 6 to 303 rows can be found, as in TSB-AD: this is the width of the buffer there.
    """
    known = values[:_ROWS]
    centred = np.nan_to_num(known - np.nanmean(known)) if len(known) else known
    size = 1 << (2 * len(centred)).bit_length()
    spectrum = np.fft.rfft(centred, size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, size)[_SHORTEST : _LONGEST + 1]
    correlation = correlation[: max(len(centred) - _SHORTEST, 0)]
    inner = correlation[1:-1]
    peaks = np.flatnonzero((inner > correlation[:-2]) & (inner > correlation[2:])) + 1
    if not len(peaks):
        return NO_PERIOD
    peak = int(peaks[np.argmax(correlation[peaks])])
    return peak + _SHORTEST if _SHORTEST <= peak <= _LATEST_PEAK else NO_PERIOD
