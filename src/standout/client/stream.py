"""The streaming client: observations out, verdicts in, whatever happens to the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from contextlib import aclosing

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

from standout.client.address import proxy_for, socket_url
from standout.client.attempts import Retries
from standout.client.backoff import Backoff
from standout.client.connection import ConnectionLost, exchange
from standout.client.handshake import delay_after
from standout.client.journal import Journal
from standout.client.outbox import Outbox
from standout.schemas.frames import DetailedAnswer, Observation


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
        Observations that the detector looks back on, 10 to 10,000; None takes the stream's own.
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
        window: int | None = 100,
        max_in_flight: int = 256,
        journal: Journal | None = None,
        backoff: Backoff | None = None,
        retry_for_s: float | None = None,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        self.url = url
        self.reconnects = 0
        self._socket_url = socket_url(url, client_id, window=window)
        self._max_in_flight = max_in_flight
        self._journal = journal
        self._retries = Retries(
            backoff=backoff or Backoff(), retry_for_s=retry_for_s, on_retry=on_retry
        )

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
        attempt = self._retries.attempts()
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
                await asyncio.sleep(delay_after(error, self.url, attempt))
                self.reconnects += 1

    def _connection(self) -> connect:
        # Messages are too small to gain from compression. What is received and not yet taken is
        # bounded by `max_in_flight`; a bound of its own would keep the closing frame from being
        # read when somebody leaves early.
        return connect(
            self._socket_url,
            compression=None,
            max_queue=None,
            proxy=proxy_for(self.url),
            close_timeout=2,
        )
