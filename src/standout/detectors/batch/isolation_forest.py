"""Isolation forest, grown and walked by our own kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.detectors.batch.isolation_trees import IsolationTrees
from standout.kernels.isolation_trees import MEAN_DEPTH
from standout.types import Batch, Mask, Scores


@dataclass(kw_only=True)
class IsolationForest(RowDetector):
    """Isolation forest: rows that random cuts set apart early are anomalous.

    Finds rows with extreme values, alone or together, in many features and at any size of table.
    Blind to a row that is odd only among its neighbours, and to a rare combination of usual
    values where the features depend on each other.

    Parameters
    ----------
    trees, rows_a_tree
        How many trees, and how many rows each of them sees.

    Notes
    -----
    Scores are 2 to the power of minus mean path over expected path: in (0, 1), about 0.5 for a
    usual row. Changing the unit of a feature by a power of two changes no bit of a score.
    O(trees · rows_a_tree · log rows_a_tree) to fit, whatever the size of the table, O(trees · log
    rows_a_tree) a row to score.

    References
    ----------
    .. [1] F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> forest = IsolationForest().fit(X)
    >>> forest.score_many(np.array([[0.0, 0, 0], [9, 9, 9]])).round(2)
    array([0.37, 0.75])
    """

    name: ClassVar[str] = "isolation_forest"
    contribution_kind: ClassVar[str] = "path share"
    lean: ClassVar[bool] = True
    words: ClassVar[dict[str, str]] = {
        "title": "Isolation forest",
        "summary": "Rows that random cuts set apart early are anomalous.",
        "good_at": "Extreme values, one or many features, large tables; a safe first choice.",
        "bad_at": "Rows that are odd only among their neighbours; dependent features.",
        "cost": "Milliseconds to fit at any size; a million rows a second to score.",
    }

    trees: int = parameters.integer(
        100, "Trees", "More trees steady the scores.", minimum=1, maximum=2_000
    )
    rows_a_tree: int = parameters.integer(
        256, "Rows a tree", "Rows that each tree is grown on.", minimum=2, maximum=4_096
    )
    _grown: IsolationTrees = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        forest = cls(**params)
        rows = min(forest.rows_a_tree, n)
        work = forest.trees * (rows * (10 + d) + n)
        return Estimate(
            0.01 + work * 1e-8, 40 * forest.trees * forest.rows_a_tree + 8 * d * rows, n
        )

    def filled(self, X: Batch) -> Batch:
        """Check the shape only: the kernel fills, and can compare infinite values as they are."""
        X = np.ascontiguousarray(X, np.float64)
        if X.ndim != 2 or X.shape[1] != len(self.filler.median):  # noqa: PLR2004 - rows, features
            return super().filled(X)
        return X

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        self._grown = IsolationTrees.grow(
            X, trees=self.trees, rows_a_tree=self.rows_a_tree, seed=self.seed
        )

    def _score(self, X: Batch) -> Scores:
        expected = MEAN_DEPTH[self._grown.rows_a_tree]
        path = self._grown.mean_path(X, self.filler.median)
        return np.exp2(-path / expected) if expected else np.full(len(X), 0.5)

    def _parts(self, X: Batch) -> Batch:
        return self._grown.path_shares(X, self.filler.median)

    def _state(self) -> dict[str, Any]:
        return self._grown.to_state()

    def _load(self, state: Mapping[str, Any]) -> None:
        self._grown = IsolationTrees.from_state(state)
