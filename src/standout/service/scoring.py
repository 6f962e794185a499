"""Scoring a finite series in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from standout.detectors import registry
from standout.detectors.thresholds import label
from standout.errors import InvalidInput
from standout.types import Scores, Values, VoteBits


@dataclass(frozen=True, slots=True)
class Detection:
    """Verdicts on a series, one for each of its ``n`` values, in the order in which they came.

    Parameters
    ----------
    score
        In [0, 1]; nan while warming up and for a missing value.
    anomaly
        1 where the score is at least 0.6, 0 below, nan where there is none.
    expected, lower, upper
        The value and the range that were expected before the value was seen.
    votes
        One bit a voter, from the lowest: z-score, IQR, EWMA, moving average, isolation forest.
    """

    score: Scores
    anomaly: Values
    expected: Values
    lower: Values
    upper: Values
    votes: VoteBits


def detect(
    values: ArrayLike | Sequence[float | None],
    timestamps: ArrayLike | None = None,
    *,
    detector: str = registry.DEFAULT,
    window: int = 100,
) -> Detection:
    """Find what stands out in a series.

    Parameters
    ----------
    values
        Shape ``(n,)``; nan, None or an infinite number is a missing value.
    timestamps
        Shape ``(n,)``, anything that sorts. The values are taken in the order of time, ties in
        the order in which they came; without it, in the order in which they came.
    detector
        Name of a detector.
    window
        Values that the detector looks back on, 10 to 10,000.

    Returns
    -------
    Detection
        Aligned with `values`.

    Raises
    ------
    InvalidInput
        Values that are no numbers, or timestamps of another length.
    UnknownDetector, InvalidParameter
        No such detector, or a window out of its range.

    Notes
    -----
    About 0.3 microseconds a value with the vote.

    Examples
    --------
    >>> found = detect([1.0, 2.0] * 30 + [50.0])
    >>> np.flatnonzero(found.anomaly == 1)
    array([60])
    """
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"Values must be numbers or None: {error}."
        raise InvalidInput(msg) from None
    if column.ndim != 1:
        msg = f"Values must be one list of numbers, got {column.ndim} dimensions."
        raise InvalidInput(msg)
    order = _order(timestamps, len(column))
    judge = registry.detector(detector, {"window": window})
    verdicts = judge.judge_learn_many(column[order].reshape(-1, 1))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Detection(
        score=verdicts.score[back],
        anomaly=label(verdicts.score)[back],
        expected=verdicts.expected[back],
        lower=verdicts.lower[back],
        upper=verdicts.upper[back],
        votes=verdicts.votes[back],
    )


def _order(timestamps: ArrayLike | None, n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    if timestamps is None:
        return np.arange(n)
    times = np.asarray(timestamps)
    if times.shape != (n,):
        msg = f"There must be one timestamp for each of {n} values, got shape {times.shape}."
        raise InvalidInput(msg)
    return np.argsort(times, kind="stable")
