"""The baseline: a range of so many standard deviations around a mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from standout.detectors.online.baseline_bank import BaselineBank
from standout.detectors.online.baseline_params import VERSION, BaselineParams
from standout.detectors.online.one_slot import OneSlot


@dataclass(frozen=True, kw_only=True)
class BaselineDetector(OneSlot, BaselineParams):
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
    >>> import numpy as np
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

    def __post_init__(self) -> None:
        super().__post_init__()
        self._hold(BaselineBank(BaselineParams(**self.get_params()), capacity=1))
