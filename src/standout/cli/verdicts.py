"""Verdicts as columns beside the columns of a file."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from standout.service.scoring import Detection

COLUMNS = ("score", "anomaly", "expected", "lower", "upper")
CHANNEL = "channel"


def with_verdicts(
    frame: pl.DataFrame, found: Detection, channels: Sequence[str] | None = None
) -> pl.DataFrame:
    """Add the verdicts to a table; nan becomes an empty cell.

    Parameters
    ----------
    frame
        Text columns, ``n`` rows. A column that has the name of one to be added keeps its cells
        under that name with ``_input``.
    found
        Verdicts on its rows.
    channels
        Names of the channels that were judged together; the one that stands out most in a row
        gets a column, too.
    """
    added = [pl.Series(name, getattr(found, name)).fill_nan(None) for name in COLUMNS]
    added[1] = added[1].cast(pl.Int8)
    if channels is not None:
        worst = [channels[c] if c >= 0 else None for c in found.channel.tolist()]
        added.append(pl.Series(CHANNEL, worst, pl.String))
    taken = set(frame.columns)
    renamed = {one.name: _free(one.name, taken) for one in added if one.name in taken}
    return frame.rename(renamed).with_columns(added)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_input"
    taken.add(name)
    return name
