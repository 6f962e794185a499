"""Slow twins of `standout.evaluation.ranking`: every threshold, every pair."""

from __future__ import annotations

import math
from collections.abc import Sequence


def known(scores: Sequence[float]) -> list[float]:
    return [0.0 if math.isnan(score) else score for score in scores]


def average_precision(labels: Sequence[bool], scores: Sequence[float]) -> float:
    total = sum(labels)
    if not total:
        return math.nan
    area = recall = 0.0
    for threshold in sorted(set(known(scores)), reverse=True):
        flagged = [score >= threshold for score in known(scores)]
        hits = sum(flag and label for flag, label in zip(flagged, labels, strict=True))
        area += (hits / total - recall) * hits / sum(flagged)
        recall = hits / total
    return area


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> float:
    pairs = list(zip(labels, known(scores), strict=True))
    anomalous = [score for label, score in pairs if label]
    normal = [score for label, score in pairs if not label]
    if not (anomalous and normal):
        return math.nan
    won = sum((a > b) + (a == b) / 2 for a in anomalous for b in normal)
    return won / (len(anomalous) * len(normal))
