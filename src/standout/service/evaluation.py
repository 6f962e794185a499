"""Measuring detectors on a series that a user has labelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from standout.detectors import registry
from standout.errors import InvalidInput
from standout.evaluation.contenders import contender
from standout.evaluation.figures import FamilyFigures, measure_family
from standout.evaluation.series import LabelledSeries
from standout.types import Mask, Times, Values


def evaluate(
    name: str,
    values: Values,
    labels: Mask,
    times_us: Times | None = None,
    *,
    detectors: Sequence[str] = (registry.DEFAULT,),
    window: int = 100,
) -> list[FamilyFigures]:
    """Measure detectors on one series.

    Parameters
    ----------
    name
        What the series is called in the answer.
    values
        In any order where there are times; nan is a missing value; shape ``(n,)``.
    labels
        True where a row is anomalous; shape ``(n,)``.
    times_us
        Microseconds UTC; None where the rows are in order.
    detectors, window
        Names of detectors or peers, and how far they look back.

    Returns
    -------
    list of FamilyFigures
        One a detector, each with one series.

    Raises
    ------
    InvalidInput
        No rows, or columns of unequal length.
    UnknownDetector, InvalidParameter
        No such detector, or a window out of its range.
    """
    lengths = {len(values), len(labels), len(values if times_us is None else times_us)}
    if len(lengths) > 1 or 0 in lengths:
        told = ", ".join(map(str, sorted(lengths)))
        raise InvalidInput(f"Values, labels and times must be of one length over 0, got {told}.")
    contenders = [contender(one, window=window) for one in dict.fromkeys(detectors)]
    order = np.arange(len(values)) if times_us is None else np.argsort(times_us, kind="stable")
    series = LabelledSeries(
        family=name,
        name=name,
        values=values[order],
        labels=labels[order],
        times_us=None if times_us is None else times_us[order],
    )
    return [measure_family(one, [series], [one.score(series.values)]) for one in contenders]
