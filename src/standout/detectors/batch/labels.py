"""The column of labels: which rows people have called anomalous."""

from __future__ import annotations

from typing import Any

import numpy as np

from standout.errors import InvalidInput
from standout.features.columns import Column
from standout.types import Mask

_WORDS = {
    "0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True,
    "no": False, "yes": True, "normal": False, "anomaly": True,
}  # fmt: skip


def as_labels(name: str, column: Column) -> Mask:
    """Return a column of labels as true where a row is anomalous, shape ``(n,)``.

    Takes 0 and 1, false and true, no and yes, normal and anomaly, in any case.

    Raises
    ------
    InvalidInput
        A cell is none of these; the message names it and its row, from 0.
    """
    if column.dtype.kind in "biuf":
        # nan is neither, too.
        wrong = np.flatnonzero(~np.isin(column, (0, 1)))
        if len(wrong):
            raise _wrong(name, column[wrong[0]], int(wrong[0]))
        return np.asarray(column == 1, np.bool_)
    return np.array([_label(name, row, cell) for row, cell in enumerate(column)], np.bool_)


def _label(name: str, row: int, cell: Any) -> bool:
    found = _WORDS.get(str(cell).strip().lower())
    if found is None:
        raise _wrong(name, cell, row)
    return found


def _wrong(name: str, cell: Any, row: int) -> InvalidInput:
    msg = f"The label column {name!r} holds 0 and 1, got {str(cell)[:80]!r}."
    return InvalidInput(msg).at(row)
