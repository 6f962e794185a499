"""Slow twins of `standout.kernels.isolation_trees`, and scikit-learn's trees laid out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.detectors.batch.isolation_trees import IsolationTrees
from standout.types import Batch, Point
from tests.reference.forest import mean_depth


def path_of(trees: IsolationTrees, tree: int, x: Point) -> float:
    """Path length of one row in one tree, told from the rows that its leaf holds."""
    node, depth, places = 0, 0, trees.threshold.shape[1]
    while node < places and math.isfinite(trees.threshold[tree, node]):
        goes_right = x[trees.feature[tree, node]] > trees.threshold[tree, node]
        node, depth = 2 * node + (2 if goes_right else 1), depth + 1
    while node < places:  # a branch that ended early holds its rows in its first leaf
        node = 2 * node + 1
    return depth + mean_depth(int(trees.count[tree, node - places]))


def mean_path(trees: IsolationTrees, X: Batch) -> NDArray[np.float64]:
    count = len(trees.threshold)
    return np.array([sum(path_of(trees, t, x) for t in range(count)) / count for x in X])


def rows_below(trees: IsolationTrees, tree: int, sample: Batch) -> None:
    """Assert that the rows of a sample fall through a tree as its leaves say."""
    found = np.zeros(trees.count.shape[1], np.int64)
    places = trees.threshold.shape[1]
    for x in sample:
        node = 0
        while node < places:
            right = x[trees.feature[tree, node]] > trees.threshold[tree, node]
            node = 2 * node + (2 if right else 1)
        found[node - places] += 1
    assert (found == trees.count[tree]).all()


def from_scikit_learn(forest: Any) -> IsolationTrees:
    """Lay scikit-learn's own trees out as complete trees."""
    height = max(1, *(tree.tree_.max_depth for tree in forest.estimators_))
    trees, places = len(forest.estimators_), 2**height - 1
    laid = IsolationTrees(
        np.zeros((trees, places), np.uint16),
        np.full((trees, places), np.inf),
        np.zeros((trees, places + 1)),
        np.zeros((trees, places + 1), np.int32),
        forest.max_samples_,
    )
    for number, one in enumerate(forest.estimators_):
        _lay(laid, number, one.tree_, source=0, node=0, depth=0)
    return laid


def _lay(
    laid: IsolationTrees, number: int, tree: Any, *, source: int, node: int, depth: int
) -> None:
    places = laid.threshold.shape[1]
    if tree.children_left[source] >= 0:
        laid.feature[number, node] = tree.feature[source]
        laid.threshold[number, node] = tree.threshold[source]
        for child, into in ((tree.children_left, 1), (tree.children_right, 2)):
            _lay(
                laid, number, tree, source=int(child[source]), node=2 * node + into, depth=depth + 1
            )
        return
    first = last = node
    while first < places:
        first, last = 2 * first + 1, 2 * last + 2
    rows = int(tree.n_node_samples[source])
    laid.path[number, first - places : last - places + 1] = depth + mean_depth(rows)
    laid.count[number, first - places] = rows
