"""Files: finding what stands out in one, and keeping it as a file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from standout.domain.files import BASELINE, in_data_folder, output_path, reason_in_file
from standout.errors import UnreadableFile
from standout.readers.csv import read_csv
from standout.readers.numbers import present
from standout.readers.replace import replace_file
from standout.readers.table import TimedTable
from standout.service.baseline import Baseline
from standout.service.samples import make_samples
from standout.service.scoring import Detection, detect
from standout.types import Times

MAX_COLUMNS = 1_000
READERS = 2
"""Files that are read at one time; each may take several times its size of memory."""
VALUE, TIMESTAMP, REASON = "value", "timestamp", "reason"


@dataclass(frozen=True, slots=True)
class FileDetection:
    """What was found in a file.

    Parameters
    ----------
    rows
        How many it has.
    anomalies
        Its anomalous rows by time: ``timestamp``, ``value``, its other columns, ``reason``.
    """

    rows: int
    anomalies: list[dict[str, Any]]


class FileService:
    """Reads files, judges them, and keeps what was found.

    Parameters
    ----------
    folder
        The data folder; samples are made in it where there are none.
    test_data, output
        Paths of the config: the file that is taken where none is sent, and where anomalies go.
    baseline
        What files are judged by, if no other detector is named.

    Raises
    ------
    DataFolderUnwritable
        The output would leave the folder, or the samples cannot be written.
    """

    def __init__(self, folder: Path, test_data: str, output: str, baseline: Baseline) -> None:
        self._test_data = test_data
        self._test_path = in_data_folder(test_data, folder)
        self._output = output_path(output, folder)
        self._baseline = baseline
        self._readers = asyncio.Semaphore(READERS)
        make_samples(folder)

    async def read(self, path: Path | None, shown: str = "") -> TimedTable:
        """Read a file with the columns `timestamp` and `value`; that of the config for None.

        Raises
        ------
        UnreadableFile
            It is no such table; says in which line.
        """
        name = Path(shown).name[:200] or "the file"
        source, told = (self._test_path, self._test_data) if path is None else (path, name)
        async with self._readers:
            return await asyncio.to_thread(read_timed, source, told)

    def judge(
        self, table: TimedTable, detector: str = BASELINE, window: int | None = None
    ) -> Detection:
        """Judge the rows in order of time; takes time.

        Parameters
        ----------
        table
            The file.
        detector
            Name of a detector; the baseline is that of the config, or with a window a rolling one.
        window
            Values that it looks back on; None is its default.

        Raises
        ------
        UnknownDetector, InvalidParameter
            No such detector, or a window that it cannot have.
        """
        params = self.params(detector, window)
        return detect(table.values, table.times_us, detector=detector, window=window, params=params)

    def params(self, detector: str, window: int | None) -> dict[str, Any]:
        """Return what a detector takes besides its window."""
        return self._baseline.params() if detector == BASELINE and window is None else {}

    async def detect(
        self, table: TimedTable, detector: str = BASELINE, window: int | None = None
    ) -> FileDetection:
        """Judge a file, and write what was found in place of what was found last.

        Raises
        ------
        UnknownDetector, InvalidParameter
            As `judge`; nothing was written.
        DataFolderUnwritable
            It cannot be written; the former file is as it was.
        """
        return await asyncio.to_thread(self._detect, table, detector, window)

    def _detect(self, table: TimedTable, detector: str, window: int | None) -> FileDetection:
        found = self.judge(table, detector, window)
        frame = anomalies_of(table, found, detector)
        replace_file(self._output, frame.write_csv().encode())
        return FileDetection(len(table), frame.to_dicts())


def read_timed(path: Path, shown: str, value_column: str | None = VALUE) -> TimedTable:
    """Read a CSV file that has times and values; blocks; raises `UnreadableFile`."""
    table = read_csv(path, value_column=value_column, shown=shown, max_columns=MAX_COLUMNS)
    try:
        return table.timed()
    except UnreadableFile as error:
        raise UnreadableFile(f"{shown}: {error}") from None


def anomalies_of(table: TimedTable, found: Detection, detector: str) -> pl.DataFrame:
    """Return the anomalous rows of a table by time, those of one time in the file's order."""
    order = table.order()
    rows = order[found.anomaly[order] == 1]
    reasons = [
        reason_in_file(value, lower, upper, score, detector)
        for value, lower, upper, score in zip(
            table.values[rows].tolist(),
            found.lower[rows].tolist(),
            found.upper[rows].tolist(),
            found.score[rows].tolist(),
            strict=True,
        )
    ]
    stamps = table.frame[table.time_column].str.strip_chars()[rows]
    columns = {
        TIMESTAMP: stamps,
        VALUE: pl.Series(table.values[rows], dtype=pl.Float64),
    }
    for name in table.frame.columns:
        if name not in {table.time_column, table.value_column}:
            columns[_free(name, {*columns, REASON})] = _typed(table.frame[name])[rows]
    return pl.DataFrame({**columns, REASON: pl.Series(reasons, dtype=pl.String)})


def _typed(cells: pl.Series) -> pl.Series:
    """Return a column as whole numbers, as numbers, or as the text that it is."""
    known = present(cells)
    for kind in (pl.Int64, pl.Float64):
        read = known.cast(kind, strict=False)
        finite = kind is pl.Int64 or bool(read.is_finite().fill_null(value=True).all())
        if finite and known.count() and read.count() == known.count():
            return read
    return cells


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_input"
    return name


def ascending_times(table: TimedTable) -> Times:
    """Return the times of the rows by time, each moved on by microseconds until none is twice."""
    times = table.times_us[table.order()]
    # Each is at least as many microseconds after the first as there are rows between.
    steps = np.arange(len(times))
    return np.maximum.accumulate(times - steps) + steps
