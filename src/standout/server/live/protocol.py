"""The WebSocket protocol: short for plain messages, with an end for what cannot be read.

Most of what a client sends is a whole text in one frame. Such a frame is cut out and unmasked here
and handed to the session in the same call; all else (control frames, fragments, mistakes) goes
through the library, a frame at a time. With a thousand clients that each wait for their answer, the
library's generators, uvicorn's queue and the two calls of the system with which it stops and starts
reading around each message took more than a third of a point's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

import websockets.http11
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import frames
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

from standout.errors import MalformedMessage, MessageTooLarge, StandoutError
from standout.schemas.frames import encode
from standout.server.live.lines import EXTENSION, Sink
from standout.server.problems import as_frame

MAX_LINE_BYTES = 65_536
LINGER_S = 2

# Theirs in C where it is installed, else in Python.
_unmask: Final = cast("Any", frames).apply_mask

_WHOLE_TEXT: Final = 0x80 | Opcode.TEXT
_WHOLE_BINARY: Final = 0x80 | Opcode.BINARY
_WHOLE: Final = frozenset({_WHOLE_TEXT, _WHOLE_BINARY})
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_HEAD_BYTES: Final = 2
_IN_16_BITS: Final = 126
_IN_64_BITS: Final = 127
_MOST_16_BITS: Final = 0xFFFF

# The library reads this at each request line; its own 8,192 would cut off a query or an id that
# should rather be answered with what is wrong with it.
cast("Any", websockets.http11).MAX_LINE_LENGTH = MAX_LINE_BYTES


class SocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, with writes gathered, a short way for messages, and sure ends.

    It is the `Line` of its session.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Bytes of a frame that is not whole, and how many it will have.
        self._rest = b""
        self._parts: list[bytes] = []
        self._missing = 0
        # True while frames are cut here: the library then holds no part of one.
        self._cutting = False
        self._sink: Sink | None = None
        self._on_writable: Callable[[], None] = lambda: None
        self._held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection over."""
        super().connection_made(transport)
        self.transport = cast("asyncio.Transport", _Gathered(self.transport, self.loop))

    def data_received(self, data: bytes) -> None:
        """Take bytes; close where they are no opening."""
        if self.close_sent and self.conn.parser_exc is not None:
            return
        if not self._cutting:
            self._by_library(data)
            # What came with the opening is the library's, to its end.
            self._cutting = self.handshake_initiated and not self.conn.reader.buffer
        elif self._missing > len(data):
            self._parts.append(data)
            self._missing -= len(data)
        else:
            self._cut(b"".join([self._rest, *self._parts, data]) if self._rest else data)

    def handle_connect(self, event: Request) -> None:
        """Open a socket; its scope tells of this line."""
        super().handle_connect(event)
        if not self.close_sent:
            cast("Any", self.scope)["extensions"][EXTENSION] = self

    def send_receive_event_to_app(self) -> None:
        """Hand over a message that came through the library, unless its text is none."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_text(self.frames):
            # Uvicorn would close, too, but with a traceback in the log and no word to the client.
            self.frames = []
            self.conn.send_close(CloseCode.INVALID_DATA, "a text that is not UTF-8")
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()
        if self._sink is not None:
            self._hand_over_queued()

    def resume_writing(self) -> None:
        """Say that the client reads again."""
        super().resume_writing()
        self._on_writable()

    @property
    def may_write(self) -> bool:
        """Whether the client reads what it is sent."""
        return self.writable.is_set()

    def attach(self, sink: Sink, on_writable: Callable[[], None]) -> None:
        """Hand over each message from now on, those first that came already."""
        self._sink, self._on_writable = sink, on_writable
        self._hand_over_queued()

    def hold(self) -> None:
        """Read nothing until `release`."""
        self._held = True
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def release(self) -> None:
        """Hand over what was read, then read on."""
        self._held = False
        rest, self._rest = b"".join([self._rest, *self._parts]), b""
        self._cut(rest)
        self._read_on()

    def write_text(self, data: bytes) -> None:
        """Send a text in one frame, unless the socket is being closed."""
        if self.close_sent or self.disconnected or self.conn.state is not State.OPEN:
            return
        size = len(data)
        if size < _IN_16_BITS:
            head = bytes((_WHOLE_TEXT, size))
        elif size <= _MOST_16_BITS:
            head = bytes((_WHOLE_TEXT, _IN_16_BITS)) + size.to_bytes(2)
        else:
            head = bytes((_WHOLE_TEXT, _IN_64_BITS)) + size.to_bytes(8)
        self.transport.write(head + data)

    async def gone(self) -> None:
        """Wait until the client has gone."""
        while (await self.receive())["type"] != "websocket.disconnect":
            pass

    async def flush(self) -> None:
        """Do nothing: what is written keeps its order with what follows."""

    def _hand_over_queued(self) -> None:
        """Hand over what uvicorn has queued; that the client has gone stays there."""
        assert self._sink is not None
        while not self.queue.empty():
            message = cast("dict[str, Any]", self.queue.get_nowait())
            if message["type"] == "websocket.disconnect":
                self.queue.put_nowait(cast("Any", message))
                break
            self._sink(message.get("bytes") or message.get("text") or "")
        self._read_on()

    def _read_on(self) -> None:
        if self.read_paused and not self._held and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def _cut(self, data: bytes) -> None:
        """Cut frames off, and keep what is left over until more comes."""
        at, end = 0, len(data)
        self._missing = 0
        # A socket that is held still hears its client's goodbye.
        while end - at >= _HEAD_BYTES and (not self._held or self.close_sent):
            masked, size = data[at + 1] & _MASKED, data[at + 1] & 0x7F
            head = at + _HEAD_BYTES
            if size >= _IN_16_BITS:
                wide = 2 if size == _IN_16_BITS else 8
                size, head = int.from_bytes(data[head : head + wide]), head + wide
            body = head + _MASK_BYTES
            if not masked or (size > self.config.ws_max_size and body <= end):
                # The library says what is wrong, and nothing follows that.
                self._cutting = False
                last = end
            elif (last := body + size) > end:
                self._missing = last - end if body <= end else 0
                break
            self._take(data, at, body, last)
            at = last
        self._rest, self._parts = data[at:], []

    def _take(self, data: bytes, first: int, body: int, last: int) -> None:
        """Hand over the frame from `first` to `last`, whose message begins at `body`."""
        kind = data[first]
        if (
            kind in _WHOLE
            and self._sink is not None
            and self._cutting
            and not self.close_sent
            and self.conn.current_size is None
            and self.conn.state is State.OPEN
        ):
            message: bytes = _unmask(data[body:last], data[body - _MASK_BYTES : body])
            # The library checks what is not ASCII.
            if kind == _WHOLE_BINARY or message.isascii():
                self._sink(message)
                return
        self._by_library(data[first:last])

    def _by_library(self, data: bytes) -> None:
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


def _is_text(parts: list[bytes]) -> bool:
    try:
        b"".join(parts).decode()
    except UnicodeDecodeError:
        return False
    return True


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
            # A client may have gone within this turn; uvloop raises then.
            if not self._transport.is_closing():
                self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        """Leave all else to the transport."""
        return getattr(self._transport, name)
