"""Problems that a server sent, as our errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from standout.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    ServerUnreachable,
    StandoutError,
    Unavailable,
)
from standout.schemas.frames import ProblemFrame

_NOT_FOUND, _CONFLICT, _SERVER_ERROR = 404, 409, 500


class PlacedProblem(ProblemFrame, omit_defaults=True):
    """A problem of a row of an upload, counted from 1."""

    row: int | None = None


def refusal(body: bytes | bytearray, status: int, url: str, *, first_row: int = 1) -> StandoutError:
    """Return the error that a response tells of, of Standout or of whoever stands before it.

    Parameters
    ----------
    body, status
        The response.
    url
        Address of the server.
    first_row
        Number of the first row of an upload that is sent in parts.
    """
    try:
        return error_of(msgspec.json.decode(body, type=PlacedProblem), first_row=first_row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = f"{url} answers with status {status}"
        return ServerUnreachable(f"{told}; is a Standout server there?")


def error_of(problem: ProblemFrame, *, first_row: int = 1) -> StandoutError:
    """Return the error that a problem tells of.

    Its class is the one that the `type` names (``/problems/stream-not-found``); for a type that
    is unknown here it is the one that fits the status. A row in it is counted from `first_row`.
    """
    slug = problem.type.rstrip("/").rpartition("/")[2]
    known = {_slug(kind): kind for kind in _kinds(StandoutError)}
    kind = known.get(slug) or _by_status(problem.status)
    error = kind(problem.detail)
    if isinstance(problem, PlacedProblem) and problem.row is not None:
        row = problem.row + first_row - 1
        error = kind(problem.detail.replace(f"Row {problem.row}:", f"Row {row}:", 1))
        if isinstance(error, InvalidInput):
            error.row = row
    return error


def _kinds(kind: type[StandoutError]) -> Iterator[type[StandoutError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def _slug(kind: type[StandoutError]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def _by_status(status: int) -> type[StandoutError]:
    if status >= _SERVER_ERROR:
        return Unavailable
    return {_NOT_FOUND: NotFound, _CONFLICT: Conflict}.get(status, InvalidInput)
