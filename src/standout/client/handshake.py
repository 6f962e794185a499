"""A connection that was not made, or was lost: why, and whether the next attempt may do better."""

from __future__ import annotations

import os

from websockets.exceptions import InvalidStatus

from standout.client.attempts import Attempts
from standout.client.problems import refusal
from standout.errors import ServerUnreachable

_CLIENT_ERRORS = range(400, 500)
_PASSING_STATUSES = frozenset({408, 425, 429})  # timeout, too early, too many requests


def delay_after(error: Exception, url: str, attempts: Attempts) -> float:
    """Return how long to wait before the next connection, in seconds.

    Raises
    ------
    ServerUnreachable
        It is time to give up.
    StandoutError
        The server refused the handshake in a way that the next attempt cannot heal.
    """
    _raise_if_final(error, url)
    reason = _reason(error)
    delay = attempts.next_delay()
    if delay is None:
        raise ServerUnreachable(f"No server answers at {url}: {reason}.") from None
    attempts.tell(reason)
    return delay


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0).lower()
    return str(error) or type(error).__name__


def _raise_if_final(error: Exception, url: str) -> None:
    if not isinstance(error, InvalidStatus):
        return
    status = error.response.status_code
    if status not in _CLIENT_ERRORS or status in _PASSING_STATUSES:
        return
    raise refusal(error.response.body or b"", status, url) from None
