"""The vote of five: z-score, Tukey's fences, EWMA, moving average, isolation forest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from standout.detectors.online.one_slot import OneSlot
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import VERSION, VOTERS, VoteParams


@dataclass(frozen=True, kw_only=True)
class VoteDetector(OneSlot, VoteParams):
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
    >>> import numpy as np
    >>> detector = VoteDetector(window=50)
    >>> series = np.sin(np.arange(100.0)).reshape(-1, 1)
    >>> series[80] = 9
    >>> np.flatnonzero(detector.score_learn_many(series) >= 0.6)
    array([80])
    """

    name: ClassVar[str] = "vote"
    version: ClassVar[int] = VERSION
    voters: ClassVar[tuple[str, ...]] = VOTERS

    def __post_init__(self) -> None:
        super().__post_init__()
        self._hold(VoteBank(VoteParams(**self.get_params()), capacity=1))
