"""Random forest: grown by scikit-learn, kept and walked as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.kernels.decision_trees import mean_values, value_parts
from standout.types import Batch, Mask, Scores

MOST_ROWS = 100_000
"""That each tree is grown on."""

_ARRAYS = {
    "roots": np.int64,
    "child": np.int32,
    "feature": np.int32,
    "threshold": np.float64,
    "value": np.float64,
}
_MOST = float(np.finfo(np.float32).max)


@dataclass(kw_only=True)
class RandomForest(RowDetector):
    """Random forest on labelled rows: the share of trees' votes for an anomaly.

    The choice where there are labels, even a few dozen of anomalies: takes features in any unit
    and combination. Knows only anomalies like those that were labelled; others score low.

    Parameters
    ----------
    trees, rows_a_leaf
        How many trees, and the fewest rows of a leaf: more smooth the scores.

    Notes
    -----
    Scores are probabilities, in [0, 1]. O(trees · n log n · √d) to fit, O(trees · depth) a row to
    score. Scores equal scikit-learn's to rounding.

    References
    ----------
    .. [1] L. Breiman, "Random Forests", Machine Learning 45, 2001.
    """

    name: ClassVar[str] = "random_forest"
    contribution_kind: ClassVar[str] = "path share"
    supervised: ClassVar[bool] = True
    one_class: ClassVar[bool] = False
    words: ClassVar[dict[str, str]] = {
        "title": "Random forest",
        "summary": "Learns from labelled rows which are anomalous; trees vote.",
        "good_at": "Labelled anomalies, in any unit and combination of features.",
        "bad_at": "Kinds of anomalies that were never labelled.",
        "cost": "A minute or so for 100,000 rows to fit; 100,000 rows a second to score.",
    }

    trees: int = parameters.integer(
        100, "Trees", "More trees steady the scores.", minimum=1, maximum=1_000
    )
    rows_a_leaf: int = parameters.integer(
        1, "Rows a leaf", "Fewest rows of a leaf.", minimum=1, maximum=10_000
    )
    _nodes: dict[str, NDArray[Any]] = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the one on three quarters too."""
        trees = cls(**params).trees
        rows = min(n, MOST_ROWS)
        work = trees * rows * np.log2(rows + 1) * np.sqrt(d)
        return Estimate(1.5 + float(work) * 4e-8, 200_000_000 + 60 * trees * rows + 20 * n * d, n)

    def _learn(self, X: Batch, y: Mask | None) -> None:
        from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - 200 MB, a second

        forest = RandomForestClassifier(
            n_estimators=self.trees,
            min_samples_leaf=self.rows_a_leaf,
            max_samples=MOST_ROWS if len(X) > MOST_ROWS else None,
            random_state=self.seed,
        )
        self._nodes = _exported(forest.fit(_as_single(X), y))

    def _score(self, X: Batch) -> Scores:
        out = np.empty(len(X))
        roots, child, feature, threshold, value = self._nodes.values()
        mean_values(_as_single(X), roots, child, feature, threshold, value, out)
        return out

    def _parts(self, X: Batch) -> Batch:
        out = np.empty(X.shape)
        roots, child, feature, threshold, value = self._nodes.values()
        value_parts(_as_single(X), roots, child, feature, threshold, value, out)
        return out

    def _state(self) -> dict[str, Any]:
        return dict(self._nodes)

    def _load(self, state: Mapping[str, Any]) -> None:
        self._nodes = {
            name: np.ascontiguousarray(state[name], kind) for name, kind in _ARRAYS.items()
        }


def _as_single(X: Batch) -> NDArray[np.float32]:
    return np.clip(X, -_MOST, _MOST).astype(np.float32)


def _exported(forest: Any) -> dict[str, NDArray[Any]]:
    """Return the nodes of all trees of scikit-learn's forest, one tree after the other."""
    anomalous = list(forest.classes_).index(True)
    found: dict[str, list[Any]] = {name: [] for name in _ARRAYS}
    root = 0
    for one in forest.estimators_:
        tree = one.tree_
        nodes = np.arange(tree.node_count)
        leaf = tree.children_left < 0
        left, right = (
            np.where(leaf, nodes, side) + root for side in (tree.children_left, tree.children_right)
        )
        found["roots"].append(np.array([root]))
        found["child"].append(np.stack([left, right], axis=1))
        found["feature"].append(np.where(leaf, 0, tree.feature))
        found["threshold"].append(tree.threshold)
        votes = tree.value[:, 0, :]
        found["value"].append(votes[:, anomalous] / votes.sum(axis=1))
        root += tree.node_count
    return {
        name: np.ascontiguousarray(np.concatenate(found[name]), kind)
        for name, kind in _ARRAYS.items()
    }
