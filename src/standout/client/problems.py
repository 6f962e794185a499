"""Problems that a server sent, as our errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from standout.errors import Conflict, InvalidInput, NotFound, StandoutError, Unavailable
from standout.schemas.frames import ProblemFrame

_NOT_FOUND, _CONFLICT, _SERVER_ERROR = 404, 409, 500


def error_of(problem: ProblemFrame) -> StandoutError:
    """Return the error that a problem tells of.

    Its class is the one that the `type` names (``/problems/stream-not-found``); for a type that
    is unknown here it is the one that fits the status.
    """
    slug = problem.type.rstrip("/").rpartition("/")[2]
    known = {_slug(kind): kind for kind in _kinds(StandoutError)}
    kind = known.get(slug) or _by_status(problem.status)
    return kind(problem.detail)


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
