"""Batch detectors measured on labelled tables, whose rows have no order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from standout.detectors.batch import registry
from standout.detectors.ranking import auroc, average_precision
from standout.errors import InvalidParameter, UnreadableFile
from standout.evaluation.corpora.columns import Columns
from standout.types import Batch, Mask, Scores

FAMILY = "tabular"
MOST_ROWS = 10_000
"""Of a table; of a larger one so many are drawn, as in the published comparison."""

SEED = 0

UNSUPERVISED, ONE_CLASS, SUPERVISED = "unsupervised", "one-class", "supervised"
SETTINGS = (UNSUPERVISED, ONE_CLASS, SUPERVISED)

_SPARED = 0.3


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """A table, and which of its rows are anomalous.

    Parameters
    ----------
    name
        What it is called in the index.
    X
        Shape ``(n, d)``.
    labels
        True where a row is anomalous, shape ``(n,)``.
    """

    name: str
    X: Batch
    labels: Mask


@dataclass(frozen=True, slots=True)
class TableFigures:
    """How well one algorithm ranks the rows of one table.

    Parameters
    ----------
    table
        Its name.
    rows
        How many were scored.
    auroc, average_precision
        nan where all rows are of one kind.
    cpu_seconds
        To fit and to score.
    """

    table: str
    rows: int
    auroc: float
    average_precision: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class TabularFigures:
    """Figures of one algorithm in one setting.

    Parameters
    ----------
    algorithm
        Its name.
    setting
        "unsupervised": all rows are learnt and scored. "one-class": half of the normal rows are
        learnt, all others scored. "supervised": 70 % of each kind are learnt with their labels,
        the rest scored.
    tables
        One entry a table.
    """

    algorithm: str
    setting: str
    tables: tuple[TableFigures, ...]

    def mean(self, figure: str) -> float:
        """Return the mean of a figure over the tables."""
        return float(np.mean([getattr(one, figure) for one in self.tables]))


def read_tables(data: Path | None) -> list[LabelledTable]:
    """Read the labelled tables that the index of a folder names.

    Raises
    ------
    InvalidParameter
        No folder was named.
    UnreadableFile
        It holds no table, or one that is not as it should be.
    """
    if data is None:
        raise InvalidParameter(f"Name the folder that holds {FAMILY} by --data or STANDOUT_DATA.")
    index = Columns.read(data / "index.csv").frame.filter(task=FAMILY).to_dicts()
    if not index:
        raise UnreadableFile(f"{data / 'index.csv'} names no {FAMILY} data.")
    return [_read(data / row["path"], row["id"]) for row in index]


def algorithms(setting: str) -> list[str]:
    """Return the algorithms that can be measured in a setting."""
    told = [registry.describe(name) for name in registry.names()]
    if setting == ONE_CLASS:
        return [one.name for one in told if one.one_class]
    return [one.name for one in told if one.supervised == (setting == SUPERVISED)]


def measure(algorithm: str, setting: str, tables: Sequence[LabelledTable]) -> TabularFigures:
    """Measure an algorithm with its default parameters, and seed 0."""
    figures = []
    for table in tables:
        begin = time.process_time()
        labels, scores = _SCORE[setting](algorithm, table)
        spent = time.process_time() - begin
        figures.append(
            TableFigures(
                table=table.name,
                rows=len(labels),
                auroc=auroc(labels, scores),
                average_precision=average_precision(labels, scores),
                cpu_seconds=spent,
            )
        )
    return TabularFigures(algorithm, setting, tuple(figures))


def measure_all(
    tables: Sequence[LabelledTable], chosen: Sequence[str] = ()
) -> Iterator[TabularFigures]:
    """Measure all algorithms, or those chosen, in each setting that they are made for."""
    for setting in SETTINGS:
        for name in algorithms(setting):
            if not chosen or name in chosen:
                yield measure(name, setting, tables)


_Scored: TypeAlias = tuple[Mask, Scores]


def _unsupervised(algorithm: str, table: LabelledTable) -> _Scored:
    detector = registry.make(algorithm, {}, SEED).fit(table.X)
    return table.labels, detector.score_training(table.X)


def _one_class(algorithm: str, table: LabelledTable) -> _Scored:
    normal = np.random.default_rng(SEED).permutation(np.flatnonzero(~table.labels))
    learnt = normal[: len(normal) // 2]
    others = np.ones(len(table.labels), np.bool_)
    others[learnt] = False
    params = registry.for_mode(algorithm, {}, "one_class")
    detector = registry.make(algorithm, params, SEED).fit(table.X[learnt])
    return table.labels[others], detector.score_many(table.X[others])


def _supervised(algorithm: str, table: LabelledTable) -> _Scored:
    random = np.random.default_rng(SEED)
    spared = np.zeros(len(table.labels), np.bool_)
    for kind in (table.labels, ~table.labels):
        rows = random.permutation(np.flatnonzero(kind))
        spared[rows[: round(len(rows) * _SPARED)]] = True
    detector = registry.make(algorithm, {}, SEED)
    detector.fit(table.X[~spared], table.labels[~spared])
    return table.labels[spared], detector.score_many(table.X[spared])


_SCORE = {UNSUPERVISED: _unsupervised, ONE_CLASS: _one_class, SUPERVISED: _supervised}


def _read(path: Path, name: str) -> LabelledTable:
    columns = Columns.read(path)
    labels = columns.labels()
    features = [one for one in columns.frame.columns if one != "label"]
    X = np.stack([columns.values(one) for one in features], axis=1)
    if len(X) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(SEED).choice(len(X), MOST_ROWS, replace=False))
        X, labels = X[rows], labels[rows]
    return LabelledTable(name, np.ascontiguousarray(X), labels)
