"""Many streams with a baseline of one kind, in one packed array."""

from __future__ import annotations

import numpy as np

from standout.detectors import codec
from standout.detectors.base import Verdicts
from standout.detectors.online.baseline_params import VERSION, BaselineParams
from standout.kernels import baseline
from standout.types import Batch, Slots, Values


class BaselineBank:
    """Many streams under one baseline's parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots to begin with, at least 1; the bank doubles when they are used up.

    Notes
    -----
    ``2 + window`` words of 8 bytes a stream, 2 where the baseline is given. O(window) a value.
    Not safe to call from two threads at once.
    """

    def __init__(self, params: BaselineParams, capacity: int = 1) -> None:
        self.params = params
        self._packed = params.packed()
        self._states = np.zeros((capacity, params.words))
        self._free = list(range(capacity - 1, -1, -1))

    @property
    def warmup(self) -> int:
        """Values that a stream learns before its first score."""
        return self.params.warmup

    @property
    def rows_a_ms(self) -> int:
        """Values that are scored in about a millisecond: two sums over the ring for each."""
        return 1_000_000 // (200 + 3 * self.params.words)

    @property
    def state_bytes(self) -> int:
        """Bytes of one slot's state."""
        return self._states.itemsize * self._states.shape[1]

    def allot(self) -> int:
        """Return a free slot that has learnt nothing; the bank grows where there is none."""
        if not self._free:
            used = len(self._states)
            self._states = np.concatenate([self._states, np.zeros_like(self._states)])
            self._free = list(range(2 * used - 1, used - 1, -1))
        return self._free.pop()

    def free(self, slot: int) -> None:
        """Give a slot back."""
        self._states[slot] = 0.0
        self._free.append(slot)

    def dump(self, slot: int) -> bytes:
        """Return a slot's state."""
        return codec.pack(self._states[slot], version=VERSION)

    def load(self, slot: int, state: bytes) -> None:
        """Replace a slot's state; `ValueError` for bytes that are none, or damaged."""
        words = self._states.shape[1]
        self._states[slot] = codec.unpack(state, version=VERSION, words=words)

    def learnt(self, slot: int) -> int:
        """Count the values that a slot has learnt."""
        return int(self._states[slot, baseline.COUNT])

    def score_learn(self, slots: Slots, X: Batch) -> Verdicts:
        """Score each row of `X`, shape ``(n, 1)``, with the state of its slot, then learn it."""
        verdicts = np.empty((len(X), baseline.VERDICT))
        values = np.ascontiguousarray(X[:, 0])
        baseline.score_learn(self._states, self._packed, slots, values, verdicts)
        return _columns(verdicts)

    def score(self, slot: int, values: Values) -> Verdicts:
        """Score values, shape ``(n,)``, against a slot as it is."""
        verdicts = np.empty((len(values), baseline.VERDICT))
        baseline.score(self._states, self._packed, slot, values, verdicts)
        return _columns(verdicts)

    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without scoring them."""
        baseline.learn(self._states, slot, values)


def _columns(verdicts: Batch) -> Verdicts:
    score, expected, lower, upper, votes = np.ascontiguousarray(verdicts.T)
    bits = np.where(np.isnan(votes), 0.0, votes).astype(np.uint8)
    return Verdicts(score, expected, lower, upper, bits)
