"""Datasets scored by models: as a picture of all rows, and as a file with a verdict a row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from standout.detectors.batch.labels import as_labels
from standout.detectors.thresholds import SHIPPED
from standout.domain.datasets import Dataset
from standout.errors import DataFolderUnwritable, InvalidInput
from standout.features.columns import Column, as_times, rows_of
from standout.features.order import by_time, first_known
from standout.readers.datasets.arrays import arrays
from standout.service.datasets import DatasetService, not_found
from standout.service.model_lookup import find_ready
from standout.service.models import ModelService
from standout.service.rows import NO_HISTORY, Following
from standout.service.serving import ModelCache, ServedModel
from standout.service.severity import severity_words
from standout.types import Counts, Mask, Scores

CHUNK_ROWS: Final = 131_072
_SCORINGS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredDataset:
    """What a version of a model says of all rows of a dataset.

    Parameters
    ----------
    served, dataset
        The two.
    score
        In [0, 1], in the dataset's order; shape ``(n,)``.
    order
        The rows in the order of their times, in which they were scored; None as they stand.
    labels
        Of the column that the model's labels came from, if the dataset has it; shape ``(n,)``.
    history
        What came before the first row: "training", the rows that were learnt, or "nothing".
    took_s
        Seconds that scoring took, features included; reading the table is not.
    """

    served: ServedModel
    dataset: Dataset
    score: Scores
    order: Counts | None
    labels: Mask | None
    history: str | None
    took_s: float = 0.0

    @property
    def anomaly(self) -> Mask:
        """True where the score is 0.6 or more."""
        return self.score >= SHIPPED


class DatasetScoring:
    """Lets models judge whole datasets.

    Parameters
    ----------
    models, cache
        What judges.
    datasets
        What is judged.
    """

    def __init__(self, models: ModelService, cache: ModelCache, datasets: DatasetService) -> None:
        self._models = models
        self._cache = cache
        self._datasets = datasets
        self._scoring = asyncio.Semaphore(_SCORINGS)

    async def score(
        self, model_id: str, dataset_id: str, version: int | None = None
    ) -> ScoredDataset:
        """Score all rows; nothing is kept of it.

        Parameters
        ----------
        version
            The one that predicts if None.

        Raises
        ------
        ModelNotFound, ModelNotReady, ModelDamaged
            The model cannot be asked.
        DatasetNotFound
            There is no such dataset.
        ColumnNotFound, InvalidInput
            It has not the columns of the model.
        """
        served, learnt, label = await self._served(model_id, version)
        dataset = await self._datasets.find(dataset_id)
        path = self._datasets.path(dataset)
        async with self._scoring:
            return await asyncio.to_thread(
                _score, served, dataset, path, own=learnt == dataset.id, label=label
            )

    async def write(self, found: ScoredDataset, target: Path, form: str) -> None:
        """Write the dataset's columns, and after them `score`, `is_anomaly` and `severity`.

        Parameters
        ----------
        form
            "csv" or "parquet".

        Raises
        ------
        DatasetNotFound
            It was deleted just now.
        DataFolderUnwritable
            There is no room.
        """
        path = self._datasets.path(found.dataset)
        async with self._scoring:
            await asyncio.to_thread(_write, found, path, target, form)

    async def _served(
        self, model_id: str, version: int | None
    ) -> tuple[ServedModel, str, str | None]:
        """Return a version that is ready, the dataset that it learnt, and its labels' column."""
        model = await self._models.find(model_id)
        wanted = find_ready(model, version)
        if wanted.version == model.live:
            served = await self._cache.get(model_id)
        else:
            served = await self._cache.load(model, wanted)
        return served, wanted.dataset, wanted.asked.get("label_column")


def _score(
    served: ServedModel, dataset: Dataset, path: Path, *, own: bool, label: str | None
) -> ScoredDataset:
    wanted = [name for name in served.rows.columns_read if name in dataset.kinds]
    label = label if label in dataset.kinds else None
    try:
        frame = pl.read_parquet(
            path, columns=[*dict.fromkeys([*wanted, *([label] if label else [])])]
        )
    except FileNotFoundError:
        raise not_found(dataset.id) from None
    labels = None if label is None else _labels(label, frame)
    columns = served.rows.arrays(arrays(frame.select(wanted)))
    plan = served.fitted.plan
    date = plan.date if plan.date in columns else None
    order = None if date is None else by_time(as_times(date, columns[date]))
    if order is not None:
        columns = {name: column[order] for name, column in columns.items()}
    goes_on = not own and date is not None and first_known(columns[date]) > plan.last_us
    following = Following(plan)
    if not goes_on:
        following.history = dict(NO_HISTORY)
    begun = time.perf_counter()
    score = _in_parts(served, columns, following)
    took_s = time.perf_counter() - begun
    if order is not None:
        placed = np.empty_like(score)
        placed[order] = score
        score = placed
    history = ("training" if goes_on else "nothing") if served.rows.looks_back else None
    return ScoredDataset(
        served=served,
        dataset=dataset,
        score=score,
        order=order,
        labels=labels,
        history=history,
        took_s=took_s,
    )


def _in_parts(served: ServedModel, columns: Mapping[str, Column], following: Following) -> Scores:
    """Score rows some at a time: as in one batch, to the bit, in less memory."""
    found = []
    for begin in range(0, rows_of(columns), CHUNK_ROWS):
        part = {name: column[begin : begin + CHUNK_ROWS] for name, column in columns.items()}
        found.append(served.fitted.score(part, following.history).score)
        following.add(part)
    return np.concatenate(found) if found else np.empty(0)


def _labels(name: str, frame: pl.DataFrame) -> Mask | None:
    try:
        return as_labels(name, arrays(frame.select(name))[name])
    except InvalidInput:
        return None  # other rows may hold something else there; they are scored all the same


def _write(found: ScoredDataset, path: Path, target: Path, form: str) -> None:
    try:
        frame = pl.read_parquet(path)
    except FileNotFoundError:
        raise not_found(found.dataset.id) from None
    score = pl.Series("score", found.score)
    added = [score, (score >= SHIPPED).alias("is_anomaly"), severity_words(score)]
    frame = frame.with_columns(column.alias(_free(column.name, frame.columns)) for column in added)
    try:
        if form == "parquet":
            frame.write_parquet(target)
        else:
            frame.write_csv(target, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    except (PolarsError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DataFolderUnwritable(f"The verdicts cannot be written: {reason}.") from error


def _free(name: str, taken: list[str]) -> str:
    """Return a name that no column of the dataset has."""
    while name in taken:
        name += "_"
    return name
