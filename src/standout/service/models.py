"""Models: trained, trained anew, rolled back, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
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
from standout.errors import (
    DatasetNotFound,
    InvalidInput,
    JobEnded,
    JobNotFound,
    ModelDamaged,
    ModelNotFound,
    StandoutError,
    TrainingFailed,
)
from standout.readers.numbers import numbers, present
from standout.service.child import run_child
from standout.service.datasets import DatasetService
from standout.service.jobs import CUT_OFF, JobService, Progress, new_id
from standout.service.serving import ModelCache, not_ready
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


class ModelService:
    """Trains models and keeps them.

    Parameters
    ----------
    store
        Keeps what is told of them.
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

    def recover(self) -> None:
        """Let the trainings fail that an earlier server left, and remove what they wrote."""
        self._shelf.sweep()
        self._shelf.remove(self._store.fail_unfinished(CUT_OFF).result())

    async def estimate(self, dataset_id: str, asked: Asked) -> Estimate:
        """Tell what a training takes, without starting it; raises as `train`."""
        dataset = await self._datasets.find(dataset_id)
        await self._check(asked, dataset)
        return limited(estimate(asked, dataset), self._max_memory)

    async def train(self, dataset_id: str, asked: Asked, *, wait_s: float | None = None) -> Trained:
        """Train a new model, in a child process.

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
        TooManyJobs, StoreUnavailable
            Not now.
        """
        return await self._train(new_id(asked.algorithm), dataset_id, asked, wait_s, new=True)

    async def retrain(
        self,
        model_id: str,
        dataset_id: str,
        changes: Mapping[str, Any],
        *,
        wait_s: float | None = None,
    ) -> Trained:
        """Train a new version of a model on a dataset alone; once ready, it predicts.

        Parameters
        ----------
        changes
            What is asked for otherwise than of the version that predicts, by the names of `Asked`.

        Raises
        ------
        ModelNotFound, TrainingUnderWay
            There is no such model, or it is being trained.
        Otherwise as `train`.
        """
        model = await self.find(model_id)
        asked = _changed(model.shown, changes)
        return await self._train(model_id, dataset_id, asked, wait_s, new=False)

    async def find(self, model_id: str) -> Model:
        """Find a model.

        Raises
        ------
        ModelNotFound
            There is none of this id.
        """
        model = await asyncio.to_thread(self._store.find, DEFAULT_TENANT, model_id)
        if model is None or not model.versions:
            raise ModelNotFound(f"Model not found: there is no model {model_id[:200]!r}.")
        return model

    async def page(self, *, limit: int, before: int | None = None) -> list[Model]:
        """Return models, newest first, of those whose number is below `before`."""
        return await asyncio.to_thread(self._store.page, DEFAULT_TENANT, limit=limit, before=before)

    async def load(self, model_id: str, version: int | None = None) -> Model:
        """Let a version predict from now on, and bring it into memory; the live one if None.

        Raises
        ------
        ModelNotFound, ModelNotReady
            There is no such model or version, or it is not trained.
        ModelDamaged
            Its file was changed; the version before predicts on.
        """
        model = await self.find(model_id)
        wanted = model.shown if version is None else model.find(version)
        if wanted is None:
            there = ", ".join(str(one.version) for one in model.versions)
            msg = f"Model not found: {model_id!r} has no version {version}; it has {there}."
            raise ModelNotFound(msg)
        if wanted.state != READY:
            raise not_ready(model, wanted)
        await self._cache.load(model, wanted)
        await asyncio.wrap_future(self._store.set_live(DEFAULT_TENANT, model_id, wanted.version))
        self._cache.forget(model_id)
        return await self.find(model_id)

    async def file(self, model_id: str, version: int | None = None) -> tuple[Path, ModelVersion]:
        """Return the file that keeps a version, and the version; the one that predicts if None.

        Raises
        ------
        ModelNotFound, ModelNotReady
            There is no such model or version, or it is not trained.
        ModelDamaged
            Its file is not there.
        """
        model = await self.find(model_id)
        wanted = model.shown if version is None else model.find(version)
        if wanted is None:
            there = ", ".join(str(one.version) for one in model.versions)
            msg = f"Model not found: {model_id!r} has no version {version}; it has {there}."
            raise ModelNotFound(msg)
        if wanted.state != READY:
            raise not_ready(model, wanted)
        path = self._shelf.path(model.file(wanted.version))
        if not await asyncio.to_thread(path.is_file):
            msg = f"The file of version {wanted.version} of model {model_id!r} is not there."
            raise ModelDamaged(f"{msg} Load another version, or train it anew.")
        return path, wanted

    async def delete(self, model_id: str) -> None:
        """Forget a model with all its versions; a training of it is ended.

        Predictions that are under way are answered.
        """
        model = await self.find(model_id)
        for version in model.versions:
            if version.state == TRAINING:
                with suppress(JobEnded, JobNotFound):
                    await self._jobs.cancel(version.job)
        there = await asyncio.wrap_future(self._store.delete(DEFAULT_TENANT, model_id))
        self._cache.forget(model_id)
        files = [model.file(version.version) for version in model.versions]
        await asyncio.to_thread(self._shelf.remove, files)
        # A first training that was cancelled has taken its model with it.
        if not there and model.live is not None:
            raise ModelNotFound(f"Model not found: {model_id!r} was deleted just now.")

    async def combine(self, model_id: str, dataset_id: str) -> tuple[Dataset, Dataset, Dataset]:
        """Keep a model's training rows and then those of a dataset as a new dataset.

        Returns
        -------
        tuple
            The new dataset, the one of the model, and the one that was named.

        Raises
        ------
        ModelNotFound, DatasetNotFound, InvalidInput
            One of them is not there, or they do not fit together.
        """
        model = await self.find(model_id)
        second = await self._datasets.find(dataset_id)
        try:
            first = await self._datasets.find(model.shown.dataset)
        except DatasetNotFound:
            msg = (
                f"Dataset not found: {model.shown.dataset!r}, which the model was trained on, "
                "was deleted."
            )
            raise DatasetNotFound(msg) from None
        name = f"{first.name} + {second.name}"
        return await self._datasets.combine(first, second, name), first, second

    async def _train(
        self, model_id: str, dataset_id: str, asked: Asked, wait_s: float | None, *, new: bool
    ) -> Trained:
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
        model = await self.find(model_id)
        return model, model.find(version.version) or version


def _changed(version: ModelVersion, changes: Mapping[str, Any]) -> Asked:
    """Return what was asked of a version, with changes; another algorithm has its own parameters.

    What asks the model goes on with the columns that it knows: those stay unless others are named.
    """
    former = {name: value for name, value in version.asked.items() if name != "columns"}
    if changes.get("algorithm", version.algorithm) != version.algorithm:
        former = {name: value for name, value in former.items() if name not in {"params", "mode"}}
    return Asked(**{**former, **changes})


def _first_text(path: Path, column: str) -> InvalidInput:
    """Return the error of a target that holds text, with its first cell that is no number."""
    cells = present(pl.read_parquet(path, columns=[column])[column])
    wrong = (numbers(cells, decimal_comma=False).is_null() & cells.is_not_null()).arg_true()
    if not len(wrong):
        return InvalidInput(f"The target column {column!r} holds no numbers.")
    row = int(wrong[0])
    msg = f"Column {column!r} must hold numbers, got {str(cells[row])[:80]!r}."
    return InvalidInput(msg).at(row + 1)
