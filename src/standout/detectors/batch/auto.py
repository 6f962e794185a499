"""The mean of a few detectors that make different mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector, as_shares
from standout.detectors.batch.isolation_forest import IsolationForest
from standout.detectors.batch.knn import NearestNeighbours
from standout.detectors.batch.local_outlier_factor import LocalOutlierFactor
from standout.detectors.batch.mcd import ConcentratedCovariance
from standout.detectors.batch.sampled_neighbours import SampledNeighbours
from standout.detectors.batch.states import nested, part_of
from standout.types import Batch, Mask, Scores

_LOWEST, _HIGHEST = -5.0, 10.0
"""Where a member's score ends: one alone does not overrule the others without end."""

_LARGE_K = 100


@dataclass(kw_only=True)
class Auto(RowDetector):
    """Mean of several detectors, chosen by whether the training rows are clean.

    Where anomalies may be among the training rows: sampled neighbours, concentrated covariance,
    isolation forest and the mean distance to 100 neighbours. Where the rows are clean: the nearest
    neighbour, the nearest of a few large samples, and the local outlier factor. No single detector
    is best on all tables; this mean has the better mean rank. Parity, not a wonder: on one table a
    member alone may be clearly better.

    Parameters
    ----------
    rows_are
        "mixed" or "clean"; a model of mode "one_class" takes "clean".

    Notes
    -----
    Each member's score is moved by the median and scaled by the way from there to the 95th
    percentile of its training scores, cut off at -5 and 10, and averaged: from -5 to 10, about 0
    for a usual row. The members' costs add up.

    References
    ----------
    .. [1] C. C. Aggarwal, S. Sathe, "Theoretical Foundations and Algorithms for Outlier
       Ensembles", SIGKDD Explorations 17(1), 2015.
    """

    name: ClassVar[str] = "auto"
    contribution_kind: ClassVar[str] = "mean share of the members"
    words: ClassVar[dict[str, str]] = {
        "title": "Automatic",
        "summary": "The mean of several detectors that make different mistakes.",
        "good_at": "Tables of which nothing is known; with clean training rows especially.",
        "bad_at": "A table that one of its members suits much better than the others.",
        "cost": "That of its members: seconds for 10,000 rows.",
    }

    rows_are: str = parameters.choice(
        "mixed",
        "Rows are",
        "Whether anomalies may be among the training rows.",
        among=("mixed", "clean"),
    )
    _members: dict[str, RowDetector] = field(init=False, repr=False, compare=False)
    _middle: dict[str, float] = field(init=False, repr=False, compare=False)
    _unit: dict[str, float] = field(init=False, repr=False, compare=False)
    _training: Scores | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        made = _mixed(self.seed) if self.rows_are == "mixed" else _clean(self.seed)
        self._members = {f"{place}_{one.name}": one for place, one in enumerate(made)}
        self._middle, self._unit = {}, {}

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        members = cls(**params)._members.values()  # noqa: SLF001 - its own
        told = [type(one).estimate(n, d, one.get_params()) for one in members]
        seconds, most = sum(one.seconds for one in told), max(one.bytes for one in told)
        return Estimate(seconds, most + 40 * n, max(one.rows_used for one in told))

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        raw = {}
        for name, member in self._members.items():
            raw[name] = member.fit(X).score_training(X)
            self._middle[name], self._unit[name] = _unit_of(raw[name])
        # Kept, since the threshold will ask for it, and it is most of the cost of a fit.
        self._training = self._mean(raw)

    def _score(self, X: Batch) -> Scores:
        return self._mean({name: one.score_many(X) for name, one in self._members.items()})

    def _score_training(self, X: Batch) -> Scores:
        if self._training is not None and len(self._training) == len(X):
            return self._training.copy()
        return self._mean({name: one.score_training(X) for name, one in self._members.items()})

    def _mean(self, raw: Mapping[str, Scores]) -> Scores:
        scaled = [self._scaled(name, scores) for name, scores in raw.items()]
        total = scaled[0]
        for scores in scaled[1:]:
            total = total + scores
        return total / len(scaled)

    def _scaled(self, name: str, raw: Scores) -> Scores:
        return np.clip((raw - self._middle[name]) / self._unit[name], _LOWEST, _HIGHEST)

    def _parts(self, X: Batch) -> Batch:
        """Return the members' shares, each weighted by how much it speaks against the row."""
        total = np.zeros(X.shape)
        for name, member in self._members.items():
            against = np.maximum(self._scaled(name, member.score_many(X)), 1e-3)
            total += as_shares(member.contributions(X)) * against[:, None]
        return total

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        for name, member in self._members.items():
            own = {"middle": self._middle[name], "unit": self._unit[name]}
            state |= nested(name, {**own, **nested("state", member.get_state())})
        return state

    def _load(self, state: Mapping[str, Any]) -> None:
        for name, member in list(self._members.items()):
            own = part_of(state, name)
            self._middle[name], self._unit[name] = float(own["middle"]), float(own["unit"])
            loaded = type(member).from_state(member.get_params(), part_of(own, "state"))
            self._members[name] = loaded


def _mixed(seed: int) -> list[RowDetector]:
    return [
        SampledNeighbours(seed=seed),
        ConcentratedCovariance(seed=seed),
        IsolationForest(trees=200, seed=seed),
        NearestNeighbours(neighbours=_LARGE_K, most_share=1 / 3, seed=seed),
    ]


def _clean(seed: int) -> list[RowDetector]:
    return [
        NearestNeighbours(neighbours=1, scaling="standard", seed=seed),
        SampledNeighbours(samples=10, rows_a_sample=256, scaling="standard", seed=seed),
        LocalOutlierFactor(seed=seed),
    ]


def _unit_of(training: Scores) -> tuple[float, float]:
    middle, high = np.quantile(training, (0.5, 0.95))
    unit = float(high - middle)
    if unit <= 0:  # more than nineteen of twenty rows score alike
        unit = float(training.std())
    return float(middle), unit if unit > 0 else 1.0
