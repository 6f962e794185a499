"""TSB-AD's Sub-PCA, whose published figures are known: it has no randomness in it."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from standout.types import Scores, Values


def sub_pca(values: Values, window: int) -> Scores:
    """Weighted distances of each standardised window to all principal axes, on its middle row."""
    X = sliding_window_view(values, window)
    spread = X.std(axis=0)
    X = (X - X.mean(axis=0)) / np.where(spread == 0, 1.0, spread)
    X = X[:, (X != 0).any(axis=0)]
    _, singular, axes = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    # The sign of an axis matters for the distance to it: its largest part is positive.
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    squared = (X**2).sum(axis=1)[:, None] + 1 - 2 * X @ axes.T
    shares = singular**2 / (singular**2).sum()
    scores = (np.sqrt(np.maximum(squared, 0)) / shares).sum(axis=1)
    return np.pad(scores, ((window - 1) - (window - 1) // 2, (window - 1) // 2), mode="edge")
