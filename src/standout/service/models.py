"""Models: trained, trained anew, rolled back, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from standout.detectors.batch.base import Estimate
from standout.domain.datasets import Dataset
from standout.domain.models import TRAINING, Model, ModelVersion
from standout.domain.ports.files import FileShelf
from standout.domain.ports.models import ModelStore
from standout.domain.records import DEFAULT_TENANT
from standout.errors import (
    DatasetNotFound,
    JobEnded,
    JobNotFound,
    ModelDamaged,
    ModelNotFound,
)
from standout.service.datasets import DatasetService
from standout.service.jobs import CUT_OFF, JobService, new_id
from standout.service.model_lookup import find_model, find_ready
from standout.service.serving import ModelCache
from standout.service.training import Asked
from standout.service.trainings import Trained, Trainings


class ModelService:
    """Knows the models, and has them trained.

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
    trainings
        Makes their versions.
    """

    def __init__(
        self,
        store: ModelStore,
        shelf: FileShelf,
        datasets: DatasetService,
        jobs: JobService,
        cache: ModelCache,
        *,
        trainings: Trainings,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._datasets = datasets
        self._jobs = jobs
        self._cache = cache
        self._trainings = trainings

    def recover(self) -> None:
        """Let the trainings fail that an earlier server left, and remove what they wrote."""
        self._shelf.sweep()
        self._shelf.remove(self._store.fail_unfinished(CUT_OFF).result())

    async def estimate(self, dataset_id: str, asked: Asked) -> Estimate:
        """Tell what a training takes, without starting it; raises as `train`."""
        return await self._trainings.estimate(dataset_id, asked)

    async def train(self, dataset_id: str, asked: Asked, *, wait_s: float | None = None) -> Trained:
        """Train a new model; waits and raises as `Trainings.train`."""
        model_id = new_id(asked.algorithm)
        return await self._trainings.train(model_id, dataset_id, asked, wait_s, new=True)

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
        return await self._trainings.train(model_id, dataset_id, asked, wait_s, new=False)

    async def find(self, model_id: str) -> Model:
        """Find a model.

        Raises
        ------
        ModelNotFound
            There is none of this id.
        """
        return await find_model(self._store, model_id)

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
        wanted = find_ready(model, version)
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
        wanted = find_ready(model, version)
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


def _changed(version: ModelVersion, changes: Mapping[str, Any]) -> Asked:
    """Return what was asked of a version, with changes; another algorithm has its own parameters.

    What asks the model goes on with the columns that it knows: those stay unless others are named.
    """
    former = {name: value for name, value in version.asked.items() if name != "columns"}
    if changes.get("algorithm", version.algorithm) != version.algorithm:
        former = {name: value for name, value in former.items() if name not in {"params", "mode"}}
    return Asked(**{**former, **changes})
