"""What a detector is: protocols, and the verdict that those with a forecast give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from standout.types import Batch, Point, Scores, Slots, Values, VoteBits


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a detector says of ``n`` observations, as columns.

    Parameters
    ----------
    score
        In [0, 1], the shipped threshold at 0.6; nan is no opinion: warming up, or no value.
    expected
        The value that was expected; nan where there is no score.
    lower, upper
        The range that was expected, both ends included; nan where there is no score.
    votes
        One bit for each voter that calls it an anomaly, from the lowest bit.
    """

    score: Scores
    expected: Values
    lower: Values
    upper: Values
    votes: VoteBits


class Detector(Protocol):
    """Scores observations: in [0, 1], higher is more anomalous, nan is no opinion yet."""

    name: ClassVar[str]
    version: ClassVar[int]

    def score_many(self, X: Batch) -> Scores:
        """Score rows, shape ``(n, d)``, against the state as it is; changes nothing."""
        ...

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        ...

    def get_state(self) -> Mapping[str, Any]:
        """Return what was learnt, as arrays and JSON scalars."""
        ...

    @classmethod
    def from_state(cls, params: Mapping[str, Any], state: Mapping[str, Any]) -> Self:
        """Make a detector that goes on where `get_state` left off, to the bit."""
        ...


class OnlineDetector(Detector, Protocol):
    """Learns one observation after the other, in bounded memory."""

    @property
    def warmup(self) -> int:
        """Observations that are learnt before the first score."""
        ...

    def learn_one(self, x: Point) -> None:
        """Learn one observation, shape ``(d,)``."""
        ...

    def score_one(self, x: Point) -> float:
        """Score one observation; changes nothing."""
        ...

    def score_learn_many(self, X: Batch) -> Scores:
        """Score each row, then learn it."""
        ...

    def judge_learn_many(self, X: Batch) -> Verdicts:
        """Do as `score_learn_many`, and tell the whole verdict."""
        ...


class OnlineBank(Protocol):
    """Many streams under one kind of detector, each a slot of one packed state: the hot path."""

    @property
    def warmup(self) -> int:
        """Observations that a stream learns before its first score."""
        ...

    @property
    def rows_a_ms(self) -> int:
        """Observations that are scored in about a millisecond: more may stall an event loop."""
        ...

    @property
    def state_bytes(self) -> int:
        """Bytes of one slot's state: what a snapshot costs."""
        ...

    def allot(self) -> int:
        """Return a free slot that has learnt nothing; the bank grows where there is none."""
        ...

    def free(self, slot: int) -> None:
        """Give a slot back."""
        ...

    def dump(self, slot: int) -> bytes:
        """Return a slot's state."""
        ...

    def load(self, slot: int, state: bytes) -> None:
        """Replace a slot's state.

        Raises
        ------
        ValueError
            The bytes are not a state of this bank's detector, or they are damaged.
        """
        ...

    def learnt(self, slot: int) -> int:
        """Count the values that a slot has learnt."""
        ...

    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without telling their scores."""
        ...

    def score(self, slot: int, values: Values) -> Verdicts:
        """Score values, shape ``(n,)``, against a slot as it is; changes nothing."""
        ...

    def voter_scores(self, slot: int, value: float) -> Scores:
        """Score one value by each voter alone, shape ``(v,)``; changes nothing."""
        ...

    def score_learn(self, slots: Slots, X: Batch) -> Verdicts:
        """Score each row with the state of its slot, then learn it, in order; one kernel call."""
        ...
