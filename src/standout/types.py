"""Array aliases, named by what their axes mean; imports nothing of ours."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = NDArray[np.float64]
"""One observation: shape ``(d,)``."""

Batch: TypeAlias = NDArray[np.float64]
"""Observations in time order: shape ``(n, d)``; nan marks a missing value."""

Values: TypeAlias = NDArray[np.float64]
"""One channel in time order: shape ``(n,)``; nan marks a missing value."""

Scores: TypeAlias = NDArray[np.float64]
"""One score a row: shape ``(n,)``, in [0, 1], higher is more anomalous; nan is no opinion yet."""

Slots: TypeAlias = NDArray[np.int64]
"""The row of a bank that each observation belongs to: shape ``(n,)``."""

Times: TypeAlias = NDArray[np.int64]
"""Microseconds since 1970-01-01T00:00:00Z: shape ``(n,)``."""

Counts: TypeAlias = NDArray[np.int64]
"""Whole numbers, for example sequence numbers: shape ``(n,)``."""

VoteBits: TypeAlias = NDArray[np.uint8]
"""One bit a voter, in the voters' order from the lowest bit: shape ``(n,)``."""

Mask: TypeAlias = NDArray[np.bool_]
"""A yes or no for each row: shape ``(n,)``."""
