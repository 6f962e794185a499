"""Count, mean and scatter in exact fractions, and a Mahalanobis distance by elimination."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt


def sums(rows: list[list[float]]) -> tuple[list[Fraction], list[list[Fraction]]]:
    """Return mean and scatter matrix, without rounding."""
    exact = [[Fraction(x) for x in row] for row in rows]
    n, d = len(exact), len(exact[0])
    mean = [sum((row[j] for row in exact), Fraction(0)) / n for j in range(d)]
    centred = [[x - m for x, m in zip(row, mean, strict=True)] for row in exact]
    scatter = [
        [sum((row[i] * row[j] for row in centred), Fraction(0)) for j in range(d)] for i in range(d)
    ]
    return mean, scatter


def distance(rows: list[list[float]], x: list[float]) -> float | None:
    """Return the Mahalanobis distance of `x`; None where the covariance has no inverse."""
    mean, scatter = sums(rows)
    n, d = len(rows), len(mean)
    away = [Fraction(v) - m for v, m in zip(x, mean, strict=True)]
    # Gauss and Jordan on the covariance beside the deviation.
    table = [[s / (n - 1) for s in scatter[i]] + [away[i]] for i in range(d)]
    for i in range(d):
        pivot = next((r for r in range(i, d) if table[r][i]), None)
        if pivot is None:
            return None
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [v / table[i][i] for v in table[i]]
        for r in range(d):
            if r != i:
                factor = table[r][i]
                table[r] = [a - factor * b for a, b in zip(table[r], table[i], strict=True)]
    return sqrt(sum((a * table[i][d] for i, a in enumerate(away)), Fraction(0)))
