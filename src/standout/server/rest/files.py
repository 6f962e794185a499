"""Files: a CSV file judged at once, or played back; and, as JSON, a series."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from standout.bootstrap import Services
from standout.domain.files import BASELINE
from standout.domain.jobs import CANCELLED, FAILED, Job
from standout.errors import InvalidInput, Unavailable, UnsupportedMediaType
from standout.readers.table import TimedTable
from standout.schemas import files as wire
from standout.server.rest import series
from standout.server.rest.bodies import CSV, JSON
from standout.server.rest.multipart import FORM, receive_file
from standout.service.repeats import fingerprint
from standout.service.simulating import LEAST_RATE, MOST_RATE, Simulation, SimulationService

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FIELD = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
_FORM = {"schema": {**_FIELD, "required": ["file"]}}
_TOLD: dict[int | str, dict[str, Any]] = {
    400: {"description": "The form, or the JSON, cannot be read."},
    413: {"description": "The file is too large."},
    415: {"description": "A body in a format that is not read."},
    422: {"description": "The file is no such table; says in which line."},
    503: {"description": "What was found cannot be written."},
}
Detector = Annotated[
    str, Query(description="Name of a detector; the baseline of the config if not given.")
]
Window = Annotated[
    int | None,
    Query(ge=10, le=10_000, description="Values that it looks back on: a rolling baseline, too."),
]
Rate = Annotated[
    float, Query(ge=LEAST_RATE, le=MOST_RATE, allow_inf_nan=False, description="Records a second.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(description="The same key within a day gets the same answer, and nothing is started."),
]
Wait = Annotated[bool, Query(description="Answer at the end, with `results`.")]


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["files"])
    simulations = services.simulations

    @routes.post(
        "/detect/",
        response_model=wire.FileAnswer,
        responses=_TOLD,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {FORM: _FORM, CSV: _BINARY, **series.described()},
            }
        },
    )
    @routes.post("/detect", include_in_schema=False)
    async def detect(
        request: Request, detector: Detector = BASELINE, window: Window = None
    ) -> Response:
        """Find what stands out in a CSV file with the columns `timestamp` and `value`.

        The field is called `file`. What is found is written to `data.output_path`, too. With a
        JSON body it judges a series, `{"values": […]}`, and answers score, anomaly, expected,
        lower and upper for each value, in columns.
        """
        if _kind(request) == JSON:
            return await series.answer(request, services.settings.max_upload_size)
        table, _ = await _received(request, services)
        if table is None:
            raise InvalidInput("There is no file; send it as the field `file` of a form.")
        found = await services.files.detect(table, detector, window)
        return JSONResponse({"total_anomalies": len(found.anomalies), "anomalies": found.anomalies})

    @routes.post(
        "/simulate/",
        response_model=wire.SimulationEnded | wire.SimulationStarted,
        responses=_TOLD,
        openapi_extra={"requestBody": {"required": False, "content": {FORM: _FORM, CSV: _BINARY}}},
    )
    @routes.post("/simulate", include_in_schema=False)
    async def simulate(
        request: Request,
        *,
        rate: Rate = 1.0,
        wait: Wait = False,
        detector: Detector = BASELINE,
        window: Window = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Play a CSV file back into a stream of its own, one record a second.

        Without a file it plays `data.test_data_path`. Each anomaly is logged as a warning and
        added to `data.anomaly_output_path`.
        """
        sent, digest = await _received(request, services)

        async def answer() -> tuple[int, str]:
            table = await services.files.read(None) if sent is None else sent
            simulation = await simulations.start(
                table,
                rate=rate,
                detector=detector,
                params=services.files.params(detector, window),
                window=window,
                results=wait,
            )
            if wait:
                told = _ended(simulation, await simulations.wait(simulation))
            else:
                _, job = await simulations.find(simulation.id)
                told = _status(simulation, job, "Streaming simulation started")
            return 200, msgspec.json.encode(told).decode()

        asked = fingerprint(request.url.path, request.url.query, digest)
        status, content = await services.repeats.once(idempotency_key, asked, answer)
        return Response(content, status, media_type=JSON)

    _add_simulations(routes, simulations)
    return routes


def _add_simulations(routes: APIRouter, simulations: SimulationService) -> None:
    """Add what is asked of simulations that were started."""

    @routes.get("/simulations")
    async def list_simulations() -> wire.SimulationList:
        """List the simulations that wait or are being played, the oldest first."""
        found = [_status(*one) for one in await simulations.playing()]
        return wire.SimulationList(simulations=[wire.SimulationStatus(**one) for one in found])

    @routes.get("/simulations/{simulation_id}", responses={404: {"description": "None."}})
    async def get_simulation(simulation_id: str) -> wire.SimulationStatus:
        """Tell how a simulation stands."""
        return wire.SimulationStatus(**_status(*await simulations.find(simulation_id)))

    @routes.patch(
        "/simulations/{simulation_id}",
        responses={404: {"description": "None."}, 409: {"description": "It has ended."}},
    )
    async def change_simulation(
        simulation_id: str, asked: wire.SimulationRate
    ) -> wire.SimulationStatus:
        """Speed a simulation up, or slow it down."""
        await simulations.change_rate(simulation_id, asked.rate)
        return wire.SimulationStatus(**_status(*await simulations.find(simulation_id)))

    @routes.delete(
        "/simulations/{simulation_id}",
        responses={404: {"description": "None."}, 409: {"description": "It has ended."}},
    )
    async def stop_simulation(simulation_id: str) -> wire.SimulationStatus:
        """Stop a simulation; what was played stays in its stream."""
        job = await simulations.stop(simulation_id)
        simulation, _ = await simulations.find(simulation_id)
        return wire.SimulationStatus(**_status(simulation, job))


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _received(request: Request, services: Services) -> tuple[TimedTable | None, str]:
    """Read the file of a request; None where it has no body. Return its digest, too."""
    kind = _kind(request)
    chunked = "transfer-encoding" in request.headers
    if not chunked and request.headers.get("content-length", "0") == "0":
        return None, ""
    if kind not in {FORM, CSV}:
        told = kind[:60] or "no named type"
        msg = f"A body of {told} is not read; send a CSV file as the field `file` of a form."
        raise UnsupportedMediaType(msg)
    spool = services.datasets.draft()
    try:
        limit = services.settings.max_upload_size
        received = await receive_file(request, spool, max_bytes=limit)
        return await services.files.read(spool, received.name), received.sha256
    finally:
        spool.unlink(missing_ok=True)


def _status(simulation: Simulation, job: Job, message: str = "") -> dict[str, Any]:
    told = {
        "simulation": simulation.id,
        "stream": simulation.stream,
        "page": f"/client/{simulation.stream}",
        "state": job.state,
        "rate": simulation.pace.rate,
        "records": len(simulation),
        "played": simulation.played,
        "anomalies": simulation.anomalies,
    }
    return {"message": message, **told} if message else told


def _ended(simulation: Simulation, job: Job) -> dict[str, Any]:
    if job.state == FAILED:
        raise Unavailable(f"The simulation ended early. {job.detail}")
    how = "stopped" if job.state == CANCELLED else "completed"
    told = _status(simulation, job, f"Streaming simulation {how}")
    return {"message": told.pop("message"), "results": simulation.results, **told}
