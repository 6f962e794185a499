"""Figures that others published on the same series."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from standout.evaluation.corpora.columns import Columns
from standout.evaluation.corpora.folder import ALL_CHANNELS, MULTIVARIATE

_BESIDES = {"id", "rows", "column", "tsbad_file", "label_rows_tsbad_minus_here"}
_RECOMPUTED = "sub_pca_recomputed_here"
_UNIVARIATE = ("tsbad_u_vuspr.csv", "tsbad_u_vuspr_nab_loose.csv")
_MULTIVARIATE = ("tsbad_m_vuspr.csv",)


@dataclass(frozen=True, slots=True)
class PublishedVus:
    """Mean VUS-PR of published methods over the series of a family that they share with ours.

    Parameters
    ----------
    series
        Ids of the shared series.
    means
        Method to mean VUS-PR, the best first; methods without all of the series are left out.
    """

    series: tuple[str, ...]
    means: dict[str, float]


def published_nab(data: Path | None) -> dict[str, dict[str, float]]:
    """Return NAB's scoreboard: detector to profile to score, the best first; empty if not there."""
    path = None if data is None else data / "anchors" / "nab_final_results.json"
    if path is None or not path.is_file():
        return {}
    board: dict[str, dict[str, float]] = json.loads(path.read_bytes())
    renamed = {
        name: {profile.removesuffix("_rate"): score for profile, score in scores.items()}
        for name, scores in board.items()
    }
    return dict(sorted(renamed.items(), key=lambda entry: -entry[1]["standard"]))


def published_vus(data: Path | None, family: str) -> PublishedVus | None:
    """Return what TSB-AD published for a family, or None where there is nothing."""
    if data is None:
        return None
    several = family in MULTIVARIATE
    for name in _MULTIVARIATE if several else _UNIVARIATE:
        path = data / "anchors" / name
        if path.is_file() and (found := _means(path, family.removesuffix(ALL_CHANNELS))):
            return found
    return None


def _means(path: Path, family: str) -> PublishedVus | None:
    columns = Columns.read(path)
    shared = columns.frame.filter(columns.frame["id"].str.starts_with(f"{family}/"))
    if shared.is_empty():
        return None
    table = Columns(path, shared)
    methods = [name for name in shared.columns if name not in {*_BESIDES, _RECOMPUTED}]
    means = {method: float(np.mean(table.values(method))) for method in methods}
    whole = {method: mean for method, mean in means.items() if not np.isnan(mean)}
    ordered = dict(sorted(whole.items(), key=lambda entry: -entry[1]))
    return PublishedVus(tuple(shared["id"]), ordered)
