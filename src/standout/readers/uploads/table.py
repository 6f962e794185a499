"""What tables share, whether CSV or Arrow: which columns there must be, what a value may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from standout.errors import MalformedMessage

TIMESTAMP, VALUE, ID = "timestamp", "value", "id"

VERDICT = frozenset(
    {"score", "anomaly", "votes", "expected", "lower", "upper", "late", "problem", "seq"}
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
    wanted = [TIMESTAMP, VALUE, *([ID] if by_id else [])]
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
        if name not in wanted and name not in VERDICT and name not in ignored:
            known = " and ".join(map(repr, wanted))
            raise MalformedMessage(f"The column {name[:60]!r} is not known; {known} are wanted.")


def first(mask: pl.Series) -> int | None:
    """Return the first row where a mask is true; None if it nowhere is."""
    place = mask.arg_max()
    return place if place is not None and mask[place] else None
