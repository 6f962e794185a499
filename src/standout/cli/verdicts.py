"""Verdicts as columns beside the columns of a file."""

from __future__ import annotations

import polars as pl

from standout.service.scoring import Detection

COLUMNS = ("score", "anomaly", "expected", "lower", "upper")


def with_verdicts(frame: pl.DataFrame, found: Detection) -> pl.DataFrame:
    """Add the verdicts to a table; nan becomes an empty cell.

    Parameters
    ----------
    frame
        Text columns, ``n`` rows. A column that has the name of one to be added keeps its cells
        under that name with ``_input``.
    found
        Verdicts on its rows.
    """
    taken = set(frame.columns)
    renamed = {name: _free(name, taken) for name in COLUMNS if name in taken}
    added = [pl.Series(name, getattr(found, name)).fill_nan(None) for name in COLUMNS]
    added[1] = added[1].cast(pl.Int8)
    return frame.rename(renamed).with_columns(added)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_input"
    taken.add(name)
    return name
