"""A scored dataset in as many parts as a screen has room for, and the rows that stand out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from standout.detectors.thresholds import SHIPPED
from standout.domain.times import to_iso
from standout.evaluation.events import count_events
from standout.readers.datasets.arrays import MISSING_TIME, read_arrays
from standout.schemas.model_scores import DatasetScores, EventFigures, ScoredRow
from standout.service.datasets import not_found
from standout.service.scored_datasets import ScoredDataset
from standout.service.severity import severity
from standout.types import Counts, Mask, Scores, Times

DAY_US = 86_400_000_000


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
    times_us = _times_us(found, path, order) if n else None
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
            edges=None if times_us is None else _edges(times_us, edges),
            labelled=None
            if labels is None or not n
            else np.logical_or.reduceat(labels[order], edges).tolist(),
            precision=None if labels is None else hits / max(anomalies, 1),
            recall=None if labels is None else hits / max(real, 1),
            events=None
            if labels is None or times_us is None
            else _events(labels[order], score, times_us),
            score_us=found.took_s / max(n, 1) * 1e6,
            highest=_highest(found, path, highest),
        )
    except FileNotFoundError:
        raise not_found(found.dataset.id) from None


def _times_us(found: ScoredDataset, path: Path, order: Counts) -> Times | None:
    """Return the times of all rows; None where not all are told."""
    date = found.served.fitted.plan.date or found.dataset.profile["date_column"]
    if found.dataset.kinds.get(date) != "datetime":
        return None
    times: Times = read_arrays(path, [date])[date][order]
    return None if (times == MISSING_TIME).any() else times


def _edges(times_us: Times, edges: Counts) -> list[str]:
    """Return when each part begins, and the last row is."""
    return [to_iso(int(us)) for us in times_us[np.append(edges, len(times_us) - 1)]]


def _events(labels: Mask, score: Scores, times_us: Times) -> EventFigures | None:
    """Compare alarms with labelled stretches; None where the rows are in no order of time."""
    if (np.diff(times_us) < 0).any():
        return None
    counts = count_events(labels, score, SHIPPED, times_us)
    days = float(times_us[-1] - times_us[0]) / DAY_US
    return EventFigures(
        events=counts.events,
        found=counts.found,
        false_alarms=counts.false_alarms,
        false_alarms_per_day=counts.false_alarms / days if days > 0 else None,
        precision=_known(counts.precision),
        recall=_known(counts.recall),
        f1=_known(counts.f1),
        delay_rows=_known(counts.median_delay_rows),
        delay_s=_known(counts.median_delay_s),
    )


def _known(x: float) -> float | None:
    return None if np.isnan(x) else x


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
