"""Scoring a finite series in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from standout.detectors import registry
from standout.detectors.series import registry as series
from standout.detectors.thresholds import label
from standout.errors import InvalidInput, InvalidParameter, UnknownDetector
from standout.types import Batch, Counts, Scores, Values, VoteBits

WINDOW = 100
"""Values that a stream's detector looks back on where nothing else is asked for."""

_TABLE = 2


@dataclass(frozen=True, slots=True)
class Detection:
    """Verdicts on a series, one for each of its ``n`` rows, in the order in which they came.

    Parameters
    ----------
    score
        In [0, 1]; nan while warming up and for a missing value.
    anomaly
        1 where the score is at least 0.6, 0 below, nan where there is none.
    expected, lower, upper
        The value and the range that were expected: by a stream's detector before the value was
        seen, by one of whole series from all others. Of several channels, that of `channel`.
    votes
        One bit a voter, from the lowest, for a stream's detector (for the vote: z-score, IQR,
        EWMA, moving average, isolation forest); 0 for one of whole series.
    channel
        The channel that stands out most in each row, -1 where there is no score.
    dropped
        Channels that were left out.
    detector
        Who judged.
    """

    score: Scores
    anomaly: Values
    expected: Values
    lower: Values
    upper: Values
    votes: VoteBits
    channel: Counts = field(default_factory=lambda: np.empty(0, np.int64))
    dropped: tuple[int, ...] = ()
    detector: str = registry.DEFAULT


def names() -> list[str]:
    """Return the names of all that can judge a series: of whole series first, then of streams."""
    return [*series.names(), *registry.names()]


def detect(
    values: ArrayLike | Sequence[float | None],
    timestamps: ArrayLike | None = None,
    *,
    detector: str | None = None,
    window: int | None = None,
    params: Mapping[str, Any] | None = None,
) -> Detection:
    """Find what stands out in a series.

    Parameters
    ----------
    values
        Shape ``(n,)``, or ``(n, d)`` for several channels, which only detectors of whole series
        take; nan, None or an infinite number is a missing value.
    timestamps
        Shape ``(n,)``, anything that sorts. The rows are taken in the order of time, ties in the
        order in which they came; without it, in the order in which they came.
    detector
        Name of a detector: `auto` or another of whole series, which judges each row with all
        others at hand, or one of streams, such as `vote`, which judges it by those before it.
        None is `auto`, or with a window, which only those of streams have, `vote`.
    window
        Values that a detector of streams looks back on, 10 to 10,000; None is 100.
    params
        What else the detector takes, by name.

    Returns
    -------
    Detection
        Aligned with `values`.

    Raises
    ------
    InvalidInput
        Values that are no numbers, or timestamps of another length.
    UnknownDetector, InvalidParameter
        No such detector, or a parameter that it has not or that is out of its range.

    Notes
    -----
    About 36 microseconds a row with `auto`, 0.3 with the vote. The interpreter's lock is let go
    for nearly all of it, so a server may call it in a thread.

    Examples
    --------
    >>> found = detect([1.0, 2.0] * 30 + [50.0])
    >>> np.flatnonzero(found.anomaly == 1)
    array([60])
    """
    X = _table(values)
    order = _order(timestamps, len(X))
    name = detector or (series.DEFAULT if window is None else registry.DEFAULT)
    if name in series.names():
        found = _whole(name, X[order], window, params or {})
    else:
        found = _stream(name, X[order], WINDOW if window is None else window, params or {})
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Detection(
        score=found.score[back],
        anomaly=found.anomaly[back],
        expected=found.expected[back],
        lower=found.lower[back],
        upper=found.upper[back],
        votes=found.votes[back],
        channel=found.channel[back],
        dropped=found.dropped,
        detector=name,
    )


def _whole(name: str, X: Batch, window: int | None, params: Mapping[str, Any]) -> Detection:
    if window is not None:
        asked = f"{name} judges the whole series and has no window, got window {window}"
        msg = f"{asked}. Leave it out, or name a detector of streams: {_listed(registry.names())}."
        raise InvalidParameter(msg)
    verdicts = series.detector(name, params).judge(X)
    rows, worst = np.arange(len(X)), np.maximum(verdicts.channel, 0)
    return Detection(
        score=verdicts.score,
        anomaly=label(verdicts.score),
        expected=verdicts.expected[rows, worst],
        lower=verdicts.lower[rows, worst],
        upper=verdicts.upper[rows, worst],
        votes=np.zeros(len(X), np.uint8),
        channel=verdicts.channel,
        dropped=verdicts.dropped,
    )


def _stream(name: str, X: Batch, window: int, params: Mapping[str, Any]) -> Detection:
    if name not in registry.names():
        msg = f"No detector is called {name!r}. There are: {_listed(names())}."
        raise UnknownDetector(msg)
    if X.shape[1] != 1:
        asked = f"{name} judges one channel, got {X.shape[1]}"
        raise InvalidInput(f"{asked}. For several there are: {_listed(series.names())}.")
    verdicts = registry.detector(name, {"window": window, **params}).judge_learn_many(X)
    return Detection(
        score=verdicts.score,
        anomaly=label(verdicts.score),
        expected=verdicts.expected,
        lower=verdicts.lower,
        upper=verdicts.upper,
        votes=verdicts.votes,
        channel=np.where(np.isnan(verdicts.score), -1, 0),
    )


def _table(values: ArrayLike | Sequence[float | None]) -> Batch:
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    if (kind := getattr(values, "dtype", None)) is not None and _is_time(kind):
        raise InvalidInput(f"Values must be numbers or None: got {kind}.")
    try:
        table = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        msg = f"Values must be numbers or None: {error}."
        raise InvalidInput(msg) from None
    if table.ndim == 1:
        return table.reshape(-1, 1)
    if table.ndim != _TABLE or table.shape[1] == 0:
        wanted = "Values must be one list of numbers, or a list of rows of one length over 0"
        raise InvalidInput(f"{wanted}, got shape {table.shape}.")
    return table


def _is_time(kind: object) -> bool:
    """Tell whether an array holds times or spans of time, which are numbers to numpy alone."""
    return getattr(kind, "kind", "") in {"m", "M"} or getattr(kind, "is_temporal", bool)()


def _order(timestamps: ArrayLike | None, n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    if timestamps is None:
        return np.arange(n)
    times = np.asarray(timestamps)
    if times.shape != (n,):
        msg = f"There must be one timestamp for each of {n} values, got shape {times.shape}."
        raise InvalidInput(msg)
    return np.argsort(times, kind="stable")


def _listed(known: Sequence[str]) -> str:
    return ", ".join(known)
