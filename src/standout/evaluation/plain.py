"""Figures as plain numbers, texts and lists."""

from __future__ import annotations

import math
from typing import Any

from standout.evaluation.events import EventCounts
from standout.evaluation.figures import FamilyFigures, SeriesFigures
from standout.evaluation.nab import NabScore
from standout.evaluation.nab_alarms import AlarmFigures

_RANKING = ("vus_pr", "average_precision", "auroc")


def as_plain(figures: FamilyFigures) -> dict[str, Any]:
    """Return figures as JSON has them; what is not defined is None.

    Notes
    -----
    `causal` is false for detectors of whole series; all others score each value before they learn
    it.
    """
    contender = figures.contender
    return {
        "family": figures.family,
        "detector": contender.name,
        "version": contender.version,
        "window": contender.window,
        "threshold": contender.threshold,
        "causal": contender.causal,
        **{name: _number(figures.mean(name)) for name in _RANKING},
        "nab": _nab(figures.nab),
        "nab_at_threshold": _nab(figures.nab_shipped),
        "nab_alarms": _alarms(figures.alarms),
        "events": _events(figures.events),
        "on_clean_series": _events(figures.on_clean),
        "series": [_series(one) for one in figures.series],
    }


def _series(figures: SeriesFigures) -> dict[str, Any]:
    return {
        "series": figures.series,
        "rows": figures.rows,
        "anomalous_rows": figures.anomalous_rows,
        **{name: _number(getattr(figures, name)) for name in _RANKING},
        "events": _events(figures.events),
    }


def _events(counts: EventCounts | None) -> dict[str, Any] | None:
    if counts is None:
        return None
    return {
        "events": counts.events,
        "found": counts.found,
        "false_alarms": counts.false_alarms,
        "normal_rows": counts.normal_rows,
        "flagged_per_1000": _number(counts.flagged_per_1000),
        "precision": _number(counts.precision),
        "recall": _number(counts.recall),
        "f1": _number(counts.f1),
        "median_delay_rows": _number(counts.median_delay_rows),
        "median_delay_s": _number(counts.median_delay_s),
    }


def _nab(scores: dict[str, NabScore] | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    return {
        profile: {"score": _number(found.score), "threshold": _number(found.threshold)}
        for profile, found in scores.items()
    }


def _alarms(figures: AlarmFigures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    return {
        "best": _nab(figures.best),
        "left_out": _number(figures.left_out),
        "at_threshold": _number(figures.shipped),
        "false_per_1000_on_clean": _number(figures.false_per_1000),
        "categories": [
            {
                "category": one.name,
                "share": _number(one.share),
                "windows": one.windows,
                "found": one.found,
                "false_rows": one.false_rows,
            }
            for one in figures.categories
        ],
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
