"""The baseline: a range of so many standard deviations around a mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from standout.detectors.base import Verdicts
from standout.detectors.online.baseline_bank import BaselineBank
from standout.detectors.online.baseline_params import VERSION, BaselineParams
from standout.types import Batch, Point, Scores


@dataclass(frozen=True, kw_only=True)
class BaselineDetector(BaselineParams):
    """Mean and standard deviation of one channel, and a range of multiples of it around the mean.

    With a given mean and standard deviation it never learns: right for a quantity that a process
    holds, and wrong for one with a trend, a season or changing noise, where it either flags
    everything or nothing. Without them it takes both from the newest `window` values, and then
    follows a drift, and an outlier in the window widens the range for as long as it stays there.

    Notes
    -----
    Both ends belong to the range; a value outside it is an anomaly. The score is 0 at the mean,
    0.6 at the ends, and goes to 1 with the distance: in [0, 1], nan during warm-up (`window`
    values, 30 at most; none with a given baseline) and for missing values, which teach nothing.
    A flat window scores 0, and any change of it 1. A rolling baseline is the same whatever the
    unit; a given one is in the unit of the values. O(window) a value, O(1) with a given baseline.

    References
    ----------
    .. [1] W. A. Shewhart, "Economic Control of Quality of Manufactured Product", 1931.

    Examples
    --------
    >>> detector = BaselineDetector(mean=50.0, std=5.0)
    >>> verdicts = detector.judge_learn_many(np.array([[50.0], [65.0], [65.1]]))
    >>> verdicts.score.round(3), verdicts.upper[0]
    (array([0.   , 0.6  , 0.603]), np.float64(65.0))
    >>> verdicts.score >= 0.6
    array([False, False,  True])
    """

    name: ClassVar[str] = "baseline"
    version: ClassVar[int] = VERSION
    voters: ClassVar[tuple[str, ...]] = ("baseline",)
    _bank: BaselineBank = field(init=False, repr=False, compare=False)
    _slot: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_bank", BaselineBank(BaselineParams(**self.get_params())))
        object.__setattr__(self, "_slot", self._bank.allot())

    def learn_one(self, x: Point) -> None:
        """Learn one value, shape ``(1,)``."""
        self._bank.learn(self._slot, x)

    def score_one(self, x: Point) -> float:
        """Score one value, shape ``(1,)``."""
        return float(self._bank.score(self._slot, x).score[0])

    def score_many(self, X: Batch) -> Scores:
        """Score rows, shape ``(n, 1)``, against the state as it is."""
        return self._bank.score(self._slot, np.ascontiguousarray(X[:, 0])).score

    def score_learn_many(self, X: Batch) -> Scores:
        """Score each row, then learn it."""
        return self.judge_learn_many(X).score

    def judge_learn_many(self, X: Batch) -> Verdicts:
        """Do as `score_learn_many`, and tell expected value and range."""
        return self._bank.score_learn(np.zeros(len(X), np.int64), X)

    def get_state(self) -> Mapping[str, Any]:
        """Return the packed state as one array."""
        return {"row": np.frombuffer(self._bank.dump(self._slot), np.uint8).copy()}

    @classmethod
    def from_state(cls, params: Mapping[str, Any], state: Mapping[str, Any]) -> Self:
        """Make a detector that goes on where `get_state` left off."""
        detector = cls(**params)
        detector._bank.load(detector._slot, state["row"].tobytes())
        return detector
