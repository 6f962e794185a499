"""Slow twin of `standout.evaluation.nab`: the rules row by row, at every threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.reference.ranking import known

Stream = tuple[Sequence[float], Sequence[tuple[int, int]]]
"""Scores, and windows as first row and row after the last."""


def sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


def false_cost(row: int, windows: Sequence[tuple[int, int]]) -> float:
    before = [window for window in windows if window[1] <= row]
    if not before:
        return 1.0
    start, end = before[-1]
    distance, length = row - (end - 1), end - start - 1
    return 1.0 if distance >= 3 * length else -sigmoid(distance / length)


def raw_score(streams: Sequence[Stream], threshold: float, fp: float, fn: float) -> float:
    total = 0.0
    for scores, windows in streams:
        probation = min(math.floor(0.15 * len(scores)), 750)
        flagged = {
            row
            for row, score in enumerate(known(scores))
            if row >= probation and score >= threshold
        }
        inside = {row for start, end in windows for row in range(start, end)}
        total -= sum(fp * false_cost(row, windows) for row in flagged - inside)
        for start, end in windows:
            hits = [row for row in range(start, end) if row in flagged]
            earned = [sigmoid((row - end) / (end - start)) / sigmoid(-1) for row in hits]
            total += max(earned, default=-fn)
    return total


def final_score(streams: Sequence[Stream], threshold: float, fp: float, fn: float) -> float:
    windows = sum(len(stream[1]) for stream in streams)
    raw = raw_score(streams, threshold, fp, fn)
    return 100 * (raw + fn * windows) / (windows + fn * windows)


def best_score(streams: Sequence[Stream], fp: float, fn: float) -> float:
    thresholds = {score for scores, _ in streams for score in known(scores)} | {math.inf}
    return max(final_score(streams, threshold, fp, fn) for threshold in thresholds)
