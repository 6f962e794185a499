"""The WebSocket protocol, with an end for openings that cannot be read."""

from __future__ import annotations

from typing import Any, cast

import websockets.http11
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_LINE_BYTES = 65_536

# The library reads this at each request line; its own 8,192 would cut off a query or an id that
# should rather be answered with what is wrong with it.
cast("Any", websockets.http11).MAX_LINE_LENGTH = MAX_LINE_BYTES


class SocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, which would keep a connection open whose opening it gave up."""

    def data_received(self, data: bytes) -> None:
        """Take bytes; close where they are no opening."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.transport.close()
