"""Decision trees that another library grew, walked from node to node."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.kernels.jit import kernel
from standout.types import Batch, Counts, Scores, Values

BLOCK = 64
"""Rows that pass one tree together, so that it stays in the cache."""


@kernel
def mean_values(
    X: NDArray[np.float32],
    roots: Counts,
    child: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: Values,
    value: Values,
    out: Scores,
) -> None:
    """Write the mean over the trees of the value of the leaf that each row reaches.

    Parameters
    ----------
    X
        Rows in the precision that the trees were grown in, shape ``(n, d)``.
    roots
        First node of each tree, shape ``(trees,)``.
    child
        Left and right child of each node, the node itself twice for a leaf; shape ``(nodes, 2)``.
    feature, threshold
        A row goes left where the feature is at most the threshold; shape ``(nodes,)``.
    value
        Of each node, shape ``(nodes,)``.
    out
        Filled, shape ``(n,)``.
    """
    n = len(X)
    trees = len(roots)
    total = np.empty(BLOCK)
    for start in range(0, n, BLOCK):
        rows = min(BLOCK, n - start)
        total[:rows] = 0.0
        for tree in range(trees):
            for i in range(rows):
                node = roots[tree]
                while child[node, 0] != node:
                    right = np.float64(X[start + i, feature[node]]) > threshold[node]
                    node = np.int64(child[node, 1 if right else 0])
                total[i] += value[node]
        for i in range(rows):
            out[start + i] = total[i] / trees


@kernel
def value_parts(
    X: NDArray[np.float32],
    roots: Counts,
    child: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: Values,
    value: Values,
    out: Batch,
) -> None:
    """Add up by how much the splits on each feature raise the value on the way of each row.

    Parameters
    ----------
    X, roots, child, feature, threshold, value
        As in `mean_values`.
    out
        Filled with the mean rise, shape ``(n, d)``; over all features it sums to the row's mean
        value less that of the roots.

    References
    ----------
    .. [1] A. Saabas, "Interpreting random forests", 2014.
    """
    n, d = X.shape
    trees = len(roots)
    for row in range(n):
        for f in range(d):
            out[row, f] = 0.0
        for tree in range(trees):
            node = roots[tree]
            while child[node, 0] != node:
                right = np.float64(X[row, feature[node]]) > threshold[node]
                after = np.int64(child[node, 1 if right else 0])
                out[row, feature[node]] += value[after] - value[node]
                node = after
        for f in range(d):
            out[row, f] /= trees
