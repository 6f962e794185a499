"""One observation after the other over a WebSocket, each answered before the next is sent."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self, SupportsFloat

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from standout.client.address import proxy_for, socket_url
from standout.client.attempts import Retries
from standout.client.connection import ConnectionLost, ending, read_answer
from standout.client.handshake import delay_after
from standout.client.series import Moment, stamp_of
from standout.domain.ids import check_stream_id
from standout.errors import MalformedMessage
from standout.schemas.frames import DetailedAnswer, Observation, ProblemFrame, encode


class LockstepStream:
    """A stream to which observations are sent as they come; a context manager.

    A lost connection is made again, and the observation sent again, which doubles nothing: see
    `Client`. For a whole series, `Client.send` is far quicker.

    Parameters
    ----------
    url
        Address of the server.
    stream_id
        1 to 200 characters, no slash, no control character.
    window
        Observations that the detector looks back on, 10 to 10,000; None takes the stream's own.
    retries
        What is done about trouble that may pass.
    """

    def __init__(self, url: str, stream_id: str, *, window: int | None, retries: Retries) -> None:
        self._url = url
        self._socket_url = socket_url(url, check_stream_id(stream_id), window=window)
        self._retries = retries
        self._socket: ClientConnection | None = None
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next observation makes another."""
        self._socket = None
        self._opened.close()

    def send(
        self,
        timestamp: Moment,
        value: SupportsFloat | Sequence[SupportsFloat | None] | None,
        *,
        seq: int | None = None,
    ) -> DetailedAnswer:
        """Send an observation and return its verdict, with score, votes and range.

        Parameters
        ----------
        timestamp
            ISO 8601 text, an epoch number, or a datetime.
        value
            None, nan and infinite numbers are missing values; of several channels a sequence.
        seq
            Your own whole number of it, for a stream made with ``duplicates="keep"``.

        Raises
        ------
        ConnectionReplaced
            A newer connection has taken this stream.
        StandoutError
            As `Client`.
        """
        stamp = stamp_of(timestamp)
        observation = Observation(
            stamp,
            [_number(one) for one in value] if isinstance(value, Sequence) else _number(value),
            msgspec.UNSET if seq is None else seq,
        )
        message = encode(observation)
        attempts = self._retries.attempts()
        while True:
            try:
                answer = self._exchange(message)
            except (ConnectionLost, OSError, InvalidHandshake) as error:
                time.sleep(delay_after(error, self._url, attempts))
                continue
            if answer.timestamp != stamp:
                msg = f"The server answered {answer.timestamp!r} where {stamp!r} was due."
                raise MalformedMessage(msg)
            return answer

    def _exchange(self, message: bytes) -> DetailedAnswer:
        socket, self._socket = self._socket or self._connect(), None
        problem: ProblemFrame | None = None
        with suppress(ConnectionClosed):  # what the server said before is still to be read
            socket.send(message, text=True)
        try:
            while isinstance(reply := read_answer(socket.recv(decode=False)), ProblemFrame):
                problem = reply
        except ConnectionClosed as closed:
            raise ending(closed, problem) from None
        # Only now: after anything else, even Ctrl-C, an answer may be on its way that is due to no
        # later observation.
        self._socket = socket
        return reply

    def _connect(self) -> ClientConnection:
        self.close()
        return self._opened.enter_context(
            connect(self._socket_url, compression=None, proxy=proxy_for(self._url), close_timeout=1)
        )


def _number(value: SupportsFloat | None) -> float | None:
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None
