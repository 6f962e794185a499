"""Lines: how a session hears a client's messages and answers them.

Our own protocol hands each message over in the call that read it, without a task in between; other
servers give them by ASGI.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias, cast

from starlette.types import Receive, Send
from starlette.websockets import WebSocket

Sink: TypeAlias = Callable[[bytes | str], None]
"""Takes one message; must not raise."""

EXTENSION: Final = "standout.line"
"""The name under which a socket's scope has its line, if the server has one."""

MAX_UNSENT: Final = 64
"""Answers that may wait for ASGI to send them."""


class Line(Protocol):
    """One client's messages in, answers out."""

    @property
    def may_write(self) -> bool:
        """Whether the client reads what it is sent."""
        ...

    def attach(self, sink: Sink, on_writable: Callable[[], None]) -> None:
        """Hand over each message from now on; say when the client reads again."""
        ...

    def hold(self) -> None:
        """Hand nothing over until `release`: the operating system tells the client to wait."""
        ...

    def release(self) -> None:
        """Go on."""
        ...

    def write_text(self, data: bytes) -> None:
        """Send a text."""
        ...

    async def gone(self) -> None:
        """Wait until the client has gone."""
        ...

    async def flush(self) -> None:
        """Wait until what was written is on its way."""
        ...


def line_of(websocket: WebSocket) -> Line:
    """Return the line of a socket that was accepted."""
    line = websocket.scope.get("extensions", {}).get(EXTENSION)
    # The socket's own functions: Starlette's check a state that cannot be wrong here.
    return cast("Line", line) if line else AsgiLine(websocket._receive, websocket._send)  # noqa: SLF001


class AsgiLine:
    """A line over a server that is not ours."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unsent: deque[str] = deque()
        self._news = asyncio.Event()
        self._sent = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()
        self._sink: Sink = lambda _: None
        self._on_writable: Callable[[], None] = lambda: None

    @property
    def may_write(self) -> bool:
        """Whether little waits to be sent."""
        return len(self._unsent) < MAX_UNSENT

    def attach(self, sink: Sink, on_writable: Callable[[], None]) -> None:
        """Hand over what `gone` reads."""
        self._sink, self._on_writable = sink, on_writable

    def hold(self) -> None:
        """Read nothing."""
        self._open.clear()

    def release(self) -> None:
        """Read on."""
        self._open.set()

    def write_text(self, data: bytes) -> None:
        """Send a text soon."""
        self._unsent.append(data.decode())
        self._sent.clear()
        self._news.set()

    async def gone(self) -> None:
        """Read and write until the client has gone."""
        writing = asyncio.create_task(self._write())
        reading = asyncio.create_task(self._read())
        try:
            done, _ = await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (writing, reading):
                task.cancel()
            await asyncio.gather(writing, reading, return_exceptions=True)

    async def flush(self) -> None:
        """Wait until all is sent."""
        while self._unsent:
            await self._sent.wait()

    async def _read(self) -> None:
        while (message := await self._receive())["type"] != "websocket.disconnect":
            self._sink(message.get("bytes") or message.get("text") or "")
            await self._open.wait()

    async def _write(self) -> None:
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._unsent:
                    message: dict[str, Any] = {"type": "websocket.send", "text": self._unsent[0]}
                    await self._send(message)
                    self._unsent.popleft()
                self._sent.set()
                self._on_writable()
        except OSError:  # the word for a client that has gone
            return
