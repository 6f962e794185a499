"""Detectors of whole series by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standout.detectors.series.auto import AutoDetector
from standout.detectors.series.base import SeriesAlgorithm, SeriesDetector
from standout.detectors.series.single import (
    Autoregression,
    BankDistance,
    RandomKernels,
    Reconstruction,
    Seasonal,
)
from standout.errors import InvalidParameter, UnknownDetector

DEFAULT = AutoDetector.name

_CLASSES: dict[str, type[SeriesDetector]] = {
    cls.name: cls
    for cls in (
        AutoDetector,
        BankDistance,
        Reconstruction,
        RandomKernels,
        Seasonal,
        Autoregression,
    )
}


def names() -> list[str]:
    """Return the names of all detectors of whole series, the default first."""
    return list(_CLASSES)


def describe(name: str) -> SeriesAlgorithm:
    """Tell what a detector is good and bad at, and what it takes.

    Raises
    ------
    UnknownDetector
        None has this name.
    """
    return _class(name).describe()


def version(name: str) -> int:
    """Return the version of a detector's scores; raises as `describe`."""
    return _class(name).version


def detector(name: str, params: Mapping[str, Any] | None = None) -> SeriesDetector:
    """Make a detector.

    Raises
    ------
    UnknownDetector
        None has this name.
    InvalidParameter
        A parameter is unknown or out of its range.
    """
    cls = _class(name)
    there = cls.describe().params["properties"]
    for key in params or {}:
        if key not in there:
            msg = f"{name} has no parameter {key!r}. There are: {', '.join(there)}."
            raise InvalidParameter(msg)
    try:
        return cls(**(params or {}))
    except ValueError as error:
        raise InvalidParameter(str(error)) from None


def _class(name: str) -> type[SeriesDetector]:
    if name not in _CLASSES:
        msg = f"No detector of whole series is called {name!r}. There are: {', '.join(names())}."
        raise UnknownDetector(msg)
    return _CLASSES[name]
