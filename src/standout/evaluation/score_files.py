"""Scores as files that NAB's own scorer reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from standout.errors import InvalidInput
from standout.evaluation.ranking import silent_as_zero
from standout.evaluation.series import LabelledSeries
from standout.readers.replace import replace_file
from standout.types import Scores


def detector_name(name: str) -> str:
    """Return a name without underscores: NAB's scorer cuts names of files at the first one.

    Examples
    --------
    >>> detector_name("moving_average")
    'movingAverage'
    """
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def write_scores(folder: Path, contender: str, series: LabelledSeries, scores: Scores) -> Path:
    """Write ``NAME/<subfolder>/NAME_<file>.csv`` with timestamp, value, anomaly_score, label.

    Parameters
    ----------
    folder
        Made where it is not there.
    contender
        Name of what scored.
    series
        With a name like ``realTweets/Twitter_volume_AAPL.csv``, and with times.
    scores
        nan is written as 0; shape ``(n,)``.

    Raises
    ------
    InvalidInput
        A score outside [0, 1], or a series without times.
    DataFolderUnwritable
        The folder cannot be written.
    """
    known = silent_as_zero(scores)
    if not ((known >= 0) & (known <= 1)).all():
        raise InvalidInput(f"{contender} has scores outside 0 to 1 on {series.name}.")
    if series.timestamps is None:
        raise InvalidInput(f"{series.name} has no times, which NAB's scorer needs.")
    subfolder, _, file = series.name.rpartition("/")
    name = detector_name(contender)
    path = folder / name / subfolder / f"{name}_{file}"
    table = pl.DataFrame(
        {
            "timestamp": series.timestamps,
            "value": series.values,
            "anomaly_score": known,
            "label": series.labels.astype(np.int8),
        }
    )
    replace_file(path, table.write_csv().encode())
    return path
