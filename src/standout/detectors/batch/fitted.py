"""A model: features, a fitted detector, and the map of its scores to [0, 1]."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from standout.detectors.batch import registry
from standout.detectors.batch.base import BatchDetector
from standout.detectors.batch.calibration import Calibration
from standout.detectors.batch.states import nested, part_of
from standout.detectors.thresholds import SHIPPED
from standout.features.columns import Column
from standout.features.missing import Filler
from standout.features.table import FeaturePlan
from standout.types import Batch, Mask, Scores

FORMAT = 1
"""Of a model's state; another is refused."""


@dataclass(frozen=True, slots=True)
class TableVerdicts:
    """What a model says of rows, as columns.

    Parameters
    ----------
    score
        In [0, 1], the threshold at 0.6; shape ``(n,)``.
    raw
        The detector's own scores.
    features
        What it scored, missing values filled; shape ``(n, d)``. `Fitted.explain` takes it.
    missing
        Where a value was missing and the training rows' median stood in; shape ``(n, d)``, or
        None where nothing was.
    """

    score: Scores
    raw: Scores
    features: Batch
    missing: Mask | None

    @property
    def anomaly(self) -> Mask:
        """True where the score is 0.6 or more."""
        return self.score >= SHIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A model that scores rows; it never changes, and any number of threads may use it.

    Parameters
    ----------
    algorithm, mode, contamination
        What it was made of: mode is "unsupervised", "one_class" or "supervised".
    detector, plan, filler, calibration
        Its parts.
    stats
        What was seen in training, in JSON.

    See Also
    --------
    standout.detectors.batch.training.fit_model : Make one.
    """

    algorithm: str
    mode: str
    contamination: float
    detector: BatchDetector
    plan: FeaturePlan
    filler: Filler
    calibration: Calibration
    stats: dict[str, Any]

    @property
    def contribution_kind(self) -> str:
        """What the shares of `explain` are shares of."""
        return self.detector.contribution_kind

    def score(
        self, columns: Mapping[str, Column], history: Mapping[str, Column] | None = None
    ) -> TableVerdicts:
        """Score rows that follow each other.

        Parameters
        ----------
        columns, history
            As in `FeaturePlan.transform`.

        Raises
        ------
        ColumnNotFound
            A column is missing, or was not in the training table.
        InvalidInput
            A cell is not a number where numbers belong.
        """
        X = self.plan.transform(columns, history)
        filled = self.filler.fill(X)
        missing = None
        if filled is not X:
            lacking = np.isnan(X)
            missing = lacking if lacking.any() else None
        raw = self.detector.score_many(filled)
        return TableVerdicts(self.calibration(raw), raw, filled, missing)

    def explain(self, features: Batch) -> Batch:
        """Return the share of each of `plan.names` in each row's score, shape ``(n, d)``.

        Shares are not negative and sum to 1, or are all 0 where nothing speaks against the row.
        """
        return self.detector.contributions(features)

    def to_state(self) -> dict[str, Any]:
        """Return all of it: names to arrays of numbers and JSON scalars, never a pickle."""
        told = {
            "algorithm": self.algorithm,
            "mode": self.mode,
            "contamination": self.contamination,
            "params": self.detector.get_params(),
            "stats": self.stats,
        }
        return {
            "format": FORMAT,
            "model": json.dumps(told),
            **nested("detector", self.detector.get_state()),
            **nested("plan", self.plan.to_state()),
            **self.filler.to_state(),
            **nested("calibration", self.calibration.to_state()),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a model that scores as the one whose state this is, to the bit.

        Raises
        ------
        ValueError
            It is of another format, or of another version of the detector.
        KeyError
            Something is missing in it.
        """
        if state.get("format") != FORMAT:
            msg = f"A model of format {FORMAT} was wanted, got {state.get('format')!r}."
            raise ValueError(msg)
        told = json.loads(state["model"])
        return cls(
            algorithm=told["algorithm"],
            mode=told["mode"],
            contamination=told["contamination"],
            detector=registry.from_state(
                told["algorithm"], told["params"], part_of(state, "detector")
            ),
            plan=FeaturePlan.from_state(part_of(state, "plan")),
            filler=Filler.from_state(state),
            calibration=Calibration.from_state(part_of(state, "calibration")),
            stats=told["stats"],
        )
