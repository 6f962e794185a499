"""Slow twin of `standout.evaluation.vus`: every width, threshold and row, in plain loops."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.reference.ranking import known

THRESHOLDS = 250


def stretches(labels: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last row of each labelled stretch."""
    found: list[tuple[int, int]] = []
    for row, label in enumerate(labels):
        if label and found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        elif label:
            found.append((row, row))
    return found


def soft_labels(labels: Sequence[bool], width: int) -> list[float]:
    soft = [float(label) for label in labels]
    for first, last in stretches(labels):
        for d in range(1, width // 2 + 1):
            for row in (first - d, last + d):
                if 0 <= row < len(soft):
                    soft[row] += math.sqrt(1 - d / width)
    return [min(1.0, mass) for mass in soft]


def zones(labels: Sequence[bool], width: int) -> list[set[int]]:
    """Rows of each stretch with its buffer; those that share a row are one."""
    half = width // 2
    found: list[set[int]] = []
    for first, last in stretches(labels):
        zone = set(range(max(first - half, 0), min(last + half, len(labels) - 1) + 1))
        if found and found[-1] & zone:
            found[-1] |= zone
        else:
            found.append(zone)
    return found


def area(labels: Sequence[bool], scores: Sequence[float], width: int) -> float:
    ordered = sorted(scores, reverse=True)
    soft = soft_labels(labels, width)
    regions = zones(labels, width)
    total = before = 0.0
    for j in range(THRESHOLDS):
        threshold = ordered[int(j * (len(scores) - 1) / (THRESHOLDS - 1))]
        flagged = {row for row, score in enumerate(scores) if score >= threshold}
        found = sum(soft[row] for row in flagged)
        buffered = sum(soft[row] for row in flagged if not labels[row])
        wanted = (sum(labels) + (sum(labels) + buffered)) / 2
        hit = sum(bool(zone & flagged) for zone in regions)
        recall = min(found / wanted, 1.0) * hit / len(regions)
        total += (recall - before) * found / len(flagged)
        before = recall
    return total


def vus_pr(labels: Sequence[bool], scores: Sequence[float], width: int) -> float:
    if not any(labels):
        return math.nan
    areas = [area(labels, known(scores), w) for w in range(width + 1)]
    return sum(areas) / len(areas)


def dominant_period(values: Sequence[float]) -> int:
    finite = [value for value in values if not math.isnan(value)]
    mean = sum(finite) / len(finite)
    x = [0.0 if math.isnan(value) else value - mean for value in values]
    lags = range(3, min(400, len(x) - 1) + 1)
    r = [sum(a * b for a, b in zip(x, x[lag:], strict=False)) for lag in lags]
    peaks = [i for i in range(1, len(r) - 1) if r[i - 1] < r[i] > r[i + 1]]
    if not peaks:
        return 125
    best = max(peaks, key=lambda i: r[i])
    return best + 3 if 3 <= best <= 300 else 125
