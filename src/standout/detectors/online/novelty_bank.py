"""Many streams under novelty, in one packed array."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from standout.detectors.online.novelty_params import VALUE, VERSION, NoveltyParams
from standout.detectors.online.packed_bank import PackedBank
from standout.kernels import novelty
from standout.kernels import novelty_layout as layout
from standout.types import Batch, Slots, Values


class NoveltyBank(PackedBank):
    """Many streams under novelty with the same parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots to begin with, at least 1; the bank grows by a half when they are used up.

    Notes
    -----
    232 kB a stream, 19 kB where the value alone decides; about 8 and 0.5 microseconds a value. Not
    safe to call from two threads at once.
    """

    version: ClassVar[int] = VERSION
    growth: ClassVar[float] = 1.5

    def __init__(self, params: NoveltyParams, capacity: int = 1) -> None:
        self.params = params
        self._bench = params.workbench()
        super().__init__(params.words, capacity)

    @property
    def warmup(self) -> int:
        """Values that a stream learns before its first score."""
        return self.params.warmup

    @property
    def rows_a_ms(self) -> int:
        """Values that are scored in about a millisecond."""
        return 1_500 if self.params.decider == VALUE else 100

    def learnt(self, slot: int) -> int:
        """Count the values that a slot has learnt."""
        return int(self._states[slot, layout.COUNT])

    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without telling their scores."""
        self.score_learn(np.full(len(values), slot, np.int64), values.reshape(-1, 1))

    def _score_learn(self, slots: Slots, values: Values, verdicts: Batch) -> None:
        novelty.score_learn(self._states, self._bench, slots, values, verdicts)

    def _score(self, slot: int, values: Values, verdicts: Batch) -> None:
        novelty.score(self._states, self._bench, slot, values, verdicts)
