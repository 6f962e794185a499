"""One-class support vector machine: fitted by scikit-learn, kept as its support vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.features.scaling import Scaler
from standout.kernels.neighbours import radial_sum
from standout.types import Batch, Mask, Scores, Values

MOST_ROWS = 10_000


@dataclass(kw_only=True)
class OneClassSvm(RowDetector):
    """One-class SVM with a radial kernel: outside a smooth border around most rows is anomalous.

    For curved borders in a few features, with clean training rows. Its fit takes the square of
    the rows or more, so that larger tables are sampled; many features blur it.

    Parameters
    ----------
    nu
        Share of the training rows that may lie outside, and of those that make the border.
    gamma
        How fast nearness fades, in units of one over the number of features.
    rows
        Training rows that are learnt; of a larger table so many are drawn.

    Notes
    -----
    Scores are the border's level less the mean nearness, in [-1, 1]: above 0 is outside.
    The share of a feature is that of its squared distance to the mean of the support vectors.
    O(rows²) to rows³ to fit, O(nu · rows · d) a row to score. Equals scikit-learn's
    on z-scores, over the sum of its weights, to rounding.

    References
    ----------
    .. [1] B. Schölkopf et al., "Estimating the Support of a High-Dimensional Distribution",
       Neural Computation 13(7), 2001.
    """

    name: ClassVar[str] = "one_class_svm"
    contribution_kind: ClassVar[str] = "distance share"
    words: ClassVar[dict[str, str]] = {
        "title": "One-class SVM",
        "summary": "Rows outside a smooth border around most rows are anomalous.",
        "good_at": "Curved borders in a few features; clean training rows.",
        "bad_at": "Large tables; many features; many anomalies in the training rows.",
        "cost": "The square of the rows or more to fit: larger tables are sampled to 10,000.",
    }

    nu: float = parameters.number(
        0.5, "Nu", "Share of the rows that may lie outside.", minimum=0.001, maximum=1.0
    )
    gamma: float = parameters.number(
        1.0, "Gamma", "Fading, over the number of features.", minimum=1e-3, maximum=1e3
    )
    rows: int = parameters.integer(
        MOST_ROWS, "Rows", "Training rows that are learnt at most.", minimum=10, maximum=50_000
    )
    _scaler: Scaler = field(init=False, repr=False, compare=False)
    _vectors: Batch = field(init=False, repr=False, compare=False)
    _weight: Values = field(init=False, repr=False, compare=False)
    _level: float = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        chosen = cls(**params)
        rows = min(n, chosen.rows)
        fit = chosen.nu * rows * rows * (d + 10) * 3e-9
        scores = n * chosen.nu * rows * (d + 20) * 6e-10
        return Estimate(1.5 + fit + scores, 400_000_000 + 16 * n * d, rows)

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        from sklearn.svm import OneClassSVM  # noqa: PLC0415 - 200 MB, a second

        self._scaler = Scaler.learn(X, "standard")
        if len(X) > self.rows:
            X = X[np.random.default_rng(self.seed).choice(len(X), self.rows, replace=False)]
        svm = OneClassSVM(gamma=self._fading(X.shape[1]), nu=self.nu).fit(self._scaler(X))
        self._vectors = np.ascontiguousarray(svm.support_vectors_.T, np.float64)
        weight = svm.dual_coef_[0].astype(np.float64)
        # To a sum of 1, since scikit-learn's grows with the rows. The sign is flipped here, and
        # nowhere else: scikit-learn's is high for the usual.
        self._weight = weight / weight.sum()
        self._level = -float(svm.intercept_[0]) / float(weight.sum())

    def _fading(self, d: int) -> float:
        return self.gamma / d

    def _score(self, X: Batch) -> Scores:
        out = np.empty(len(X))
        fading = self._fading(X.shape[1])
        radial_sum(self._vectors, self._weight, fading, self._scaler(X), out)
        return self._level - out

    def _parts(self, X: Batch) -> Batch:
        # Not the slope of the nearness, which is 0 far away, where an answer matters most.
        parts: Batch = (self._scaler(X) - (self._vectors * self._weight).sum(axis=1)) ** 2
        return parts

    def _state(self) -> dict[str, Any]:
        found = {"vectors": self._vectors, "weight": self._weight, "level": self._level}
        return {**self._scaler.to_state(), **found}

    def _load(self, state: Mapping[str, Any]) -> None:
        self._scaler = Scaler.from_state(state)
        self._vectors = np.ascontiguousarray(state["vectors"], np.float64)
        self._weight = np.asarray(state["weight"], np.float64)
        self._level = float(state["level"])
