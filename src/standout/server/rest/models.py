"""Models over HTTP: trained, looked at, rolled back, deleted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from standout.bootstrap import Services
from standout.detectors.batch import registry
from standout.detectors.batch.base import Estimate
from standout.domain.models import READY, TRAINING, Model, ModelVersion
from standout.domain.times import to_iso
from standout.schemas.models import (
    AlgorithmInfo,
    AlgorithmList,
    CombinedDataset,
    LoadedModel,
    ModelInfo,
    ModelPage,
    ModelSummary,
    TrainAnswer,
    TrainingEstimate,
    TrainRequest,
    VersionInfo,
)
from standout.server.rest.bodies import JSON
from standout.server.rest.datasets import IdempotencyKey
from standout.server.rest.jobs import job_status
from standout.server.rest.paging import After, Limit, next_of, number_of
from standout.service.repeats import fingerprint
from standout.service.training import Asked
from standout.service.trainings import Trained

MAX_BODY_BYTES = 1 << 20

Wait = Annotated[
    float | None,
    Query(
        ge=0,
        le=600,
        description="Seconds to wait for the end of the training; without it, up to 30 where it "
        "will be short, else none.",
    ),
]
NoModel: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such model."}}
Training: dict[int | str, dict[str, Any]] = {
    200: {"model": TrainAnswer, "description": "It is ready."},
    202: {"model": TrainAnswer, "description": "It goes on as a job."},
    404: {"description": "There is no such dataset or model."},
    409: {"description": "The model is being trained, or the training was cancelled."},
    422: {"description": "It cannot be trained so; says which column, row or parameter."},
    503: {"description": "Too many trainings wait, or it cannot be kept."},
}
NotReady: dict[int | str, dict[str, Any]] = {
    409: {"description": "It is in training, or its file was changed."}
}


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["models"])
    _add_training(routes, services)
    _add_models(routes, services)
    return routes


def _add_training(routes: APIRouter, services: Services) -> None:
    @routes.get("/algorithms")
    async def list_algorithms() -> AlgorithmList:
        """List the algorithms: what each is good and bad at, what it costs, what it takes."""
        found = [AlgorithmInfo(**asdict(registry.describe(name))) for name in registry.names()]
        return AlgorithmList(algorithms=found, default=registry.DEFAULT)

    @routes.post(
        "/train/{dataset_id}",
        response_model=TrainAnswer,
        responses=Training,
        max_body_size=MAX_BODY_BYTES,
    )
    async def train(
        request: Request,
        dataset_id: str,
        asked: TrainRequest,
        *,
        wait: Wait = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Train a model on a dataset, which stays as it is."""

        async def answer() -> tuple[int, str]:
            trained = await services.models.train(dataset_id, _asked(asked), wait_s=wait)
            return _answered(trained, "Model trained successfully.")

        told = fingerprint(request.url.path, asked.model_dump_json())
        status, body = await services.repeats.once(idempotency_key, told, answer)
        return Response(body, status, media_type=JSON)

    @routes.post(
        "/train/{dataset_id}/estimate",
        responses={404: Training[404], 422: Training[422]},
        max_body_size=MAX_BODY_BYTES,
    )
    async def estimate_training(dataset_id: str, asked: TrainRequest) -> TrainingEstimate:
        """Tell how long a training would take and how much memory, without starting it."""
        return _estimate(await services.models.estimate(dataset_id, _asked(asked)))

    @routes.post(
        "/models/{model_id}/retrain/{dataset_id}",
        response_model=TrainAnswer,
        responses=Training,
        max_body_size=MAX_BODY_BYTES,
    )
    async def retrain(
        request: Request,
        model_id: str,
        dataset_id: str,
        *,
        asked: Annotated[TrainRequest | None, Body()] = None,
        wait: Wait = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Train a new version of a model on a dataset alone; once ready, it predicts.

        What the body leaves out is as in the version that predicts, the columns among it; another
        algorithm has parameters of its own.
        """

        async def answer() -> tuple[int, str]:
            changes = {} if asked is None else asked.model_dump(exclude_unset=True)
            trained = await services.models.retrain(model_id, dataset_id, changes, wait_s=wait)
            return _answered(trained, "Model retrained successfully.")

        told = fingerprint(
            request.url.path, "" if asked is None else asked.model_dump_json(exclude_unset=True)
        )
        status, body = await services.repeats.once(idempotency_key, told, answer)
        return Response(body, status, media_type=JSON)


def _add_models(routes: APIRouter, services: Services) -> None:
    @routes.get("/models")
    async def list_models(*, limit: Limit = 100, after: After = None) -> ModelPage:
        """List models, newest first."""
        found = await services.models.page(limit=limit + 1, before=number_of(after))
        shown = [ModelSummary(**_summary(model)) for model in found[:limit]]
        after_this = next_of([model.number for model in found], limit)
        return ModelPage(models=shown, count=len(shown), next=after_this)

    @routes.get("/models/{model_id}", responses=NoModel)
    async def get_model(model_id: str) -> ModelInfo:
        """Tell what a model was trained on, how, and what came of it, with all its versions."""
        return ModelInfo(**_info(await services.models.find(model_id)))

    @routes.delete("/models/{model_id}", responses=NoModel)
    async def delete_model(model_id: str) -> dict[str, str]:
        """Forget a model with all its versions; a training of it is ended."""
        await services.models.delete(model_id)
        return {"message": f"Model {model_id} deleted successfully."}

    @routes.post("/models/{model_id}/load", responses=NoModel | NotReady)
    async def load_model(
        model_id: str,
        *,
        version: Annotated[
            int | None, Query(ge=1, description="Predicts from now on: a roll back.")
        ] = None,
    ) -> LoadedModel:
        """Bring a model into memory, or let another of its versions predict.

        No model needs to be loaded by hand: one that is asked is brought in by itself.
        """
        model = await services.models.load(model_id, version)
        message = f"Model loaded successfully; version {model.live} predicts."
        return LoadedModel(**_info(model), message=message)

    @routes.post(
        "/models/{model_id}/combine/{dataset_id}",
        response_model=CombinedDataset,
        responses={404: Training[404], 422: {"description": "They do not fit together."}},
    )
    async def combine(
        request: Request,
        model_id: str,
        dataset_id: str,
        *,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Keep a model's training rows and a dataset's, in this order, as a new dataset."""

        async def answer() -> tuple[int, str]:
            made, first, second = await services.models.combine(model_id, dataset_id)
            told = CombinedDataset(
                combined_dataset_id=made.id,
                total_records=made.rows,
                original_records=first.rows,
                new_records=second.rows,
                message="Datasets combined successfully.",
            )
            return 200, told.model_dump_json()

        told = fingerprint(request.url.path)
        status, body = await services.repeats.once(idempotency_key, told, answer)
        return Response(body, status, media_type=JSON)


def _asked(request: TrainRequest) -> Asked:
    return Asked(**request.model_dump())


def _answered(trained: Trained, message: str) -> tuple[int, str]:
    version = trained.version
    if version.state == TRAINING:
        message = "The training goes on; GET /jobs/{id} tells how far it is."
    answer = TrainAnswer(
        model_id=trained.model.id,
        version=version.version,
        state=version.state,  # type: ignore[arg-type] # one of the states
        training_stats=_stats(version),
        total_records=trained.rows,
        estimate=_estimate(trained.estimate),
        job=job_status(trained.job),
        message=message,
    )
    return (200 if version.state == READY else 202), answer.model_dump_json()


def _estimate(found: Estimate) -> TrainingEstimate:
    return TrainingEstimate(
        seconds=round(found.seconds, 3),
        memory_bytes=found.bytes,
        rows_used=found.rows_used,
        refusal=found.refusal,
        note=found.note,
    )


def _summary(model: Model) -> dict[str, Any]:
    shown = model.shown
    return {
        "model_id": model.id,
        "algorithm": shown.algorithm,
        "state": shown.state,
        "version": shown.version,
        "dataset_id": shown.dataset,
        "training_stats": _stats(shown),
        "created": to_iso(model.created_us),
    }


def _info(model: Model) -> dict[str, Any]:
    shown = model.shown
    return {
        **_summary(model),
        "target_column": shown.asked["target_column"],
        "feature_columns": shown.stats.get("feature_columns", []),
        "contamination": shown.asked["contamination"],
        "versions": [_version(model, version) for version in model.versions],
    }


def _stats(version: ModelVersion) -> dict[str, Any]:
    """Return what came of a training, without its curves, which have a route of their own."""
    return {name: value for name, value in version.stats.items() if name != "measures"}


def _version(model: Model, version: ModelVersion) -> VersionInfo:
    return VersionInfo(
        version=version.version,
        state=version.state,  # type: ignore[arg-type] # one of the states
        live=version.version == model.live,
        algorithm=version.algorithm,
        dataset_id=version.dataset,
        job_id=version.job,
        request={name: value for name, value in version.asked.items() if name != "columns"},
        training_stats=_stats(version),
        detail=version.detail,
        size_bytes=version.bytes,
        sha256=version.sha256,
        created=to_iso(version.created_us),
        ready=None if version.ready_us is None else to_iso(version.ready_us),
    )
