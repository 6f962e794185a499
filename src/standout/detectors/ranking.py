"""How well scores rank anomalous rows above the others, whatever the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.types import Counts, Mask, Scores


def silent_as_zero(scores: Scores) -> Scores:
    """Return the scores with 0 where there was no opinion, so that warm-up earns nothing."""
    return np.nan_to_num(scores, nan=0.0)


@dataclass(frozen=True, slots=True)
class _Thresholds:
    """Flagged rows at each distinct score, from the highest down; rows that tie stay together."""

    anomalous: Counts
    flagged: Counts


def _thresholds(labels: Mask, scores: Scores) -> _Thresholds:
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    return _Thresholds(np.cumsum(labels[order])[last], last + 1)


def average_precision(labels: Mask, scores: Scores) -> float:
    """Return the mean precision over the anomalous rows, each at its own score.

    Parameters
    ----------
    labels
        True where a row is anomalous; shape ``(n,)``.
    scores
        Higher is more anomalous; nan counts as 0; shape ``(n,)``.

    Returns
    -------
    float
        In (0, 1]; what a coin would get is the share of anomalous rows. nan where no row is
        anomalous.

    Examples
    --------
    >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.1]))
    0.8333333333333333
    """
    if not labels.any():
        return float("nan")
    at = _thresholds(labels, silent_as_zero(scores))
    gained = np.diff(at.anomalous, prepend=0)
    return float((gained * (at.anomalous / at.flagged)).sum() / at.anomalous[-1])


def auroc(labels: Mask, scores: Scores) -> float:
    """Return how often an anomalous row scores above a normal one; a tie counts half.

    Parameters
    ----------
    labels
        True where a row is anomalous; shape ``(n,)``.
    scores
        Higher is more anomalous; nan counts as 0; shape ``(n,)``.

    Returns
    -------
    float
        In [0, 1], 0.5 for a coin; nan where all rows are of one kind.

    Examples
    --------
    >>> auroc(np.array([True, False, False]), np.array([0.5, 0.5, 0.1]))
    0.75
    """
    anomalous = int(labels.sum())
    normal = len(labels) - anomalous
    if not (anomalous and normal):
        return float("nan")
    at = _thresholds(labels, silent_as_zero(scores))
    hits = np.concatenate([[0], at.anomalous])
    alarms = np.concatenate([[0], at.flagged - at.anomalous])
    return float((np.diff(alarms) * (hits[1:] + hits[:-1]) / 2).sum() / (anomalous * normal))
