"""Many streams under novelty, in one packed array."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from standout.detectors.online.novelty_params import VALUE, VERSION, VOTERS, NoveltyParams
from standout.detectors.online.packed_bank import VERDICT, PackedBank
from standout.detectors.thresholds import SHIPPED
from standout.kernels import novelty
from standout.kernels import novelty_layout as layout
from standout.types import Batch, Scores, Slots, Values


class NoveltyBank(PackedBank):
    """Many streams under novelty with the same parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots of a piece; see `PackedBank`.

    Notes
    -----
    232 kB a stream, 19 kB where the value alone decides; about 8 and 0.5 microseconds a value. Not
    safe to call from two threads at once.
    """

    version: ClassVar[int] = VERSION

    def __init__(self, params: NoveltyParams, capacity: int | None = None) -> None:
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
        states, place = self._at(slot)
        return int(states[place, layout.COUNT])

    def voter_scores(self, slot: int, value: float) -> Scores:
        """Score one value by each part alone; as `PackedBank.voter_scores`.

        A part's evidence becomes a score as that of all parts together does: a decade over the
        level is 0.94.
        """
        if np.isnan(self.score(slot, np.array([value])).score[0]):
            return np.full(self._voters, np.nan)
        # What judging has left on the workbench; nan is no evidence.
        evidence = np.nan_to_num(self._bench[layout.EVIDENCE :][: layout.RANKS], nan=-np.inf)
        found = np.array([evidence[layout.VALUE]])
        if self._voters > 1:
            shapes = evidence[layout.PAIR : layout.SHAPE_512 + 1]
            foreseen = evidence[layout.NEXT_32 : layout.NEXT_128 + 1].max()
            found = np.concatenate([found, shapes, [foreseen]])
        below = np.minimum(self.params.level - found, 300.0)
        score = 1.0 / (1.0 + (1.0 - SHIPPED) / SHIPPED * 10.0**below)
        return np.where(
            found >= self.params.level,
            np.maximum(score, SHIPPED),
            np.minimum(score, np.nextafter(SHIPPED, 0.0)),
        )

    @property
    def _voters(self) -> int:
        return 1 if self.params.decider == VALUE else len(VOTERS)

    def _learn(self, states: Batch, place: int, values: Values) -> None:
        verdicts = np.empty((len(values), VERDICT))
        self._score_learn(states, np.full(len(values), place, np.int64), values, verdicts)

    def _score_learn(self, states: Batch, places: Slots, values: Values, verdicts: Batch) -> None:
        novelty.score_learn(states, self._bench, places, values, verdicts)

    def _score(self, states: Batch, place: int, values: Values, verdicts: Batch) -> None:
        novelty.score(states, self._bench, place, values, verdicts)
