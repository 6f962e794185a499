"""The vote of five: z-score, Tukey's fences, EWMA, moving average, isolation forest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from standout.detectors import codec
from standout.detectors.base import Verdicts
from standout.kernels import layout, vote
from standout.kernels.forest import mean_depth
from standout.types import Batch, Point, Scores, Slots, Values

MIN_WINDOW = 10
MAX_WINDOW = 10_000
MAX_SEED = 2**31


@dataclass(frozen=True, kw_only=True)
class VoteParams:
    """Parameters of the vote, the same for all streams of a bank.

    Parameters
    ----------
    window
        Values that z-score, fences and forest look back on, 10 to 10,000.
    z_limit
        Standard deviations from the window's mean, over 0.
    fence
        Interquartile ranges beyond the quartiles, over 0; Tukey's is 1.5.
    alpha
        Weight of the newest value in the EWMA, in (0, 1].
    ewma_limit
        Standard deviations of the EWMA's own one-step errors, over 0.
    span
        Values of the moving average, 2 to 10.
    ma_limit
        Standard deviations of the moving average's own one-step errors, over 0.
    isolation
        Isolation forest's score at which it votes, in (0.5, 1). At 0.75 it votes for 3 of 100
        values of Gaussian noise; its own scale ends near 0.85 in one dimension.
    seed
        Decides the random cuts of the forest, 0 to 2**31 - 1.

    Raises
    ------
    ValueError
        A parameter is out of its range.
    """

    window: int = 100
    z_limit: float = 3.0
    fence: float = 1.5
    alpha: float = 0.3
    ewma_limit: float = 3.0
    span: int = 5
    ma_limit: float = 3.0
    isolation: float = 0.75
    seed: int = 0

    def __post_init__(self) -> None:
        self._require("window", MIN_WINDOW <= self.window <= MAX_WINDOW, "10 to 10,000")
        for name in ("z_limit", "fence", "ewma_limit", "ma_limit"):
            value = getattr(self, name)
            self._require(name, 0 < value < math.inf, "over 0")
        self._require("alpha", 0 < self.alpha <= 1, "over 0 and at most 1")
        self._require("span", 2 <= self.span <= MIN_WINDOW, "2 to 10")  # noqa: PLR2004
        self._require("isolation", 0.5 < self.isolation < 1, "between 0.5 and 1")  # noqa: PLR2004
        self._require("seed", 0 <= self.seed < MAX_SEED, "0 to 2**31 - 1")

    def _require(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            msg = f"{name} must be {wanted}, got {getattr(self, name)}."
            raise ValueError(msg)

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {f.name: getattr(self, f.name) for f in fields(VoteParams)}

    @property
    def warmup(self) -> int:
        """Values that are learnt before the first score: the window, 30 at most."""
        return layout.warmup(self.window)

    def workbench(self) -> Values:
        """Return a kernel's workbench with these parameters, shape ``(WORKBENCH,)``."""
        bench = np.zeros(layout.WORKBENCH)
        bench[layout.Z_LIMIT] = self.z_limit
        bench[layout.FENCE] = self.fence
        bench[layout.ALPHA] = self.alpha
        bench[layout.EWMA_LIMIT] = self.ewma_limit
        bench[layout.SPAN] = self.span
        bench[layout.MA_LIMIT] = self.ma_limit
        bench[layout.ISOLATION] = self.isolation
        bench[layout.SEED] = self.seed
        # Liu's score is 2 ** -(mean path / c(n)); solved for the sum of the trees' paths.
        depth = layout.TREES * mean_depth(self.warmup)
        bench[layout.GAIN] = 2.0 / (self.window + 1)
        bench[layout.PATH_LIMIT] = -math.log2(self.isolation) * depth
        bench[layout.PATH_TO_LOG] = -math.log(2.0) / depth
        return bench


class VoteBank:
    """Many streams that vote by the same parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots to begin with, at least 1; the bank doubles when they are used up.

    Notes
    -----
    ``128 + 2 window`` words of 8 bytes a stream: 2,624 bytes at a window of 100. About 0.3
    microseconds a value there; it grows with the window by the shift in its sorted copy. Not safe
    to call from two threads at once.
    """

    def __init__(self, params: VoteParams, capacity: int = 1) -> None:
        self.params = params
        self._bench = params.workbench()
        self._states = np.zeros((capacity, layout.row_words(params.window)))
        self._free = list(range(capacity - 1, -1, -1))

    @property
    def warmup(self) -> int:
        """Values that a stream learns before its first score."""
        return self.params.warmup

    @property
    def nbytes(self) -> int:
        """Bytes of all slots."""
        return self._states.nbytes

    def allot(self) -> int:
        """Return a free slot that has learnt nothing; the bank grows where there is none."""
        if not self._free:
            used = len(self._states)
            grown = np.zeros((2 * used, self._states.shape[1]))
            grown[:used] = self._states
            self._states = grown
            self._free = list(range(2 * used - 1, used - 1, -1))
        return self._free.pop()

    def free(self, slot: int) -> None:
        """Give a slot back."""
        self._states[slot] = 0.0
        self._free.append(slot)

    def dump(self, slot: int) -> bytes:
        """Return a slot's state."""
        return codec.pack(self._states[slot], version=VoteDetector.version)

    def load(self, slot: int, state: bytes) -> None:
        """Replace a slot's state.

        Raises
        ------
        ValueError
            The bytes are not a state of this version and window, or they are damaged.
        """
        words = self._states.shape[1]
        self._states[slot] = codec.unpack(state, version=VoteDetector.version, words=words)

    def learnt(self, slot: int) -> int:
        """Count the values that a slot has learnt."""
        return int(self._states[slot, layout.COUNT])

    def score_learn(self, slots: Slots, X: Batch) -> Verdicts:
        """Score each row of `X`, shape ``(n, 1)``, with the state of its slot, then learn it."""
        verdicts = np.empty((len(X), layout.VERDICT))
        values = np.ascontiguousarray(X[:, 0])
        vote.score_learn(self._states, self._bench, slots, values, verdicts)
        return _columns(verdicts)

    def score_learn_one(self, slot: int, value: float) -> float:
        """Score one value, then learn it: about a microsecond."""
        vote.score_learn_one(self._states, self._bench, slot, value)
        return float(self._bench[layout.ONE_VERDICT])

    def score(self, slot: int, values: Values) -> Verdicts:
        """Score values, shape ``(n,)``, against a slot as it is."""
        verdicts = np.empty((len(values), layout.VERDICT))
        vote.score(self._states, self._bench, slot, values, verdicts)
        return _columns(verdicts)

    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without scoring them."""
        vote.learn(self._states, self._bench, slot, values)


def _columns(verdicts: Batch) -> Verdicts:
    score, expected, lower, upper, votes = np.ascontiguousarray(verdicts.T)
    bits = np.where(np.isnan(votes), 0.0, votes).astype(np.uint8)
    return Verdicts(score, expected, lower, upper, bits)


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
    version: ClassVar[int] = 1
    voters: ClassVar[tuple[str, ...]] = (
        "zscore",
        "iqr",
        "ewma",
        "moving_average",
        "isolation_forest",
    )
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
