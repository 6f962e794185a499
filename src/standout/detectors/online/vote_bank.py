"""Many streams that vote, in one packed array."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from standout.detectors.online.packed_bank import PackedBank
from standout.detectors.online.vote_params import VERSION, VOTERS, VoteParams
from standout.kernels import layout, vote
from standout.types import Batch, Scores, Slots, Values


class VoteBank(PackedBank):
    """Many streams that vote by the same parameters, a slot of one packed array each.

    Parameters
    ----------
    params
        Parameters of all its streams.
    capacity
        Slots of a piece; see `PackedBank`.

    Notes
    -----
    ``128 + 2 window`` words of 8 bytes a stream: 2,624 bytes at a window of 100. About 0.3
    microseconds a value there; it grows with the window by the shift in its sorted copy. Not safe
    to call from two threads at once.
    """

    version: ClassVar[int] = VERSION

    def __init__(self, params: VoteParams, capacity: int | None = None) -> None:
        self.params = params
        self._bench = params.workbench()
        super().__init__(layout.row_words(params.window), capacity)

    @property
    def warmup(self) -> int:
        """Values that a stream learns before its first score."""
        return self.params.warmup

    @property
    def rows_a_ms(self) -> int:
        """Values that are scored in about a millisecond."""
        return 300_000 // (100 + self.params.window)

    def learnt(self, slot: int) -> int:
        """Count the values that a slot has learnt."""
        states, place = self._at(slot)
        return int(states[place, layout.COUNT])

    def score_learn_one(self, slot: int, value: float) -> float:
        """Score one value, then learn it: about a microsecond."""
        # As `_at`, whose call would take a tenth of the time.
        number, place = divmod(slot, self._capacity)
        vote.score_learn_one(self._pieces[number], self._bench, place, value)
        return float(self._bench[layout.ONE_VERDICT])

    def voter_scores(self, slot: int, value: float) -> Scores:
        """Score one value by each voter alone; as `PackedBank.voter_scores`."""
        states, place = self._at(slot)
        bench, verdict = self._bench.copy(), np.empty((1, layout.VERDICT))
        found = np.empty(len(VOTERS))
        for voter in range(len(VOTERS)):
            bench[layout.DECIDER] = voter + 1.0
            vote.score(states, bench, place, np.array([value]), verdict)
            found[voter] = verdict[0, 0]
        return found

    def _learn(self, states: Batch, place: int, values: Values) -> None:
        vote.learn(states, self._bench, place, values)

    def _score_learn(self, states: Batch, places: Slots, values: Values, verdicts: Batch) -> None:
        vote.score_learn(states, self._bench, places, values, verdicts)

    def _score(self, states: Batch, place: int, values: Values, verdicts: Batch) -> None:
        vote.score(states, self._bench, place, values, verdicts)
