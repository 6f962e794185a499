"""Values of several channels, as they were sent: as lists, or a column a channel."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from standout.types import Batch, Counts, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class SentChannels:
    """How the channels of rows were sent.

    Parameters
    ----------
    widths
        Channels of each row, where they differ; shape ``(n,)``.
    names
        Names of the channels, where the sender told them.
    """

    widths: Counts | None = None
    names: tuple[str, ...] | None = None

    def part(self, rows: slice | Counts) -> SentChannels:
        """Return what is told of some rows."""
        return replace(self, widths=None if self.widths is None else self.widths[rows])


def channel_table(values: list[Any]) -> tuple[Values | Batch, SentChannels | None]:
    """Return values of which some are lists, a list a row.

    Returns
    -------
    values
        Shape ``(n, d)`` for the longest, padded with nan; shape ``(n,)`` where all have one.
    channels
        How many each row has, if they differ: 1 for a number, 0 for a None, which fits any stream.
    """
    lists = [v if type(v) is list else [v] for v in values]
    widths = np.array([len(v) if v != [None] else 0 for v in lists], np.int64)
    d = int(max(widths.max(initial=1), 1))
    table = np.full((len(lists), d), np.nan)
    for row, one in zip(table, lists, strict=True):
        row[: len(one)] = [math.nan if x is None else x for x in one]
    uniform = (widths == d).all()
    return table[:, 0] if d == 1 else table, None if uniform else SentChannels(widths=widths)


def narrowed(
    values: Values | Batch, channels: SentChannels | None
) -> tuple[Values | Batch, SentChannels | None]:
    """Return rows of one stream without the columns that only others of the upload have."""
    if channels is None or channels.widths is None:
        return values, channels
    width = max(int(channels.widths.max(initial=1)), 1)
    table = values.reshape(len(values), -1)[:, :width]
    told = None if (channels.widths == width).all() else channels
    return (table[:, 0] if width == 1 else table), told
