"""Slow twin of `standout.kernels.vote`: each voter from its definition, over the whole past."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np

from standout.detectors.online.vote_params import VoteParams
from tests.reference.forest import Forest


@dataclass
class Verdict:
    score: float
    expected: float
    lower: float
    upper: float
    votes: list[bool]
    strengths: list[float]


class SlowVote:
    """The vote, without a state that is packed, updated or bounded."""

    def __init__(self, params: VoteParams) -> None:
        self.params = params
        self.values: list[float] = []
        self.ewma = 0.0
        self.ewma_errors: list[float] = []
        self.average_errors: list[float] = []
        self.forest = Forest(params.window, params.seed)

    def judge(self, x: float) -> Verdict | None:
        if len(self.values) < min(self.params.window, 30) or not math.isfinite(x):
            return None
        p = self.params
        window = self.values[-p.window :]
        mean, deviation = statistics.fmean(window), float(np.std(window))
        if min(window) == max(window):
            mean, deviation = window[0], 0.0
        q1, q3 = np.quantile(window, [0.25, 0.75])
        average = self._average()
        ewma_width = p.ewma_limit * math.sqrt(self._mean_square(self.ewma_errors))
        average_width = p.ma_limit * math.sqrt(self._mean_square(self.average_errors))
        low, high = self.forest.edges(p.isolation)
        intervals = [
            (mean - p.z_limit * deviation, mean + p.z_limit * deviation),
            (q1 - p.fence * (q3 - q1), q3 + p.fence * (q3 - q1)),
            (self.ewma - ewma_width, self.ewma + ewma_width),
            (average - average_width, average + average_width),
            (low, high),
        ]
        distances = [
            (abs(x - mean), p.z_limit * deviation),
            (max(q1 - x, x - q3, 0.0), p.fence * (q3 - q1)),
            (abs(x - self.ewma), ewma_width),
            (abs(x - average), average_width),
        ]
        strengths = [self._ratio(d, w) for d, w in distances]
        isolation = self.forest.score(x)
        if isolation >= p.isolation:
            strengths.append((1 - p.isolation) / (1 - isolation))
        else:
            strengths.append(isolation / p.isolation)
        votes = [u >= 1 for u in strengths]
        middle = statistics.median(strengths)
        lower = statistics.median(a for a, _ in intervals)
        upper = statistics.median(b for _, b in intervals)
        return Verdict(
            score=0.6 * middle if middle < 1 else 1 - 0.4 / middle,
            expected=min(max(self.ewma, lower), upper),
            lower=float(lower),
            upper=float(upper),
            votes=votes,
            strengths=[float(u) for u in strengths],
        )

    def learn(self, x: float) -> None:
        if not math.isfinite(x):
            return
        if self.values:
            self.average_errors.append(x - self._average())
            self.ewma_errors.append(x - self.ewma)
            self.ewma += self.params.alpha * (x - self.ewma)
        else:
            self.ewma = x
        self.values.append(x)
        self.forest.learn(sorted(self.values[-self.params.window :]), len(self.values))

    def _average(self) -> float:
        return statistics.fmean(self.values[-self.params.span :])

    def _mean_square(self, errors: list[float]) -> float:
        """Exponential mean of squares whose gain is 1/k until it would fall below 2/(w + 1)."""
        result = 0.0
        for k, error in enumerate(errors, start=1):
            result += max(2 / (self.params.window + 1), 1 / k) * (error**2 - result)
        return result

    @staticmethod
    def _ratio(distance: float, width: float) -> float:
        if width > 0:
            return float(distance / width)
        return math.inf if distance > 0 else 0.0
