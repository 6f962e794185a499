"""The app: the four faces of the server, under one roof."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from standout import __version__
from standout.bootstrap import Services
from standout.errors import StreamNotFound
from standout.schemas.streams import StreamSummary, Welcome
from standout.server import log_ring, problems
from standout.server.heads import Heads
from standout.server.live import routes as live
from standout.server.live.openapi import components
from standout.server.logs import RequestLog
from standout.server.rest import (
    backtests,
    comparison,
    datasets,
    detectors,
    files,
    jobs,
    labels,
    log,
    metrics,
    model_scores,
    models,
    observations,
    predict,
    predict_docs,
    root,
    runs,
    series,
    streams,
    strengths,
    timeline,
    upload_docs,
    window,
)
from standout.server.rest.predict_door import PredictDoor
from standout.server.web import pages
from standout.service.scoring import detect

_log = structlog.get_logger(__name__)


def create_app(services: Services, on_ready: Callable[[], object] = lambda: None) -> FastAPI:
    """Return the ASGI app over these services; its lifespan starts and stops them.

    Parameters
    ----------
    on_ready
        Called once all is loaded and compiled, before the first request.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # The first start compiles the kernels, for some seconds; better now than at a client's
        # first observation.
        await asyncio.to_thread(detect, [0.0] * 64, detector="vote")
        services.start()
        on_ready()
        _log.info("ready", version=__version__)
        yield
        await services.stop()
        _log.info("stopped")

    app = _App(
        services,
        title="Standout",
        version=__version__,
        summary="Finds what stands out in numbers: in files, in single requests, in live streams.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    problems.install(app)
    app.add_middleware(Heads)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
    )
    app.add_middleware(RequestLog, meters=services.meters)
    app.add_middleware(live.SocketDoor, services=services)
    _add_doors(app, services)
    app.include_router(root.router(services))
    app.include_router(metrics.router(services))
    app.include_router(detectors.router())
    app.include_router(streams.router(services))
    app.include_router(labels.router(services))
    app.include_router(window.router(services))
    app.include_router(comparison.router(services))
    app.include_router(strengths.router(services))
    app.include_router(timeline.router(services))
    app.include_router(log.router(log_ring.ring))
    app.include_router(observations.router(services))
    app.include_router(jobs.router(services))
    app.include_router(datasets.router(services))
    app.include_router(models.router(services))
    app.include_router(model_scores.router(services))
    app.include_router(backtests.router(services))
    app.include_router(runs.router(services))
    app.include_router(files.router(services))
    app.include_router(live.described())
    # Asked often: they stand where they are found at once.
    app.router.routes[:0] = predict.routes(services, series.predict)
    pages.mount_pages(app, services.settings)
    described = app.openapi()
    described["components"]["schemas"].update(
        components() | upload_docs.components() | predict_docs.components()
    )
    described["paths"].update(predict_docs.paths())
    return app


class _App(FastAPI):
    """An app with the short way to a prediction before all that it does with other requests."""

    def __init__(self, services: Services, **settings: Any) -> None:
        super().__init__(**settings)
        self._door = PredictDoor(super().__call__, services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through the door."""
        await self._door(scope, receive, send)


def _add_doors(app: FastAPI, services: Services) -> None:
    """Add what answers people with a page and programs with JSON."""

    @app.get("/", response_model=Welcome, tags=["service"])
    async def root_door(request: Request) -> Response:
        """Say who answers, and which clients are connected; to a browser, the overview."""
        if pages.wants_html(request):
            return pages.render_overview(request)
        return JSONResponse(root.welcome(services).model_dump(), headers={"Vary": "Accept"})

    @app.get("/client/{client_id}", response_model=StreamSummary, tags=["streams"])
    async def client_door(request: Request, client_id: str) -> Response:
        """Tell how a stream stands; to a browser, its page."""
        by_accept = {"Vary": "Accept"}
        if not pages.wants_html(request):
            try:
                summary = await services.streams.get(client_id)
            except StreamNotFound as error:
                return problems.respond_with(request, error, headers=by_accept)
            return JSONResponse(summary.model_dump(), headers=by_accept)
        try:
            await services.streams.find(client_id)
        except StreamNotFound:
            return pages.render_client(request, client_id, found=False)
        return pages.render_client(request, client_id, found=True)

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        return pages.docs_page(request)
