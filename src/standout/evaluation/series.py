"""A series with people's labels on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from standout.evaluation.segments import Segments
from standout.types import Batch, Mask, Times, Values


def _no_segments() -> Segments:
    return np.empty((0, 2), np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSeries:
    """Values in order of time, and which of them people called anomalous.

    Parameters
    ----------
    family
        The collection that it belongs to.
    name
        Unique within the family.
    values
        Shape ``(n,)``; nan is a missing value.
    labels
        True where a row is anomalous; shape ``(n,)``.
    timestamps
        The time of each row as it was written; None where there is none.
    times_us
        The same as microseconds UTC; shape ``(n,)``.
    counted_from
        Rows before are learnt, but count for no figure.
    windows
        NAB's windows; they may touch each other, as labelled stretches cannot.
    channels
        All channels of a series that has several, `values` being the first; shape ``(n, d)``.
    """

    family: str
    name: str
    values: Values
    labels: Mask
    timestamps: list[str] | None = None
    times_us: Times | None = None
    counted_from: int = 0
    windows: Segments = field(default_factory=_no_segments)
    channels: Batch | None = None

    @property
    def observed(self) -> Values | Batch:
        """What a detector is given: all channels where there are several."""
        return self.values if self.channels is None else self.channels

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.values)
