"""What tables share, whether CSV or Arrow: which columns there must be, what a value may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from standout.errors import MalformedMessage
from standout.readers.uploads.channels import SentChannels
from standout.readers.uploads.pieces import NO_SEQ
from standout.types import Batch, Counts, Values

TIMESTAMP, VALUE, ID, SEQ = "timestamp", "value", "id", "seq"

CHANNEL = "value."
"""Begins the names of the columns of channels."""

MAX_CHANNELS = 64

VERDICT = frozenset(
    {
        *("score", "anomaly", "votes", "expected", "lower", "upper", "late", "problem"),
        *("channel", "seq"),
    }
)
"""Columns that an export has besides: they are read over, so that it can be sent again."""

Where = Callable[[int], str]


def check_columns(names: Sequence[str], *, by_id: bool, ignored: frozenset[str]) -> None:
    """Check a table's columns.

    Raises
    ------
    MalformedMessage
        One is missing, there twice, or not known.
    """
    channels = channel_columns(names)
    wanted = [TIMESTAMP, *channels, *([] if channels else [VALUE]), *([ID] if by_id else [])]
    if len(channels) > MAX_CHANNELS:
        msg = f"A stream has at most {MAX_CHANNELS} channels, got {len(channels)} columns."
        raise MalformedMessage(msg)
    missing = [name for name in wanted if name not in names]
    if missing:
        found = ", ".join(map(repr, names[:20])) or "none"
        msg = f"The column {missing[0]!r} is missing; there are {found}."
        raise MalformedMessage(msg)
    for name in names:
        if names.count(name) > 1:
            raise MalformedMessage(f"The column {name!r} is there twice.")
        if name == ID and not by_id:
            msg = "The column 'id' names streams; send it to POST /observations, or leave it out."
            raise MalformedMessage(msg)
        read_over = name in VERDICT or name in ignored or name == VALUE
        if name not in wanted and not read_over:
            known = " and ".join(map(repr, wanted))
            raise MalformedMessage(f"The column {name[:60]!r} is not known; {known} are wanted.")


def channel_columns(names: Sequence[str]) -> list[str]:
    """Return the columns that hold a channel each: those called ``value.NAME``."""
    return [name for name in names if name.startswith(CHANNEL) and len(name) > len(CHANNEL)]


def named_channels(columns: Sequence[str]) -> SentChannels | None:
    """Return the names of the channels in such columns; None if there are none."""
    names = tuple(name.removeprefix(CHANNEL) for name in columns)
    return SentChannels(names=names) if names else None


def joined_columns(columns: Sequence[pl.Series]) -> Values | Batch:
    """Return columns of numbers as one array: of one column shape ``(n,)``, else ``(n, d)``."""
    arrays = [np.asarray(column.to_numpy(), np.float64) for column in columns]
    return arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=1)


def keys_of(column: pl.Series) -> Counts:
    """Return a column of senders' own numbers; -1 where a cell is none."""
    if column.dtype == pl.String:
        column = column.str.strip_chars()
    read = column.cast(pl.Int64, strict=False).fill_null(NO_SEQ)
    return np.maximum(np.asarray(read.to_numpy(), np.int64), NO_SEQ)


def first(mask: pl.Series) -> int | None:
    """Return the first row where a mask is true; None if it nowhere is."""
    place = mask.arg_max()
    return place if place is not None and mask[place] else None
