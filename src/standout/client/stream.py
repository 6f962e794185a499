"""The streaming client: observations out, verdicts in, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from contextlib import aclosing
from typing import Literal

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from standout.client.address import is_loopback, socket_url
from standout.client.backoff import Backoff
from standout.client.connection import ConnectionLost, exchange
from standout.client.journal import Journal
from standout.client.outbox import Outbox
from standout.client.problems import error_of
from standout.errors import ServerUnreachable, StandoutError
from standout.schemas.frames import DetailedAnswer, Observation, ProblemFrame

_CLIENT_ERRORS = range(400, 500)
_PASSING_STATUSES = frozenset({408, 425, 429})  # timeout, too early, too many requests


class StreamClient:
    """Streams observations to a server and gives back its verdicts, in order.

    It connects anew where a connection is lost and sends again what has no answer. Nothing is
    lost or counted double by that, since the server keys on the timestamp: an observation that it
    has already gets the verdict that was stored.

    Parameters
    ----------
    url
        Address of the server: http, https, ws or wss.
    client_id
        Id of the stream: 1 to 200 characters, no slash, no control character.
    window
        Observations that the detector looks back on, 10 to 10,000.
    max_in_flight
        How many observations may be without an answer.
    journal
        An open journal, which keeps each message that is sent and received.
    backoff
        Delays between attempts to connect.
    retry_for_s
        Seconds without any answer after which to give up; None never gives up.
    on_retry
        Is called with the reason before each new attempt.

    Raises
    ------
    InvalidParameter
        `url` is no address of a server.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        window: int = 100,
        max_in_flight: int = 256,
        journal: Journal | None = None,
        backoff: Backoff | None = None,
        retry_for_s: float | None = None,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        self.url = url
        self.reconnects = 0
        self._socket_url = socket_url(url, client_id, window=window)
        self._proxy: Literal[True] | None = None if is_loopback(url) else True
        self._max_in_flight = max_in_flight
        self._journal = journal
        self._backoff = backoff or Backoff()
        self._retry_for_s = retry_for_s
        self._on_retry = on_retry

    async def stream(
        self, observations: AsyncIterable[Observation] | Iterable[Observation]
    ) -> AsyncGenerator[DetailedAnswer]:
        """Send all observations and give their answers, in order.

        Observations are taken as there is room for them, so their source may be endless.

        Raises
        ------
        ServerUnreachable
            No answer came for `retry_for_s` seconds, or no Standout server is there.
        StandoutError
            The server refused the stream; the class is that of the problem it sent.
        """
        outbox = Outbox(self._max_in_flight)
        filler = asyncio.create_task(outbox.fill(observations))
        try:
            async with aclosing(self._answers(outbox)) as answers:
                async for answer in answers:
                    yield answer
            await filler  # raises what the source raised
        finally:
            filler.cancel()
            await asyncio.gather(filler, return_exceptions=True)

    async def _answers(self, outbox: Outbox) -> AsyncGenerator[DetailedAnswer]:
        attempt = _Attempts(self._backoff, self._retry_for_s)
        while not outbox.done:
            try:
                async with (
                    self._connection() as socket,
                    aclosing(exchange(socket, outbox, self._journal)) as answers,
                ):
                    async for answer in answers:
                        attempt.succeeded()
                        yield answer
            except (ConnectionLost, OSError, InvalidHandshake) as error:
                _raise_if_final(error, self.url)
                await self._wait(attempt, error)

    def _connection(self) -> connect:
        # Messages are too small to gain from compression. What is received and not yet taken is
        # bounded by `max_in_flight`; a bound of its own would keep the closing frame from being
        # read when somebody leaves early.
        return connect(
            self._socket_url, compression=None, max_queue=None, proxy=self._proxy, close_timeout=2
        )

    async def _wait(self, attempt: _Attempts, error: Exception) -> None:
        reason = _reason(error)
        delay = attempt.next_delay()
        if delay is None:
            raise ServerUnreachable(f"No server answers at {self.url}: {reason}.") from None
        if self._on_retry:
            self._on_retry(reason)
        await asyncio.sleep(delay)
        self.reconnects += 1


class _Attempts:
    """Attempts to connect since the last answer."""

    def __init__(self, backoff: Backoff, retry_for_s: float | None) -> None:
        self._backoff = backoff
        self._retry_for_s = retry_for_s
        self._clock = asyncio.get_running_loop().time
        self._began: float | None = None
        self._delays = backoff.delays()

    def succeeded(self) -> None:
        if self._began is not None:
            self._began = None
            self._delays = self._backoff.delays()

    def next_delay(self) -> float | None:
        now = self._clock()
        if self._began is None:
            self._began = now
        if self._retry_for_s is not None and now - self._began >= self._retry_for_s:
            return None
        return next(self._delays)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0).lower()
    return str(error) or type(error).__name__


def _raise_if_final(error: Exception, url: str) -> None:
    """Raise where the server refused the handshake in a way that the next attempt cannot heal."""
    if not isinstance(error, InvalidStatus):
        return
    status = error.response.status_code
    if status not in _CLIENT_ERRORS or status in _PASSING_STATUSES:
        return
    raise _refusal(error.response.body or b"", status, url) from None


def _refusal(body: bytes | bytearray, status: int, url: str) -> StandoutError:
    try:
        return error_of(msgspec.json.decode(body, type=ProblemFrame))
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = f"{url} refuses the connection with status {status}"
        return ServerUnreachable(f"{told}; is a Standout server there?")
