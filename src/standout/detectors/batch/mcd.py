"""Distance from an ellipse around the densest part of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.features.scaling import Scaler
from standout.kernels.ellipses import squared_norm_parts, squared_norms
from standout.types import Batch, Mask, Scores, Values

MOST_FEATURES = 100
"""Beyond so many the leading axes are taken: covariances of more cost seconds."""

MOST_ROWS = 100_000

_ROWS_FOR_AXES = 2_000
"""Rows, evenly spaced, that decide the leading axes."""

_ROUNDS = 12
_RIDGE = 1e-3
_MOST_AWAY = 50.0
_NORMAL_MAD = 1.4826


@dataclass(kw_only=True)
class ConcentratedCovariance(RowDetector):
    """Squared Mahalanobis distance from the densest three quarters of the rows (fast MCD).

    The choice where features depend on each other: it sees a rare combination of usual values.
    Assumes one cloud of rows, roughly an ellipse; several clusters, or features of few distinct
    values, mislead it.

    Parameters
    ----------
    keep
        Share of the rows that the ellipse is fitted to.

    Notes
    -----
    Starts from the rows that are nearest to the median in units of the median deviation, then
    twelve times fits mean and covariance to the nearest and keeps the nearest by them. A ridge of
    a thousandth of the mean variance keeps it defined for dependent features and few rows. Of more
    than 100 features the 100 leading axes are looked at, and what lies off them is not seen; of
    more than 100,000 rows a sample is learnt.
    Scores are squared distances, from 0. O(n d²) to fit, O(d²) a row to score.

    References
    ----------
    .. [1] P. J. Rousseeuw, K. Van Driessen, "A Fast Algorithm for the Minimum Covariance
       Determinant Estimator", Technometrics 41(3), 1999.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(500, 1))
    >>> ellipse = ConcentratedCovariance().fit(np.hstack([x, x + 0.1 * x[::-1]]))
    >>> near, far = ellipse.score_many(np.array([[1.0, 1.0], [1.0, -1.0]]))
    >>> bool(far > 50 * near)
    True
    """

    name: ClassVar[str] = "mcd"
    contribution_kind: ClassVar[str] = "distance share"
    words: ClassVar[dict[str, str]] = {
        "title": "Concentrated covariance (MCD)",
        "summary": "Rows far outside an ellipse around the densest part are anomalous.",
        "good_at": "Features that depend on each other: rare combinations of usual values.",
        "bad_at": "Several clusters; features of few distinct values.",
        "cost": "Rows times features squared to fit; more than 100,000 rows are sampled.",
    }

    keep: float = parameters.number(
        0.75,
        "Share kept",
        "Share of the rows that the ellipse is fitted to.",
        minimum=0.5,
        maximum=1.0,
    )
    _scaler: Scaler = field(init=False, repr=False, compare=False)
    _centre: Values = field(init=False, repr=False, compare=False)
    _map: Batch = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        cls(**params)
        rows, width = min(n, MOST_ROWS), min(d, MOST_FEATURES)
        axes = 10 * min(rows, _ROWS_FOR_AXES) ** 2 * d if d > width else 0
        work = axes + rows * d * width + 2 * _ROUNDS * rows * width * width
        return Estimate(0.01 + (work + n * d * width) * 2e-9, 40 * rows * d, rows)

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        self._scaler = Scaler.learn(X, "standard")
        if len(X) > MOST_ROWS:
            X = X[np.random.default_rng(self.seed).choice(len(X), MOST_ROWS, replace=False)]
        Z = self._scaler(X)
        axes = _leading_axes(Z)
        Y = Z if axes is None else Z @ axes
        centre, whitening = _concentrate(Y, self.keep)
        if axes is None:
            self._centre, self._map = centre, np.ascontiguousarray(whitening)
        else:
            self._centre = axes @ centre
            self._map = np.ascontiguousarray(axes @ whitening)

    def _score(self, X: Batch) -> Scores:
        out = np.empty(len(X))
        squared_norms(self._scaler(X), self._centre, self._map, out)
        return out

    def _parts(self, X: Batch) -> Batch:
        out = np.empty(X.shape)
        squared_norm_parts(self._scaler(X), self._centre, self._map, out)
        return out

    def _state(self) -> dict[str, Any]:
        return {**self._scaler.to_state(), "mean": self._centre, "map": self._map}

    def _load(self, state: Mapping[str, Any]) -> None:
        self._scaler = Scaler.from_state(state)
        self._centre = np.asarray(state["mean"], np.float64)
        self._map = np.ascontiguousarray(state["map"], np.float64)


def _leading_axes(Z: Batch) -> Batch | None:
    """Return the leading axes of more than `MOST_FEATURES` features, shape ``(d, r)``."""
    if Z.shape[1] <= MOST_FEATURES:
        return None
    some = Z[:: len(Z) // _ROWS_FOR_AXES + 1]
    _, _, axes = np.linalg.svd(some, full_matrices=False)
    return np.ascontiguousarray(axes[:MOST_FEATURES].T)


def _concentrate(Y: Batch, keep: float) -> tuple[Values, Batch]:
    """Return the centre of the densest share of the rows, and a map that makes it round."""
    away = _away_from_median(Y)
    kept = max(int(keep * len(Y)), 1)
    for _ in range(_ROUNDS):
        nearest = Y[np.argpartition(away, kept - 1)[:kept]]
        centre = nearest.mean(axis=0)
        whitening = _whitening(nearest - centre)
        away = (((Y - centre) @ whitening) ** 2).sum(axis=1)
    return centre, whitening


def _away_from_median(Y: Batch) -> Scores:
    middle = np.median(Y, axis=0)
    deviation = _NORMAL_MAD * np.median(np.abs(Y - middle), axis=0)
    deviation = np.where(deviation > 0, deviation, Y.std(axis=0))
    deviation = np.where(deviation > 0, deviation, 1.0)
    away: Scores = np.minimum(((Y - middle) / deviation) ** 2, _MOST_AWAY).sum(axis=1)
    return away


def _whitening(centred: Batch) -> Batch:
    """Return the map that makes rows with this scatter round, shape ``(d, d)``."""
    covariance = centred.T @ centred / len(centred)
    width = len(covariance)
    ridge = _RIDGE * np.trace(covariance) / width + 1e-9
    # The inverse of the Cholesky factor, transposed: |y L^-T|² is the Mahalanobis distance.
    factor = np.linalg.cholesky(covariance + ridge * np.eye(width))
    return np.ascontiguousarray(np.linalg.solve(factor, np.eye(width)).T)
