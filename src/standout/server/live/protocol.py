"""The WebSocket protocol, with an end for openings that cannot be read."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import websockets.http11
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode

from standout.errors import MalformedMessage, MessageTooLarge, StandoutError
from standout.schemas.frames import encode
from standout.server.problems import as_frame

MAX_LINE_BYTES = 65_536
LINGER_S = 2

# The library reads this at each request line; its own 8,192 would cut off a query or an id that
# should rather be answered with what is wrong with it.
cast("Any", websockets.http11).MAX_LINE_LENGTH = MAX_LINE_BYTES


class SocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, with writes gathered and no connection kept that never opened."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection over."""
        super().connection_made(transport)
        self.transport = cast("asyncio.Transport", _Gathered(self.transport, self.loop))

    def data_received(self, data: bytes) -> None:
        """Take bytes; close where they are no opening."""
        if self.close_sent and self.conn.parser_exc is not None:
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """Say what was wrong with a frame that is not read, then close.

        What the client still sends is thrown away for a moment: with bytes unread, the operating
        system would cut the connection, and the client would never see why.
        """
        assert self.conn.close_sent is not None
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        error: StandoutError = MalformedMessage(f"This is no frame of a WebSocket: {reason}.")
        if code == CloseCode.MESSAGE_TOO_BIG:
            msg = f"A frame of more than {self.config.ws_max_size:,} bytes is not read."
            error = MessageTooLarge(msg)
        problem = Frame(Opcode.TEXT, encode(as_frame(error, self.scope["path"])))
        self.transport.write(problem.serialize(mask=False))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.loop.call_later(LINGER_S, self.transport.close)


class _Gathered:
    """A transport that writes once a turn of the loop what was written to it in that turn.

    A client that sends ahead is answered with many small frames at once; a system call for each
    took a seventh of the server's time.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write at the end of this turn."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Write what is left, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        """Leave all else to the transport."""
        return getattr(self._transport, name)
