"""The vote of five: z-score, Tukey's fences, EWMA, moving average, isolation forest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from standout.detectors.base import Verdicts
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import VERSION, VOTERS, VoteParams
from standout.types import Batch, Point, Scores


@dataclass(frozen=True, kw_only=True)
class VoteDetector(VoteParams):
    """Majority vote of five on the newest values of one channel.

    Flags points that leave the recent level or jump: spikes, drops, the onset of a shift. Blind
    to what repeats (a season longer than the window reads as drift), to a change of shape within
    the usual range, and, while an outlier is in the window, partly to a smaller one after it.

    Notes
    -----
    The score is the median of five strengths, mapped so that three votes are 0.6 and certainty 1:
    in [0, 1], nan during warm-up (`window` values, 30 at most) and for missing values, which
    teach nothing. Causal: a value is scored before it is learnt. Shifting or scaling a series
    changes no verdict, to the bit for powers of two. A flat series scores 0, and any change of it
    1. The expected value is the EWMA, held within the expected range; a value outside the range
    is always an anomaly. O(log window) comparisons and a short shift a value.

    References
    ----------
    .. [1] J. W. Tukey, "Exploratory Data Analysis", 1977 (fences).
    .. [2] D. C. Montgomery, C. M. Mastrangelo, "Some Statistical Process Control Methods for
       Autocorrelated Data", 1991 (EWMA with a moving centre line).
    .. [3] F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", 2008.

    Examples
    --------
    >>> detector = VoteDetector(window=50)
    >>> series = np.sin(np.arange(100.0)).reshape(-1, 1)
    >>> series[80] = 9
    >>> np.flatnonzero(detector.score_learn_many(series) >= 0.6)
    array([80])
    """

    name: ClassVar[str] = "vote"
    version: ClassVar[int] = VERSION
    voters: ClassVar[tuple[str, ...]] = VOTERS
    _bank: VoteBank = field(init=False, repr=False, compare=False)
    _slot: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_bank", VoteBank(VoteParams(**self.get_params())))
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
        """Do as `score_learn_many`, and tell votes, expected value and range."""
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
