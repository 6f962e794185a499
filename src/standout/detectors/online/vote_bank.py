"""Many streams that vote, in one packed array."""

from __future__ import annotations

import numpy as np

from standout.detectors import codec
from standout.detectors.base import Verdicts
from standout.detectors.online.vote_params import VERSION, VoteParams
from standout.kernels import layout, vote
from standout.types import Batch, Slots, Values


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
    def rows_a_ms(self) -> int:
        """Values that are scored in about a millisecond."""
        return 300_000 // (100 + self.params.window)

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
        return codec.pack(self._states[slot], version=VERSION)

    def load(self, slot: int, state: bytes) -> None:
        """Replace a slot's state.

        Raises
        ------
        ValueError
            The bytes are not a state of this version and window, or they are damaged.
        """
        words = self._states.shape[1]
        self._states[slot] = codec.unpack(state, version=VERSION, words=words)

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
