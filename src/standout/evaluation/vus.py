"""Volume under the precision-recall surface (VUS-PR): ranking that forgives a near miss."""

from __future__ import annotations

import numpy as np

from standout.evaluation.ranking import silent_as_zero
from standout.evaluation.segments import segments
from standout.kernels.volume import volume
from standout.types import Mask, Scores, Values

THRESHOLDS = 250
NO_PERIOD = 125
"""Widest buffer for a series without a period."""

_SHORTEST = 3
_LONGEST = 400
_ROWS = 20_000
_LATEST_PEAK = 300
"""Peaks further beyond the shortest lag than this are taken for no period, as published."""


def vus_pr(labels: Mask, scores: Scores, width: int) -> float:
    """Return the mean area under the precision-recall curve over buffers of all widths.

    Parameters
    ----------
    labels
        True where a row is anomalous; shape ``(n,)``.
    scores
        Higher is more anomalous; nan counts as 0; shape ``(n,)``.
    width
        Widest buffer, in rows: half of it lies on each side of a labelled segment.

    Returns
    -------
    float
        In [0, 1]; nan where no row is anomalous.

    Notes
    -----
    For each width rows near a segment are anomalous in part, by the square root of what is left
    of the width. The thresholds are the scores at 250 evenly spaced ranks. Recall counts half of
    the buffered mass that was found as wanted, and is scaled by the share of segments hit.
    A million rows with 200 segments take about a second.

    References
    ----------
    .. [1] J. Paparrizos et al., "Volume Under the Surface: A New Accuracy Evaluation Measure for
       Time-Series Anomaly Detection", VLDB 2022.
    .. [2] Q. Liu, J. Paparrizos, "The Elephant in the Room: Towards A Reliable Time-Series
       Anomaly Detection Benchmark", NeurIPS 2024.
    """
    if not labels.any():
        return float("nan")
    known = silent_as_zero(scores)
    ordered = np.sort(known)
    ranks = np.linspace(0, len(known) - 1, THRESHOLDS).astype(np.int64)
    thresholds = ordered[::-1][ranks]
    flagged = len(known) - np.searchsorted(ordered, thresholds, side="left")
    level = THRESHOLDS - np.searchsorted(thresholds[::-1], known, side="right")
    stretches = segments(labels)
    first, last = stretches[:, 0].copy(), stretches[:, 1] - 1
    curves = np.empty(width + 1)
    volume(first, last, level, flagged, width, curves)
    return float(curves.mean())


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
