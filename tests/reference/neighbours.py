"""Slow twins of the neighbour, ellipse, tree and look-back kernels, row by row."""

from __future__ import annotations

import math

from standout.types import Batch, Point, Values


def nearest(rows: Batch, x: Point, k: int, left_out: int) -> tuple[list[float], list[int]]:
    """Distances and places of the nearest rows; the lower place first where they tie."""
    ranked = sorted(
        (math.dist(row, x), place) for place, row in enumerate(rows) if place != left_out
    )[:k]
    return [distance for distance, _ in ranked], [place for _, place in ranked]


def nearest_of_groups(rows: Batch, size: int, x: Point, least: float) -> list[float]:
    """Distance to the nearest of each group that is not the row itself; 0 for none."""
    groups = [rows[start : start + size] for start in range(0, len(rows), size)]
    found = []
    for group in groups:
        away = [math.dist(row, x) for row in group]
        found.append(min((d for d in away if d * d >= least), default=0.0))
    return found


def local_outlier_factor(rows: Batch, x: Point, k: int) -> float:
    """The factor of a new row, by the paper's definitions."""
    reach = [nearest(rows, row, k, i)[0][-1] for i, row in enumerate(rows)]

    def density(point: Point, left_out: int) -> float:
        distance, place = nearest(rows, point, k, left_out)
        far = [max(d, reach[p]) for d, p in zip(distance, place, strict=True)]
        return 1 / (sum(far) / len(far) + 1e-10)

    _, around = nearest(rows, x, k, -1)
    return sum(density(rows[p], p) for p in around) / len(around) / density(x, -1)


def look_back(values: Values, row: int, window: int) -> tuple[float, float, float]:
    """Mean, standard deviation and z-score of a row against the rows before it."""
    before = [v for v in values[max(row - window, 0) : row] if not math.isnan(v)]
    if not before:
        return math.nan, math.nan, math.nan
    mean = math.fsum(before) / len(before)
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in before) / len(before))
    away = values[row] - mean
    if math.isnan(away):
        return mean, deviation, math.nan
    if abs(away) >= 10 * deviation:
        return mean, deviation, 0.0 if away == 0 else math.copysign(10, away)
    return mean, deviation, away / deviation
