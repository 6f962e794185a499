"""Batch detectors by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from standout.detectors.batch.auto import Auto
from standout.detectors.batch.base import Algorithm, BatchDetector, Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.detectors.batch.hbos import HistogramScore
from standout.detectors.batch.isolation_forest import IsolationForest
from standout.detectors.batch.knn import NearestNeighbours
from standout.detectors.batch.local_outlier_factor import LocalOutlierFactor
from standout.detectors.batch.logistic_regression import LogisticRegression
from standout.detectors.batch.mcd import ConcentratedCovariance
from standout.detectors.batch.one_class_svm import OneClassSvm
from standout.detectors.batch.random_forest import RandomForest
from standout.detectors.batch.sampled_neighbours import SampledNeighbours
from standout.errors import InvalidParameter, UnknownDetector

_CLASSES: dict[str, type[RowDetector]] = {
    cls.name: cls
    for cls in (
        IsolationForest,
        OneClassSvm,
        LocalOutlierFactor,
        RandomForest,
        LogisticRegression,
        Auto,
        NearestNeighbours,
        SampledNeighbours,
        ConcentratedCovariance,
        HistogramScore,
    )
}

DEFAULT = IsolationForest.name

_LONGEST_S = 86_400.0


def names() -> list[str]:
    """Return the names of all algorithms, the default first."""
    return list(_CLASSES)


def describe(name: str) -> Algorithm:
    """Tell what an algorithm is good and bad at, and what it takes.

    Raises
    ------
    UnknownDetector
        None has this name.
    """
    return _class(name).describe()


def make(name: str, params: Mapping[str, Any], seed: int = 0) -> BatchDetector:
    """Make a detector that has learnt nothing.

    Raises
    ------
    UnknownDetector
        None has this name.
    InvalidParameter
        A parameter is unknown or out of its range.
    """
    cls = _class(name)
    _known(cls, params)
    try:
        return cls(**params, seed=seed)
    except (TypeError, ValueError) as error:
        raise InvalidParameter(str(error)) from None


def from_state(name: str, params: Mapping[str, Any], state: Mapping[str, Any]) -> BatchDetector:
    """Make a detector from its parameters, the seed among them, and its state.

    Raises
    ------
    UnknownDetector
        None has this name.
    ValueError
        The state is another version's, or not of this detector.
    """
    return _class(name).from_state(params, state)


def estimate(name: str, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
    """Tell what a fit on `n` rows of `d` features takes; raises as `make`.

    It is refused where the machine has not the memory, or where it would take more than a day.
    """
    make(name, params)
    told = _class(name).estimate(n, d, params)
    return replace(told, refusal=_refusal(name, told), note=_note(name, told, n))


def for_mode(name: str, params: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """Return the parameters with what an algorithm must know of the rows that it will learn.

    Parameters
    ----------
    name, params
        As in `make`.
    mode
        "one_class" tells that the rows are clean.
    """
    if "rows_are" not in describe(name).params["properties"]:
        return dict(params)
    return {"rows_are": "clean" if mode == "one_class" else "mixed", **params}


def _refusal(name: str, told: Estimate) -> str | None:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if told.bytes > memory:
        return (
            f"{name} would take about {told.bytes / 1e9:,.0f} GB of memory, and there are "
            f"{memory / 1e9:,.0f} GB: train it on fewer rows or features."
        )
    if told.seconds > _LONGEST_S:
        return f"{name} would take about {told.seconds / 3_600:,.0f} hours: train it on fewer rows."
    return None


def _note(name: str, told: Estimate, n: int) -> str | None:
    if told.rows_used >= n:
        return None
    drawn = f"Of the {n:,} rows {told.rows_used:,} are learnt, drawn by the seed."
    return f"{drawn} {_class(name).words['cost']}"


def _class(name: str) -> type[RowDetector]:
    if name not in _CLASSES:
        msg = f"No algorithm is called {name!r}. There are: {', '.join(names())}."
        raise UnknownDetector(msg)
    return _CLASSES[name]


def _known(cls: type[RowDetector], params: Mapping[str, Any]) -> None:
    there = cls.describe().params["properties"]
    for name in params:
        if name not in there:
            told = f"There are: {', '.join(there)}." if there else "It takes none."
            msg = f"{cls.name} has no parameter {name!r}. {told}"
            raise InvalidParameter(msg)
