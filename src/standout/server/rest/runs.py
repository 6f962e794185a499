"""Runs: small models of running statistics under a user's token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from standout.bootstrap import Services
from standout.domain import runs as domain
from standout.domain.times import to_iso
from standout.schemas import runs as wire
from standout.schemas.runs import body_of
from standout.server.rest.bodies import JSON
from standout.service.repeats import fingerprint
from standout.service.runs import RunService, file_name

MAX_BODY_BYTES = 8 << 20
_SMALL_BYTES = 20_000
"""Read on the event loop: some 0.2 milliseconds."""

M = TypeVar("M", bound=BaseModel)
Token = Annotated[str, Path(description="As it was given at the fit.", max_length=200)]
RunId = Annotated[str, Path(description="As it was given or told at the fit.", max_length=200)]
IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key within a day gets the same answer, and nothing is done anew."),
]
_WRONG: dict[int | str, dict[str, Any]] = {
    400: {"description": "Rows that are no table of numbers, or of another width."},
    413: {"description": "More than 8 MiB; send rows in parts, with `/update-model`."},
}
_NONE: dict[int | str, dict[str, Any]] = {404: {"description": "The token has no such run."}}

_LATER: dict[str, Any] = {"include_in_schema": False, "max_body_size": MAX_BODY_BYTES}
"""Of routes under the names that a later version of the service that runs follow gave them."""


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["runs"])
    runs = services.runs

    @routes.post(
        "/fit",
        response_model=wire.Fitted,
        responses=_WRONG,
        openapi_extra=body_of(wire.FitRequest),
        max_body_size=MAX_BODY_BYTES,
    )
    @routes.post("/metrics/anomaly/fit", **_LATER)
    async def fit(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        """Fit a run to rows, in place of the token's former one of this id."""
        return await _once(services, request, idempotency_key, _fit)

    @routes.post(
        "/update-model",
        response_model=wire.Done,
        responses=_WRONG | _NONE,
        openapi_extra=body_of(wire.UpdateRequest),
        max_body_size=MAX_BODY_BYTES,
    )
    async def update_model(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        """Let a run learn more rows: the same as a fit to all, at the cost of these only."""
        return await _once(services, request, idempotency_key, _learn)

    @routes.post(
        "/detect-anomalies",
        response_model=wire.RunAnswer,
        responses=_WRONG | _NONE | {409: {"description": "The run has one row only."}},
        openapi_extra=body_of(wire.DetectRequest),
        max_body_size=MAX_BODY_BYTES,
    )
    @routes.post("/metrics/anomaly/detect", **_LATER)
    async def detect_anomalies(
        request: Request, idempotency_key: IdempotencyKey = None
    ) -> Response:
        """Judge a row, and track it if it is flagged; it is not learnt."""
        return await _once(services, request, idempotency_key, _detect)

    @routes.get("/get-tracked-anomalies/{user_token}/{run_id}", responses=_NONE)
    async def get_tracked_anomalies(
        user_token: Token,
        run_id: RunId,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    ) -> wire.TrackedAnomalies:
        """List the rows that a run has flagged, oldest first."""
        page = await runs.tracked(user_token, run_id, limit=limit, after=after)
        return wire.TrackedAnomalies(
            user_token=user_token,
            run_id=run_id,
            count=page.count,
            anomalies=[_tracked(one) for one in page.anomalies],
            next=None if page.next is None else str(page.next),
        )

    @routes.delete("/delete-data/{user_token}/{run_id}", responses=_NONE)
    @routes.delete("/metrics/delete/{user_token}/{run_id}", include_in_schema=False)
    async def delete_data(user_token: Token, run_id: RunId) -> wire.Done:
        """Forget a run with all that it tracked."""
        await runs.delete(user_token, run_id)
        return wire.Done(message="Data successfully deleted.")

    @routes.get(
        "/runs/{user_token}/{run_id}/export", response_model=wire.RunExport, responses=_NONE
    )
    async def export_run(user_token: Token, run_id: RunId, response: Response) -> dict[str, Any]:
        """Give a run as the file `{user_token}_{run_id}.json`."""
        content = await runs.export(user_token, run_id)
        response.headers["Content-Disposition"] = _attachment(file_name(user_token, run_id))
        return content

    @routes.post("/runs/{user_token}/{run_id}/export", responses=_NONE)
    async def save_run(user_token: Token, run_id: RunId) -> wire.SavedRun:
        """Write a run into the data folder, as `runs/{user_token}_{run_id}.json`."""
        path = await runs.save(user_token, run_id)
        return wire.SavedRun(message="Model exported.", path=f"{path.parent.name}/{path.name}")

    return routes


async def _once(
    services: Services,
    request: Request,
    key: str | None,
    do: Callable[[RunService, bytes], Awaitable[BaseModel]],
) -> Response:
    """Do what a body asks for; a second time under the same key it is only told."""
    body = await request.body()

    async def answer() -> tuple[int, str]:
        return 200, (await do(services.runs, body)).model_dump_json()

    told = fingerprint(request.url.path, body)
    status, content = await services.repeats.once(key, told, answer)
    return Response(content, status, media_type=JSON)


async def _fit(runs: RunService, body: bytes) -> wire.Fitted:
    asked = await _read(body, wire.FitRequest)
    run_id = None if asked.run_id is None else str(asked.run_id)
    name = await runs.fit(str(asked.user_token), run_id, asked.training_data)
    return wire.Fitted(message="Model fitted and saved.", run_id=name)


async def _learn(runs: RunService, body: bytes) -> wire.Done:
    asked = await _read(body, wire.UpdateRequest)
    await runs.learn(str(asked.user_token), str(asked.run_id), asked.training_data)
    return wire.Done(message="Model updated successfully.")


async def _detect(runs: RunService, body: bytes) -> wire.RunAnswer:
    asked = await _read(body, wire.DetectRequest)
    found = await runs.detect(str(asked.user_token), str(asked.run_id), asked.values)
    return wire.RunAnswer(result=_result(found))


async def _read(body: bytes, model: type[M]) -> M:
    """Read a JSON body, in a thread where it is large."""
    try:
        if len(body) <= _SMALL_BYTES:
            return model.model_validate_json(body)
        return await asyncio.to_thread(model.model_validate_json, body)
    except ValidationError as error:
        # What was sent may be large, and no number that JSON could write.
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = [{**one, "loc": ("body", *one["loc"])} for one in found]
        raise RequestValidationError(places) from None


def _result(found: domain.Finding) -> wire.RunResult:
    return wire.RunResult(
        z_score_anomaly=found.z_score,
        gaussian_probability=found.density,
        normalized_probability=found.probability,
        mahalanobis_distance=found.distance,
        anomaly_detected=found.anomaly,
    )


def _tracked(one: domain.TrackedAnomaly) -> wire.TrackedAnomaly:
    return wire.TrackedAnomaly(
        id=one.id, at=to_iso(one.at_us), values=list(one.values), result=_result(one.finding)
    )


def _attachment(name: str) -> str:
    """Name a file, also for names that a header cannot carry as they are."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    quoted = quote(name, safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}"
