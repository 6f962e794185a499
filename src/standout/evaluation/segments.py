"""Segments ``[start, end)``: the stretches of a mask."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from standout.types import Mask

Segments: TypeAlias = NDArray[np.int64]
"""First rows and the rows after the last ones, in order: shape ``(k, 2)``."""


def segments(mask: Mask) -> Segments:
    """Return the longest stretches of true rows, shape ``(k, 2)``.

    Examples
    --------
    >>> segments(np.array([True, True, False, True])).tolist()
    [[0, 2], [3, 4]]
    """
    edges = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.column_stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)])
