"""Many streams under novelty, in one packed array."""

from __future__ import annotations

import numpy as np

from standout.detectors import codec
from standout.detectors.base import Verdicts
from standout.detectors.online.novelty_params import VALUE, VERSION, NoveltyParams
from standout.kernels import novelty
from standout.kernels import novelty_layout as layout
from standout.types import Batch, Slots, Values


class NoveltyBank:
    """Many streams under novelty with the same parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots to begin with, at least 1; the bank grows by a half when they are used up.

    Notes
    -----
    184 kB a stream, 19 kB where the value alone decides; about 8 and 0.5 microseconds a value. Not
    safe to call from two threads at once.
    """

    def __init__(self, params: NoveltyParams, capacity: int = 1) -> None:
        self.params = params
        self._bench = params.workbench()
        self._states = np.zeros((capacity, params.words))
        self._free = list(range(capacity - 1, -1, -1))

    @property
    def warmup(self) -> int:
        """Values that a stream learns before its first score."""
        return self.params.warmup

    @property
    def rows_a_ms(self) -> int:
        """Values that are scored in about a millisecond."""
        return 1_500 if self.params.decider == VALUE else 100

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
            grown = np.zeros((used + used // 2 + 1, self._states.shape[1]))
            grown[:used] = self._states
            self._states = grown
            self._free = list(range(len(grown) - 1, used - 1, -1))
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
            The bytes are not a state of this version and decider, or they are damaged.
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
        novelty.score_learn(self._states, self._bench, slots, values, verdicts)
        return _columns(verdicts)

    def score(self, slot: int, values: Values) -> Verdicts:
        """Score values, shape ``(n,)``, against a slot as it is."""
        verdicts = np.empty((len(values), layout.VERDICT))
        novelty.score(self._states, self._bench, slot, values, verdicts)
        return _columns(verdicts)

    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without telling their scores."""
        self.score_learn(np.full(len(values), slot, np.int64), values.reshape(-1, 1))


def _columns(verdicts: Batch) -> Verdicts:
    score, expected, lower, upper, votes = np.ascontiguousarray(verdicts.T)
    bits = np.where(np.isnan(votes), 0.0, votes).astype(np.uint8)
    return Verdicts(score, expected, lower, upper, bits)
