"""A scored dataset in as many parts as a screen has room for, and the rows that stand out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from standout.domain.times import to_iso
from standout.readers.datasets.arrays import MISSING_TIME, read_arrays
from standout.schemas.model_scores import DatasetScores, ScoredRow
from standout.service.datasets import not_found
from standout.service.scored_datasets import ScoredDataset
from standout.service.severity import severity
from standout.types import Counts


def picture(found: ScoredDataset, path: Path, *, parts: int, highest: int) -> DatasetScores:
    """Return what is told of a scored dataset.

    Parameters
    ----------
    path
        The dataset's rows.
    parts
        Of the picture; fewer where there are fewer rows.
    highest
        How many of the rows that stand out most are told; equal ones in their order.

    Raises
    ------
    DatasetNotFound
        It was deleted just now.
    """
    n = len(found.score)
    edges = np.linspace(0, n, min(parts, max(n, 1)), endpoint=False).astype(np.int64)
    order = np.arange(n) if found.order is None else found.order
    score, labels = found.score[order], found.labels
    anomalies = int(found.anomaly.sum())
    hits = 0 if labels is None else int((labels & found.anomaly).sum())
    real = 0 if labels is None else int(labels.sum())
    try:
        return DatasetScores(
            model_id=found.served.model_id,
            version=found.served.version,
            dataset_id=found.dataset.id,
            total_records=n,
            anomaly_count=anomalies,
            anomaly_rate=anomalies / max(n, 1),
            history=found.history,  # type: ignore[arg-type] # one of the words
            peaks=[round(x, 4) for x in np.maximum.reduceat(score, edges).tolist()] if n else [],
            edges=_times(found, path, order, edges) if n else None,
            labelled=None
            if labels is None or not n
            else np.logical_or.reduceat(labels[order], edges).tolist(),
            precision=None if labels is None else hits / max(anomalies, 1),
            recall=None if labels is None else hits / max(real, 1),
            highest=_highest(found, path, highest),
        )
    except FileNotFoundError:
        raise not_found(found.dataset.id) from None


def _times(found: ScoredDataset, path: Path, order: Counts, edges: Counts) -> list[str] | None:
    """Return when each part begins, and the last row is; None where times are not told."""
    date = found.served.fitted.plan.date or found.dataset.profile["date_column"]
    if found.dataset.kinds.get(date) != "datetime":
        return None
    times = read_arrays(path, [date])[date][order]
    at = times[np.append(edges, len(times) - 1)]
    return None if (at == MISSING_TIME).any() else [to_iso(int(us)) for us in at]


def _highest(found: ScoredDataset, path: Path, most: int) -> list[ScoredRow]:
    rows = np.argsort(-found.score, kind="stable")[:most]
    frame = pl.read_parquet(path)[rows.tolist()] if len(rows) else pl.DataFrame()
    return [
        ScoredRow(
            row=int(row) + 1,
            score=float(found.score[row]),
            severity=severity(float(found.score[row])),
            is_anomaly=bool(found.anomaly[row]),
            data={name: _cell(cell) for name, cell in cells.items()},
        )
        for row, cells in zip(rows, frame.iter_rows(named=True), strict=True)
    ]


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    return None if isinstance(cell, float) and not np.isfinite(cell) else cell
