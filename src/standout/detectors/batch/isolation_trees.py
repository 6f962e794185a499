"""The trees of an isolation forest as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from standout.kernels import isolation_trees as kernels
from standout.types import Batch, Scores, Values


@dataclass(frozen=True)
class IsolationTrees:
    """Complete trees of one height.

    Parameters
    ----------
    feature, threshold
        The splits in heap order, shape ``(trees, 2**height - 1)``.
    path, count
        Of each leaf its path length, and how many training rows ended there; shape
        ``(trees, 2**height)``.
    rows_a_tree
        Rows that each tree was grown on.
    """

    feature: NDArray[np.uint16]
    threshold: Batch
    path: Batch
    count: NDArray[np.int32]
    rows_a_tree: int

    @classmethod
    def grow(cls, X: Batch, *, trees: int, rows_a_tree: int, seed: int) -> Self:
        """Grow trees on rows without missing or infinite values, shape ``(n, d)``."""
        rows = min(rows_a_tree, len(X))
        height = max(1, (rows - 1).bit_length())
        keys = np.random.default_rng(seed).integers(0, 2**32, trees)
        splits, leaves = (trees, 2**height - 1), (trees, 2**height)
        grown = cls(
            np.zeros(splits, np.uint16),
            np.zeros(splits),
            np.zeros(leaves),
            np.zeros(leaves, np.int32),
            rows,
        )
        nothing_missing = np.zeros(X.shape[1])
        kernels.grow(
            X,
            nothing_missing,
            keys,
            rows,
            height,
            grown.feature,
            grown.threshold,
            grown.path,
            grown.count,
        )
        return grown

    def mean_path(self, X: Batch, fill: Values) -> Scores:
        """Return each row's mean path length, with `fill` in place of missing values."""
        out = np.empty(len(X))
        kernels.mean_path(X, fill, self.feature, self.threshold, self.path, out)
        return out

    def path_shares(self, X: Batch, fill: Values) -> Batch:
        """Return by how many splits each feature shortens each row's mean path."""
        out = np.empty(X.shape)
        kernels.path_shares(X, fill, self.feature, self.threshold, self.values, out)
        return out

    @cached_property
    def values(self) -> Batch:
        """Mean path of the training rows under each place, leaves last."""
        value, rows = self.path, self.count.astype(np.float64)
        levels = [value]
        while value.shape[1] > 1:
            left, right = rows[:, 0::2], rows[:, 1::2]
            rows = left + right
            mean = value[:, 0::2] * left + value[:, 1::2] * right
            # Below the end of a branch all leaves are alike, and only the first holds its rows.
            value = np.where(rows > 0, mean / np.maximum(rows, 1), value[:, 0::2])
            levels.insert(0, value)
        return np.ascontiguousarray(np.concatenate(levels, axis=1))

    def to_state(self) -> dict[str, Any]:
        """Return the arrays by name."""
        return {
            "feature": self.feature,
            "threshold": self.threshold,
            "path": self.path,
            "count": self.count,
            "rows_a_tree": self.rows_a_tree,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make trees from what `to_state` gave."""
        return cls(
            np.ascontiguousarray(state["feature"], np.uint16),
            np.ascontiguousarray(state["threshold"], np.float64),
            np.ascontiguousarray(state["path"], np.float64),
            np.ascontiguousarray(state["count"], np.int32),
            int(state["rows_a_tree"]),
        )
