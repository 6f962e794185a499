"""What a model would have said, had it been trained earlier: fold by fold along the rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from standout.detectors.batch.labels import as_labels
from standout.detectors.batch.training import Progress, fit_model
from standout.errors import InvalidInput
from standout.features.columns import Column, as_times, require, rows_of
from standout.features.order import by_time
from standout.types import Mask, Scores

PARTS = 60
"""Of a fold's picture."""
FEWEST = 20
"""Rows of a fold."""


def backtest(
    columns: Mapping[str, Column],
    *,
    folds: int,
    label_column: str | None = None,
    date_column: str | None = None,
    progress: Progress = lambda done, stage: None,  # noqa: ARG005 - nobody listens
    **asked: Any,
) -> list[dict[str, Any]]:
    """Train on the rows before each fold and score the fold, which the model has not seen.

    The rows, in order of time, are cut into one part more than there are folds. The first is only
    learnt; each of the others is scored by a model of all rows before it.

    Parameters
    ----------
    columns, label_column, date_column, progress, asked
        As in `fit_model`.
    folds
        How many, 1 or more.

    Returns
    -------
    list of dict
        For each fold, oldest first, as JSON: ``learnt`` and ``rows``, how many; ``flagged``;
        ``peaks``, the highest score of each of up to 60 parts; ``labelled``, whether a part has a
        row that is labelled anomalous, ``precision`` and ``recall``, or None without labels.

    Raises
    ------
    InvalidInput
        A fold would have fewer than 20 rows, or one cannot be learnt; says which.
    Otherwise as `fit_model`.

    Notes
    -----
    Costs as many trainings as there are folds.
    """
    n = rows_of(columns)
    if n < FEWEST * (folds + 1):
        least = FEWEST * (folds + 1)
        raise InvalidInput(f"A backtest of {folds} folds takes {least:,} rows or more, got {n:,}.")
    if label_column is not None:
        require([label_column], columns, "Label column")
    if date_column is not None:
        require([date_column], columns, "Date column")
        order = by_time(as_times(date_column, columns[date_column]))
        columns = columns if order is None else {k: column[order] for k, column in columns.items()}
    labels = None if label_column is None else as_labels(label_column, columns[label_column])
    cuts = np.linspace(0, n, folds + 2).astype(np.int64).tolist()
    told = []
    for fold, (begin, end) in enumerate(pairwise(cuts[1:])):
        progress(fold / folds, f"fold {fold + 1} of {folds}")
        learnt = {name: column[:begin] for name, column in columns.items()}
        try:
            model = fit_model(learnt, label_column=label_column, date_column=date_column, **asked)
        except InvalidInput as error:
            msg = f"Fold {fold + 1}, which learns from the first {begin:,} rows: {error}"
            raise InvalidInput(msg) from None
        score = model.score({name: column[begin:end] for name, column in columns.items()}).score
        told.append(_told(begin, score, None if labels is None else labels[begin:end]))
    progress(1.0, "done")
    return told


def _told(learnt: int, score: Scores, labels: Mask | None) -> dict[str, Any]:
    edges = np.linspace(0, len(score), min(PARTS, len(score)), endpoint=False).astype(np.int64)
    flagged = score >= 0.6  # noqa: PLR2004 - the threshold of every model
    count = int(flagged.sum())
    hits = 0 if labels is None else int((flagged & labels).sum())
    real = 0 if labels is None else int(labels.sum())
    return {
        "learnt": learnt,
        "rows": len(score),
        "flagged": count,
        "peaks": [round(x, 4) for x in np.maximum.reduceat(score, edges).tolist()],
        "labelled": None if labels is None else np.logical_or.reduceat(labels, edges).tolist(),
        "precision": hits / count if labels is not None and count else None,
        "recall": hits / real if real else None,
    }
