"""An online detector that is one slot of a bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from standout.detectors.base import Verdicts
from standout.detectors.online.packed_bank import PackedBank
from standout.types import Batch, Point, Scores


class OneSlot:
    """What a detector of one channel does with its slot, so that it and a bank share one kernel.

    A detector holds its bank and slot by `_hold` once its parameters are checked.
    """

    _bank: PackedBank
    _slot: int

    def _hold(self, bank: PackedBank) -> None:
        # The detectors are frozen: who holds one may not change its parameters.
        object.__setattr__(self, "_bank", bank)
        object.__setattr__(self, "_slot", bank.allot())

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
