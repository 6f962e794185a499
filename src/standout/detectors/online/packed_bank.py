"""Slots of one packed array: what the banks of all online detectors share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from standout.detectors import codec
from standout.detectors.base import Verdicts
from standout.types import Batch, Scores, Slots, Values

VERDICT = 5
"""Columns that a kernel writes for a row: score, expected, lower, upper, votes as bits."""


SPARE = 1_024
"""Slots that a bank keeps when none is used: what a crowd took, it does not keep for ever."""


class PackedBank(ABC):
    """Many streams under one detector with the same parameters, a slot of a packed array each.

    A bank adds its kernel: how rows are scored and learnt, and where a slot counts what it learnt.

    Parameters
    ----------
    words
        Words of 8 bytes of a slot.
    capacity
        Slots to begin with, at least 1; the array grows by `growth` when they are used up.

    Notes
    -----
    Not safe to call from two threads at once.
    """

    version: ClassVar[int]
    """Of the detector: a state of another one is refused."""

    growth: ClassVar[float] = 2.0

    def __init__(self, words: int, capacity: int) -> None:
        self._states = np.zeros((capacity, words))
        self._free = list(range(capacity - 1, -1, -1))

    @property
    def state_bytes(self) -> int:
        """Bytes of one slot."""
        return self._states.shape[1] * self._states.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all slots."""
        return self._states.nbytes

    def allot(self) -> int:
        """Return a free slot that has learnt nothing; the bank grows where there is none."""
        if not self._free:
            used, words = self._states.shape
            grown = np.zeros((max(used + 1, int(used * self.growth)), words))
            grown[:used] = self._states
            self._states = grown
            self._free = list(range(len(grown) - 1, used - 1, -1))
        return self._free.pop()

    def free(self, slot: int) -> None:
        """Give a slot back; the last one gives the memory of a large bank back, too."""
        self._states[slot] = 0.0
        self._free.append(slot)
        if len(self._free) == len(self._states) > SPARE:
            self._states = np.zeros((SPARE, self._states.shape[1]))
            self._free = list(range(SPARE - 1, -1, -1))

    def dump(self, slot: int) -> bytes:
        """Return a slot's state."""
        return codec.pack(self._states[slot], version=self.version)

    def load(self, slot: int, state: bytes) -> None:
        """Replace a slot's state.

        Raises
        ------
        ValueError
            The bytes are not a state of this version and these parameters, or they are damaged.
        """
        words = self._states.shape[1]
        self._states[slot] = codec.unpack(state, version=self.version, words=words)

    def score_learn(self, slots: Slots, X: Batch) -> Verdicts:
        """Score each row of `X`, shape ``(n, 1)``, with the state of its slot, then learn it."""
        verdicts = np.empty((len(X), VERDICT))
        self._score_learn(slots, np.ascontiguousarray(X[:, 0]), verdicts)
        return _columns(verdicts)

    def score(self, slot: int, values: Values) -> Verdicts:
        """Score values, shape ``(n,)``, against a slot as it is."""
        verdicts = np.empty((len(values), VERDICT))
        self._score(slot, values, verdicts)
        return _columns(verdicts)

    def voter_scores(self, slot: int, value: float) -> Scores:
        """Score one value by each voter alone, against a slot as it is; changes nothing.

        Shape ``(v,)``, in the order of the voters' bits: 0.6 and more is a vote, nan is no score.
        """
        return self.score(slot, np.array([value])).score

    @abstractmethod
    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without telling their scores."""

    @abstractmethod
    def _score_learn(self, slots: Slots, values: Values, verdicts: Batch) -> None:
        """Call the kernel that scores each value with the state of its slot, then learns it."""

    @abstractmethod
    def _score(self, slot: int, values: Values, verdicts: Batch) -> None:
        """Call the kernel that scores values and changes nothing."""


def _columns(verdicts: Batch) -> Verdicts:
    score, expected, lower, upper, votes = np.ascontiguousarray(verdicts.T)
    bits = np.where(np.isnan(votes), 0.0, votes).astype(np.uint8)
    return Verdicts(score, expected, lower, upper, bits)
