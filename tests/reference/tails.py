"""Slow twin of `standout.kernels.gaussian_window`: a list that is summed anew each time."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def tail_scores(values: Sequence[float], window: int, step: int) -> list[float]:
    held: list[float] = []
    buffer: list[float] = []
    scores = []
    for value in values:
        if not held:
            scores.append(0.0)
        else:
            mean = statistics.fmean(held)
            spread = statistics.pstdev(held, mean) or 1e-6
            tail = 1 - statistics.NormalDist().cdf(abs(value - mean) / spread)
            scores.append(1 - tail)
        if len(held) < window:
            held.append(value)
        else:
            buffer.append(value)
            if len(buffer) == step:
                held = held[step:] + buffer
                buffer = []
    return scores
