"""Requests and answers without a network: what to ask, and what to do when it fails.

An `Operation` yields what is to be done, is sent what came of it, and returns its result. The sync
and the async client drive the same operations, each in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from standout.client.attempts import Retries
from standout.client.problems import refusal
from standout.errors import ServerUnreachable, StandoutError

_OK = range(200, 300)
# Timeout, too early, too many requests; bad gateway, unavailable, gateway timeout.
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request; to send it again does no harm."""

    method: str
    url: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time to wait, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, read to its end; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """No response came, or not all of it; the server may have done what was asked."""

    reason: str


T = TypeVar("T")
Step: TypeAlias = Call | Pause
Outcome: TypeAlias = Reply | Lost | None
Operation: TypeAlias = Generator[Step, Outcome, T]


class Passing(Exception):  # noqa: N818 - not an error: the next attempt may do better
    """Trouble that may pass.

    Parameters
    ----------
    error
        What to raise if it does not.
    wait_s
        How long the server asks to wait.
    """

    def __init__(self, error: StandoutError, wait_s: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


def answered(call: Call, retries: Retries, read: Callable[[Reply], T], *, url: str) -> Operation[T]:
    """Ask until there is an answer.

    Parameters
    ----------
    call
        What is asked; it is asked again after trouble that may pass.
    retries
        How often.
    read
        Reads an answer; raises `Passing` where another may be better.
    url
        Address of the server, for errors.

    Raises
    ------
    StandoutError
        What `read` raises, or the trouble did not pass.
    """
    attempts = retries.attempts()
    while True:
        outcome = yield call
        try:
            return read(_received(outcome, url))
        except Passing as trouble:
            delay = attempts.next_delay()
            if delay is None:
                raise trouble.error from None
            attempts.tell(str(trouble))
            yield Pause(max(delay, trouble.wait_s))


def _received(outcome: Outcome, url: str) -> Reply:
    if isinstance(outcome, Reply):
        return outcome
    reason = outcome.reason if outcome else "nothing came back"
    raise Passing(ServerUnreachable(f"No server answers at {url}: {reason}."))


def body_of(reply: Reply, url: str, *, first_row: int = 1) -> bytes:
    """Return the body of a good answer.

    Raises
    ------
    Passing
        The server, or what stands before it, says that it cannot answer now.
    StandoutError
        Any other problem; `url` and `first_row` as for `refusal`.
    """
    if reply.status in _OK:
        return reply.body
    error = refusal(reply.body, reply.status, url, first_row=first_row)
    if reply.status in _PASSING:
        wait = reply.headers.get("retry-after", "")
        raise Passing(error, min(float(wait), _LONGEST_WAIT_S) if wait.isdecimal() else 0.0)
    raise error
