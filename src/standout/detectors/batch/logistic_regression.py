"""Logistic regression: fitted by scikit-learn, kept as its coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.features.scaling import Scaler
from standout.kernels.linear import weighed, weighed_sum
from standout.types import Batch, Mask, Scores, Values

_MOST_DEVIATIONS = 50.0
"""A training row farther out is brought back to it, or it would decide the fit alone."""


@dataclass(kw_only=True)
class LogisticRegression(RowDetector):
    """Logistic regression on labelled rows: each feature speaks for or against, in proportion.

    Easy to check, since each coefficient says how much one standard deviation of a feature
    counts. Sees neither combinations of features nor that both ends of one are anomalous.

    Parameters
    ----------
    strength
        Inverse of the penalty on large coefficients.

    Notes
    -----
    Scores are log odds, around 0. O(n d) a round to fit, O(d) a row to score.

    References
    ----------
    .. [1] D. R. Cox, "The Regression Analysis of Binary Sequences", 1958.
    """

    name: ClassVar[str] = "logistic_regression"
    contribution_kind: ClassVar[str] = "coefficient"
    supervised: ClassVar[bool] = True
    one_class: ClassVar[bool] = False
    words: ClassVar[dict[str, str]] = {
        "title": "Logistic regression",
        "summary": "Learns from labelled rows how much each feature speaks for an anomaly.",
        "good_at": "Few labels; an answer that can be checked by hand.",
        "bad_at": "Combinations of features; features of which both ends are anomalous.",
        "cost": "Seconds for a million rows to fit; nothing to score.",
    }

    strength: float = parameters.number(
        1.0, "Strength", "Inverse of the penalty on large coefficients.", minimum=1e-4, maximum=1e4
    )
    _scaler: Scaler = field(init=False, repr=False, compare=False)
    _coefficient: Values = field(init=False, repr=False, compare=False)
    _intercept: float = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the one on three quarters too."""
        cls(**params)
        return Estimate(1.5 + n * (d + 5) * 2e-7, 200_000_000 + 40 * n * d, n)

    def _learn(self, X: Batch, y: Mask | None) -> None:
        # Imported here: it takes 200 MB and a second.
        from sklearn.linear_model import LogisticRegression as Fitter  # noqa: PLC0415

        self._scaler = Scaler.learn(X, "standard")
        Z = np.clip(self._scaler(X), -_MOST_DEVIATIONS, _MOST_DEVIATIONS)
        fitted = Fitter(C=self.strength, max_iter=2_000).fit(Z, y)
        self._coefficient = fitted.coef_[0].astype(np.float64)
        self._intercept = float(fitted.intercept_[0])

    def _score(self, X: Batch) -> Scores:
        # Not a matrix product, which would round a batch otherwise than a row.
        out = np.empty(len(X))
        scaler = self._scaler
        weighed_sum(
            X, scaler.centre, scaler.scale, scaler.limit, self._coefficient, self._intercept, out
        )
        return out

    def _parts(self, X: Batch) -> Batch:
        parts = np.empty(X.shape)
        scaler = self._scaler
        weighed(X, scaler.centre, scaler.scale, scaler.limit, self._coefficient, parts)
        return parts

    def _state(self) -> dict[str, Any]:
        found = {"coefficient": self._coefficient, "intercept": self._intercept}
        return {**self._scaler.to_state(), **found}

    def _load(self, state: Mapping[str, Any]) -> None:
        self._scaler = Scaler.from_state(state)
        self._coefficient = np.asarray(state["coefficient"], np.float64)
        self._intercept = float(state["intercept"])
