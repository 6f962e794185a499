"""Trainings: each makes a version of a model, in a child process, as a job."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl
import structlog

from standout.detectors.batch.base import Estimate
from standout.domain.datasets import Dataset
from standout.domain.jobs import CANCELLED, DONE, Job
from standout.domain.models import FAILED, READY, TRAINING, Model, ModelVersion, file_of
from standout.domain.ports.files import FileShelf
from standout.domain.ports.models import ModelStore
from standout.domain.records import DEFAULT_TENANT
from standout.domain.times import now_us
from standout.errors import InvalidInput, ModelNotFound, StandoutError, TrainingFailed
from standout.readers.numbers import numbers, present
from standout.service.child import run_child
from standout.service.datasets import DatasetService
from standout.service.jobs import JobService, Progress, new_id
from standout.service.model_lookup import find_model
from standout.service.serving import ModelCache
from standout.service.training import Asked, check, estimate, limited

WAIT_S: Final = 30.0
"""How long a request waits for a training that will be short."""
SHORT_S: Final = 15.0
_CHILD: Final = "standout.service.fitting"
_CANCELLED: Final = "The training was cancelled."

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a request for training came to.

    Parameters
    ----------
    model
        As it stands now.
    version
        The one that was asked for; still in training where `job` is not over.
    job, estimate
        The training, and what it was thought to take.
    rows
        Of the dataset.
    """

    model: Model
    version: ModelVersion
    job: Job
    estimate: Estimate
    rows: int


class Trainings:
    """Trains models, and keeps what they learnt.

    Parameters
    ----------
    store
        Keeps what is told of models.
    shelf
        Keeps what they learnt, a file a version.
    datasets, jobs
        What they learn from, and where they learn.
    cache
        The models that predict.
    max_memory
        Bytes that a training may take.
    """

    def __init__(
        self,
        store: ModelStore,
        shelf: FileShelf,
        datasets: DatasetService,
        jobs: JobService,
        cache: ModelCache,
        *,
        max_memory: int,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._datasets = datasets
        self._jobs = jobs
        self._cache = cache
        self._max_memory = max_memory

    async def estimate(self, dataset_id: str, asked: Asked) -> Estimate:
        """Tell what a training takes, without starting it; raises as `train`."""
        dataset = await self._datasets.find(dataset_id)
        await self._check(asked, dataset)
        return limited(estimate(asked, dataset), self._max_memory)

    async def train(
        self, model_id: str, dataset_id: str, asked: Asked, wait_s: float | None, *, new: bool
    ) -> Trained:
        """Train a version of a model, which is the first one of a `new` model.

        Parameters
        ----------
        wait_s
            How long to wait for its end; where None, until the end if it will be short.

        Raises
        ------
        DatasetNotFound
            There is no such dataset.
        ColumnNotFound, InvalidParameter, UnknownDetector, InvalidInput
            It cannot be trained so. Nothing is kept if this shows while the request waits.
        ModelNotFound, TrainingUnderWay
            The model to be trained anew is gone, or is being trained.
        TooManyJobs, StoreUnavailable
            Not now.
        """
        dataset = await self._datasets.find(dataset_id)
        await self._check(asked, dataset)
        found = limited(estimate(asked, dataset), self._max_memory)
        if found.refusal is not None:
            raise InvalidInput(found.refusal)
        version = ModelVersion(
            state=TRAINING,
            algorithm=asked.algorithm,
            dataset=dataset.id,
            job=new_id("job"),
            asked={**asked.told(), "columns": dataset.kinds},
            created_us=now_us(),
        )
        if new:
            model = Model(id=model_id, created_us=version.created_us)
            keep = self._store.create(DEFAULT_TENANT, model, version)
        else:
            keep = self._store.add_version(DEFAULT_TENANT, model_id, version)
        version = await asyncio.wrap_future(keep)
        raised: list[BaseException] = []
        job = await self._start(model_id, version, dataset, asked, raised)
        if wait_s is None:
            wait_s = WAIT_S if found.seconds < SHORT_S else 0.0
        job = await self._jobs.wait(job.id, wait_s) if wait_s > 0 else job
        trained = await self._outcome(model_id, version, job, raised)
        return Trained(*trained, job, found, dataset.rows)

    async def _check(self, asked: Asked, dataset: Dataset) -> None:
        check(asked, dataset)
        if asked.target_column is not None and dataset.kinds[asked.target_column] == "text":
            path = self._datasets.path(dataset)
            raise await asyncio.to_thread(_first_text, path, asked.target_column)

    async def _start(
        self,
        model_id: str,
        version: ModelVersion,
        dataset: Dataset,
        asked: Asked,
        raised: list[BaseException],
    ) -> Job:
        """Start the training; what ends it is added to `raised`."""

        async def work(progress: Progress) -> Mapping[str, Any]:
            try:
                return await self._fit(model_id, version, dataset, asked, progress)
            except BaseException as error:
                raised.append(error)
                raise

        async def ended(job: Job) -> None:
            if job.state != DONE:
                await self._failed(model_id, version, job)

        try:
            return await self._jobs.start("train", model_id, work, job_id=version.job, ended=ended)
        except BaseException:
            await self._failed(model_id, version, None)
            raise

    async def _fit(
        self,
        model_id: str,
        version: ModelVersion,
        dataset: Dataset,
        asked: Asked,
        progress: Progress,
    ) -> Mapping[str, Any]:
        draft = self._shelf.draft()
        name = file_of(model_id, version.version)
        try:
            task = {
                "dataset": dataset.id,
                "table": str(self._datasets.path(dataset).absolute()),
                "asked": asked.arguments(dataset),
                "out": str(draft.absolute()),
            }
            made = await run_child(_CHILD, task, progress, max_memory=self._max_memory)
            await asyncio.to_thread(self._shelf.publish, draft, name)
        finally:
            draft.unlink(missing_ok=True)
        ready = replace(version, state=READY, ready_us=now_us(), **made)
        try:
            update = self._store.update(DEFAULT_TENANT, model_id, ready, live=True)
            await asyncio.wrap_future(update)
        except BaseException:
            self._shelf.remove([name])
            raise
        self._cache.forget(model_id)
        return {"model_id": model_id, "version": version.version}

    async def _failed(self, model_id: str, version: ModelVersion, job: Job | None) -> None:
        """Keep that a version failed; a model that never began, or was cancelled, is forgotten."""
        dropped = job is None or job.state == CANCELLED
        try:
            if dropped and version.version == 1:
                await asyncio.wrap_future(self._store.delete(DEFAULT_TENANT, model_id))
                return
            detail = _CANCELLED if job is None else job.detail or _CANCELLED
            failed = replace(version, state=FAILED, detail=detail)
            update = self._store.update(DEFAULT_TENANT, model_id, failed, live=False)
            await asyncio.wrap_future(update)
        except ModelNotFound:
            return
        except StandoutError as further:
            _log.error("training not kept", model=model_id, detail=str(further))

    async def _outcome(
        self,
        model_id: str,
        version: ModelVersion,
        job: Job,
        raised: list[BaseException],
    ) -> tuple[Model, ModelVersion]:
        """Return what there is now; a training that failed meanwhile leaves no new model."""
        if job.over and job.state != DONE:
            if version.version == 1:
                await asyncio.wrap_future(self._store.delete(DEFAULT_TENANT, model_id))
            error = raised[0] if raised else None
            if isinstance(error, StandoutError):
                raise error
            raise TrainingFailed(job.detail or _CANCELLED)
        model = await find_model(self._store, model_id)
        return model, model.find(version.version) or version


def _first_text(path: Path, column: str) -> InvalidInput:
    """Return the error of a target that holds text, with its first cell that is no number."""
    cells = present(pl.read_parquet(path, columns=[column])[column])
    wrong = (numbers(cells, decimal_comma=False).is_null() & cells.is_not_null()).arg_true()
    if not len(wrong):
        return InvalidInput(f"The target column {column!r} holds no numbers.")
    row = int(wrong[0])
    msg = f"Column {column!r} must hold numbers, got {str(cells[row])[:80]!r}."
    return InvalidInput(msg).at(row + 1)
