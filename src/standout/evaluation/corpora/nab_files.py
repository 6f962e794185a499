"""The 58 files of the Numenta Anomaly Benchmark (NAB) and their windows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import numpy as np

from standout.errors import UnreadableFile
from standout.evaluation.corpora.columns import Columns
from standout.evaluation.segments import Segments
from standout.evaluation.series import LabelledSeries
from standout.types import Times

FAMILY = "NAB"
Windows: TypeAlias = dict[str, list[list[str]]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_checkout(data: Path) -> bool:
    """Tell whether a folder is a checkout of NAB's repository."""
    return (data / "labels" / "combined_windows.json").is_file() and (data / "data").is_dir()


def read_nab(data: Path) -> Iterator[LabelledSeries]:
    """Read all of NAB.

    Parameters
    ----------
    data
        A checkout of NAB's repository (``data/*/*.csv`` and ``labels/combined_windows.json``), or
        a folder with ``univariate/NAB/*.csv.gz`` and ``nab/combined_windows.json``.

    Raises
    ------
    UnreadableFile
        It is neither, or a file in it is not as it should be.
    """
    checkout = is_checkout(data)
    labels = data / ("labels" if checkout else "nab") / "combined_windows.json"
    for name, limits in sorted(_read_windows(labels).items()):
        flat = f"{name.removesuffix('.csv').replace('/', '-', 1)}.csv.gz"
        path = data / "data" / name if checkout else data / "univariate" / "NAB" / flat
        yield _read_one(path, name, limits)


def _read_windows(path: Path) -> Windows:
    try:
        windows: Windows = json.loads(path.read_bytes())
    except FileNotFoundError:
        msg = f"There is no {path}. Name a checkout of the NAB repository by --data."
        raise UnreadableFile(msg) from None
    except ValueError as error:
        raise UnreadableFile(f"{path} is not JSON: {error}.") from None
    return windows


def _read_one(path: Path, name: str, limits: list[list[str]]) -> LabelledSeries:
    columns = Columns.read(path)
    times = columns.times()
    if times is None:
        raise UnreadableFile(f"{path} has no column 'timestamp'.")
    timestamps, times_us = times
    windows = _rows(path, times_us, limits)
    labels = np.zeros(len(times_us), np.bool_)
    for start, end in windows.tolist():
        labels[start:end] = True
    return LabelledSeries(
        family=FAMILY,
        name=name,
        values=columns.values("value"),
        labels=labels,
        timestamps=timestamps,
        times_us=times_us,
        windows=windows,
    )


def _rows(path: Path, times_us: Times, limits: list[list[str]]) -> Segments:
    """Return the rows of windows; of rows with one time the first counts, as in NAB's scorer."""
    found = []
    for window in limits:
        first, last = (np.flatnonzero(times_us == _microseconds(limit)) for limit in window)
        if not (len(first) and len(last)):
            msg = f"{path} has no row at the ends of the window {window[0]} to {window[1]}."
            raise UnreadableFile(msg)
        found.append((first[0], last[0] + 1))
    return np.array(found, np.int64).reshape(-1, 2)


def _microseconds(text: str) -> int:
    time = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (time - _EPOCH) // timedelta(microseconds=1)
