"""Many streams with a baseline of one kind, in one packed array."""

from __future__ import annotations

from typing import ClassVar

from standout.detectors.online.baseline_params import VERSION, BaselineParams
from standout.detectors.online.packed_bank import PackedBank
from standout.kernels import baseline
from standout.types import Batch, Slots, Values


class BaselineBank(PackedBank):
    """Many streams under one baseline's parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots of a piece; see `PackedBank`.

    Notes
    -----
    ``2 + window`` words of 8 bytes a stream, 2 where the baseline is given. O(window) a value.
    Not safe to call from two threads at once.
    """

    version: ClassVar[int] = VERSION

    def __init__(self, params: BaselineParams, capacity: int | None = None) -> None:
        self.params = params
        self._packed = params.packed()
        super().__init__(params.words, capacity)

    @property
    def warmup(self) -> int:
        """Values that a stream learns before its first score."""
        return self.params.warmup

    @property
    def rows_a_ms(self) -> int:
        """Values that are scored in about a millisecond: two sums over the ring for each."""
        return 1_000_000 // (200 + 3 * self.params.words)

    def learnt(self, slot: int) -> int:
        """Count the values that a slot has learnt."""
        states, place = self._at(slot)
        return int(states[place, baseline.COUNT])

    def _learn(self, states: Batch, place: int, values: Values) -> None:
        baseline.learn(states, place, values)

    def _score_learn(self, states: Batch, places: Slots, values: Values, verdicts: Batch) -> None:
        baseline.score_learn(states, self._packed, places, values, verdicts)

    def _score(self, states: Batch, place: int, values: Values, verdicts: Batch) -> None:
        baseline.score(states, self._packed, place, values, verdicts)
