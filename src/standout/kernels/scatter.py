"""Count, mean and scatter matrix of rows: taken at once, merged, and measured against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.types import Batch, Point, Values

FARTHEST = 1e9
"""The largest distance that is told, in standard deviations; what never changed and now does has
it."""
NOTHING = 1e-150
"""A smaller difference is none: its square is less than a number can be, and sums lose it."""
SINGULAR = 1e-10
"""Share of the largest eigenvalue of a correlation matrix below which another is taken for 0."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """Rows in sum.

    Parameters
    ----------
    count
        How many rows.
    mean
        Shape ``(d,)``.
    scatter
        Sum of the outer products of the rows' deviations from their mean; shape ``(d, d)``.
    """

    count: int
    mean: Point
    scatter: Batch

    def deviations(self) -> Values:
        """Return the standard deviation of each column, with n - 1; 0 for a single row."""
        return np.asarray(np.sqrt(np.diag(self.scatter) / max(self.count - 1, 1)), np.float64)


def scatter_of(X: Batch) -> Scatter:
    """Sum up rows, shape ``(n, d)``, at least one.

    A column that never changes has a scatter of exactly 0 and its value as the exact mean.
    """
    first = X[0]
    # Relative to a row of theirs: values far from zero keep their digits.
    near = X - first
    drift = near.mean(axis=0)
    centred = near - drift
    # What rounding left in the mean is taken out again: the corrected two-pass algorithm.
    left = centred.sum(axis=0)
    scatter = centred.T @ centred - np.outer(left, left) / len(X)
    return Scatter(len(X), first + drift, _symmetric(scatter))


def merge(a: Scatter, b: Scatter) -> Scatter:
    """Return the sums of the rows of both.

    Notes
    -----
    O(d^2), whatever the rows were; equal to `scatter_of` all rows but for rounding, in any order.

    References
    ----------
    .. [1] T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for
       Computing Sample Variances", 1982, equation 2.1.
    """
    count = a.count + b.count
    delta = b.mean - a.mean
    mean = a.mean + delta * (b.count / count)
    scatter = a.scatter + b.scatter + np.outer(delta, delta) * (a.count * b.count / count)
    return Scatter(count, mean, _symmetric(scatter))


def deviates(sums: Scatter, x: Point) -> Point:
    """Return how many standard deviations each value of `x` lies from its mean.

    Within `FARTHEST`; a column that never changed has 0 at its value, and `FARTHEST` elsewhere,
    but for what is less than `NOTHING` away.
    """
    spread = sums.deviations()
    away = x - sums.mean
    away = np.where(np.abs(away) < NOTHING, 0.0, away)
    flat = spread == 0
    with np.errstate(over="ignore"):
        z = away / np.where(flat, 1.0, spread)
    z = np.where(flat, np.sign(away) * FARTHEST, z)
    return np.asarray(np.clip(z, -FARTHEST, FARTHEST), np.float64)


def distance(sums: Scatter, x: Point) -> float:
    """Return the Mahalanobis distance of `x` from the mean, in standard deviations.

    It is worked out on the correlation matrix, so that no unit enters it. A matrix that cannot be
    inverted (fewer rows than columns, columns that follow from others) is shrunk towards
    independent columns first, by as much as its rows call for.

    Notes
    -----
    In [0, `FARTHEST`]. Columns that never changed are left out, unless `x` differs there. O(d^3).

    References
    ----------
    .. [1] P. C. Mahalanobis, "On the generalised distance in statistics", 1936.
    .. [2] Y. Chen, A. Wiesel, Y. C. Eldar, A. O. Hero, "Shrinkage Algorithms for MMSE Covariance
       Estimation", 2010, equation 23 (OAS).
    """
    z = deviates(sums, x)
    varies = sums.deviations() > 0
    if (z[~varies] != 0).any():
        return FARTHEST
    z = z[varies]
    if not len(z):
        return 0.0
    values, vectors = np.linalg.eigh(_shrunk(correlation(sums)[np.ix_(varies, varies)], sums.count))
    along = vectors.T @ z
    return min(float(np.sqrt((along * along / values).sum())), FARTHEST)


def correlation(sums: Scatter) -> Batch:
    """Return the correlations of the columns, shape ``(d, d)``; 0 for one that never changed."""
    root = np.sqrt(np.diag(sums.scatter))
    root = np.where(root == 0, 1.0, root)
    # In two steps: the product of two large deviations may be more than a number can be.
    matrix = sums.scatter / root / root[:, np.newaxis]
    np.fill_diagonal(matrix, 1.0)
    return np.clip(matrix, -1.0, 1.0)


def _shrunk(matrix: Batch, count: int) -> Batch:
    """Return a correlation matrix that can be inverted."""
    values = np.linalg.eigvalsh(matrix)
    if values[0] > SINGULAR * values[-1]:
        return matrix
    d = len(matrix)
    square = float((matrix * matrix).sum())
    # Its trace is d, and so the target, the mean variance times one, is the identity.
    wanted = (1 - 2 / d) * square + d * d
    apart = (count + 1 - 2 / d) * (square - d)
    share = 1.0 if apart <= 0 else min(1.0, wanted / apart)
    return np.asarray((1 - share) * matrix + share * np.eye(d), np.float64)


def _symmetric(matrix: Batch) -> Batch:
    """Take out what rounding made unequal, and negative variances with it."""
    even = (matrix + matrix.T) / 2
    np.fill_diagonal(even, np.maximum(np.diag(even), 0.0))
    return even
