"""Problems: the one map from errors to statuses, answered as RFC 9457."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from standout import errors
from standout.errors import InvalidInput, StandoutError
from standout.schemas.frames import ProblemFrame, RowProblem

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[type[StandoutError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MalformedMessage: HTTPStatus.BAD_REQUEST,
    errors.MessageTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    # As the service that runs follow has it.
    errors.InvalidRunData: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooManyJobs: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_log = structlog.get_logger(__name__)


def status_of(error: StandoutError) -> HTTPStatus:
    """Return the status of an error: that of its class, or of the nearest above it."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def type_of(error: StandoutError) -> str:
    """Return the problem's name: ``/problems/stream-not-found`` for `StreamNotFound`."""
    slug = re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
    return f"/problems/{slug}"


def title_of(error: StandoutError) -> str:
    """Return the first line of the class's docstring."""
    return (type(error).__doc__ or type(error).__name__).partition("\n")[0]


def as_frame(error: StandoutError, instance: str = "") -> ProblemFrame:
    """Return a problem as a frame of a socket, which closes after it."""
    return ProblemFrame(type_of(error), title_of(error), status_of(error), str(error), instance)


def as_row(error: StandoutError) -> RowProblem:
    """Return a problem of one row; the socket stays open."""
    return RowProblem(type_of(error), title_of(error), str(error))


def respond(
    request: Request,
    status: int,
    *,
    title: str,
    detail: str,
    type_: str = "about:blank",
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Answer a request with a problem."""
    body = {
        "type": type_,
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": request.url.path,
        **more,
    }
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of an app as a problem."""
    app.add_exception_handler(StandoutError, _standout)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _standout(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StandoutError)
    return respond_with(request, error)


def respond_with(
    request: Request,
    error: StandoutError,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Answer a request with the problem of an error, and what else is to be told."""
    body = as_object(error, request.url.path)
    return JSONResponse({**body, **more}, body["status"], headers, MEDIA_TYPE)


def as_object(error: StandoutError, instance: str) -> dict[str, Any]:
    """Return a problem as JSON; with row and line where it is about one."""
    body = {
        "type": type_of(error),
        "title": title_of(error),
        "status": int(status_of(error)),
        "detail": str(error),
        "instance": instance,
    }
    if isinstance(error, InvalidInput):
        place = {"row": error.row, "line": error.line}
        body |= {name: number for name, number in place.items() if number is not None}
    return body


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [
        {"pointer": "/" + "/".join(str(part) for part in e["loc"]), "detail": e["msg"]}
        for e in error.errors()
    ]
    detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in found)
    return respond(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        title="Input cannot be used",
        detail=detail,
        type_="/problems/invalid-input",
        errors=found,
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    detail = str(error.detail)
    if detail == title:
        detail = f"{title}: {request.method} {request.url.path}."
    headers = dict(error.headers) if error.headers else None
    if headers and "Allow" in headers:
        headers = {"Allow": ", ".join(_allowed(request))}
    return respond(request, error.status_code, title=title, detail=detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    """Return the methods of all routes of a path; the first that fits tells its own only."""
    found = []
    for method in _METHODS:
        scope = {**request.scope, "method": "GET" if method == "HEAD" else method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found.append(method)
    return found


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("request failed", path=request.url.path, exc_info=error)
    return respond(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        title="Internal error",
        detail="Something went wrong inside Standout; the log says what.",
        type_="/problems/internal-error",
    )
