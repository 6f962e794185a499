"""Figures that others published, or that were measured with other libraries, on the same tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from standout.evaluation.corpora.columns import Columns
from standout.evaluation.tabular import ONE_CLASS, SUPERVISED, UNSUPERVISED

_PUBLISHED = Path("anchors") / "adbench_dte_table.csv"
_MEASURED = Path("anchors") / "tabular_measured_pyod367.csv"

_METRICS = {UNSUPERVISED: "unsup", ONE_CLASS: "semi"}
_SETTINGS = {
    UNSUPERVISED: "unsup-transductive",
    ONE_CLASS: "semi-50normal",
    SUPERVISED: "sup-100%",
}


@dataclass(frozen=True, slots=True)
class PublishedMean:
    """Mean figures of one method in one setting.

    Parameters
    ----------
    method
        As its source calls it.
    source
        "published" (ADBench and DTE), or "measured" (PyOD and scikit-learn, one seed).
    tables
        Over how many tables.
    auroc, average_precision
        In [0, 1].
    """

    method: str
    source: str
    tables: int
    auroc: float
    average_precision: float


def published(data: Path | None, setting: str, tables: list[str]) -> list[PublishedMean]:
    """Return what is known of other methods on these tables, the best AUROC first."""
    if data is None:
        return []
    found = [*_from_paper(data / _PUBLISHED, setting, tables)]
    found += _from_runs(data / _MEASURED, setting, tables)
    return sorted(found, key=lambda one: -one.auroc)


def _from_paper(path: Path, setting: str, tables: list[str]) -> list[PublishedMean]:
    if setting not in _METRICS or not path.is_file():
        return []
    frame = Columns.read(path).frame
    shared = frame.filter(frame["id"].is_in(tables))
    methods = [name for name in frame.columns if name not in {"id", "metric"}]
    means = {}
    for metric in ("aucroc", "aucpr"):
        table = Columns(path, shared.filter(metric=f"{_METRICS[setting]}_{metric}"))
        means[metric] = {name: table.values(name) / 100 for name in methods}
    return [
        PublishedMean(
            name,
            "published",
            len(means["aucroc"][name]),
            float(np.mean(means["aucroc"][name])),
            float(np.mean(means["aucpr"][name])),
        )
        for name in methods
        if len(means["aucroc"][name])
    ]


def _from_runs(path: Path, setting: str, tables: list[str]) -> list[PublishedMean]:
    if not path.is_file():
        return []
    frame = Columns.read(path).frame
    shared = frame.filter(frame["id"].is_in(tables)).filter(setting=_SETTINGS[setting])
    found = []
    for method in shared["method"].unique(maintain_order=True):
        table = Columns(path, shared.filter(method=method))
        auroc, precision = table.values("auroc"), table.values("ap")
        found.append(
            PublishedMean(
                method, "measured", len(auroc), float(np.mean(auroc)), float(np.mean(precision))
            )
        )
    return found
