"""Slow twin of `standout.evaluation.events`: row by row."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from tests.reference.vus import stretches


def counts(
    labels: Sequence[bool], scores: Sequence[float], threshold: float
) -> tuple[int, int, int, list[int]]:
    """Events, found ones, false alarms, delays."""
    flagged = [not math.isnan(score) and score >= threshold for score in scores]
    events = stretches(labels)
    delays = []
    for first, last in events:
        hits = [row for row in range(first, last + 1) if flagged[row]]
        delays += [hits[0] - first] if hits else []
    false = [flag and not label for flag, label in zip(flagged, labels, strict=True)]
    alarms = [last - first + 1 for first, last in stretches(false)]
    if not events:
        return 0, 0, len(alarms), []
    typical = statistics.median(last - first + 1 for first, last in events)
    return len(events), len(delays), sum(math.ceil(rows / typical) for rows in alarms), delays
