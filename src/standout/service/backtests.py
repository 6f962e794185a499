"""Backtests of models: trained as they were, but earlier, and asked about what came then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from standout.domain.jobs import Job
from standout.errors import InvalidInput
from standout.service.child import run_child
from standout.service.datasets import DatasetService
from standout.service.jobs import JobService, Limits, Progress
from standout.service.model_lookup import find_version
from standout.service.models import ModelService
from standout.service.training import Asked, check, estimate, limited

KIND: Final = "backtest"
LIMITS: Final = Limits(running=1, queued=8)
_CHILD: Final = "standout.service.fitting"


class BacktestService:
    """Starts backtests.

    Parameters
    ----------
    models, datasets
        What is tested, and on what.
    jobs
        Where it is done; its result stays with the job.
    max_memory
        Bytes that it may take.
    """

    def __init__(
        self, models: ModelService, datasets: DatasetService, jobs: JobService, *, max_memory: int
    ) -> None:
        self._models = models
        self._datasets = datasets
        self._jobs = jobs
        self._max_memory = max_memory

    async def start(self, model_id: str, *, folds: int, version: int | None = None) -> Job:
        """Start the backtest of a version on the dataset that it learnt; raises before it does.

        Raises
        ------
        ModelNotFound, DatasetNotFound
            There is no such model or version, or its dataset was deleted.
        InvalidInput, TooManyJobs, StoreUnavailable
            It would take too much memory, or it cannot be done now.
        """
        model = await self._models.find(model_id)
        tested = find_version(model, version)
        dataset = await self._datasets.find(tested.dataset)
        known = {name: value for name, value in tested.asked.items() if name != "columns"}
        asked = Asked(**known)
        check(asked, dataset)
        cost = limited(estimate(asked, dataset), self._max_memory)
        if cost.refusal is not None:
            raise InvalidInput(cost.refusal)
        task = {
            "work": KIND,
            "dataset": dataset.id,
            "table": str(self._datasets.path(dataset).absolute()),
            "asked": asked.arguments(dataset),
            "folds": folds,
        }

        async def work(progress: Progress) -> Mapping[str, Any]:
            made = await run_child(_CHILD, task, progress, max_memory=self._max_memory)
            return {**made, "version": tested.version, "dataset_id": dataset.id}

        return await self._jobs.start(KIND, model_id, work)
