"""Logs: one structured line an event, JSON unless on a terminal."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standout.server import log_ring

if TYPE_CHECKING:
    # It imports numba, which must wait until its cache has been chosen.
    from standout.service.meters import Meters


def configure(level: str) -> None:
    """Send the lines of structlog and of the standard library to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    terminal = sys.stderr.isatty()
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    log_ring.listen()
    root.setLevel(level)
    # Every request has its own line below, with its time; uvicorn's says less.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in ("uvicorn.error", "alembic"):
        logging.getLogger(name).setLevel("WARNING")


class RequestLog:
    """ASGI middleware: one line for each request that has ended."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters
        self._log = structlog.get_logger(__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; sockets write lines of their own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        begin = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            took_s = time.perf_counter() - begin
            self._meters.request_s.labels(scope["method"], str(status)).observe(took_s)
            if not scope["path"].startswith(log_ring.QUIET):
                self._line(scope, status, took_s)

    def _line(self, scope: Scope, status: int, took_s: float) -> None:
        self._log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=int(status),
            took_ms=round(took_s * 1000, 2),
        )
