"""Backtests over HTTP: started here, followed as jobs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from standout.bootstrap import Services
from standout.schemas.jobs import JobStatus
from standout.server.rest.bodies import JSON
from standout.server.rest.datasets import IdempotencyKey
from standout.server.rest.jobs import job_status
from standout.server.rest.model_scores import Version
from standout.service.repeats import fingerprint

Starting: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such model, or the dataset that it learnt was deleted."},
    422: {"description": "It cannot be tested so."},
    503: {"description": "Too many wait."},
}
Folds = Annotated[int, Query(ge=2, le=20, description="Trainings; each costs its time.")]


def router(services: Services) -> APIRouter:
    """Return the route over these services."""
    routes = APIRouter(tags=["models"])

    @routes.post(
        "/models/{model_id}/backtest",
        response_model=JobStatus,
        status_code=202,
        responses=Starting,
    )
    async def backtest(
        model_id: str,
        *,
        folds: Folds = 5,
        version: Version = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Train as a version was trained, but earlier, and score what came then, fold by fold.

        The job's `result.folds` has for each fold, oldest first, how many rows were `learnt`, how
        many `rows` were scored, how many of them `flagged`, the `peaks` of the score part by part,
        and by the labels, where there are any, `labelled`, `precision` and `recall`.
        """

        async def answer() -> tuple[int, str]:
            job = await services.backtests.start(model_id, folds=folds, version=version)
            return 202, job_status(job).model_dump_json()

        told = fingerprint("backtest", model_id, str(folds), str(version))
        status, body = await services.repeats.once(idempotency_key, told, answer)
        return Response(body, status, media_type=JSON)

    return routes
