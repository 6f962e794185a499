"""What `/predict` finds in the series of cloud metrics that it is meant for."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np

from standout.detectors.thresholds import SHIPPED
from standout.evaluation.ranking import auroc
from standout.service.series import score_series


def test_the_labelled_events_are_found(data: Path) -> None:
    """28 of 30 events are touched, 5.6 % of the values flagged; measured, not tuned."""
    files = sorted((data / "univariate" / "NAB").glob("realAWSCloudwatch-*.csv.gz"))
    assert len(files) == 17
    events = found = flagged = total = 0
    areas = []
    for path in files:
        with gzip.open(path, "rt") as lines:
            rows = list(csv.DictReader(lines))
        labels = np.array([int(row["label"]) for row in rows])
        score = score_series([float(row["value"]) for row in rows]).score
        flags = score >= SHIPPED
        edges = np.diff(np.concatenate([[0], labels, [0]]))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        events += len(starts)
        found += sum(bool(flags[a:b].any()) for a, b in zip(starts, ends, strict=True))
        flagged += int(flags.sum())
        total += len(rows)
        known = ~np.isnan(score)
        if labels.any():
            areas.append(auroc(labels[known] == 1, score[known]))
    assert events == 30
    assert found >= 27
    assert flagged / total < 0.07
    assert np.mean(areas) > 0.60
