"""The transport under a socket: what was written in one turn goes out at once."""

from __future__ import annotations

import asyncio
from typing import cast

from standout.server.live.protocol import _Gathered


class Wire:
    """A transport of uvloop's kind, which raises where it is closed."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("the handler is closed")
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def turn() -> None:
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_a_turn_is_one_write_and_nothing_goes_to_one_who_has_left() -> None:
    failures: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    wire = Wire()
    gathered = _Gathered(cast("asyncio.Transport", wire), loop)
    for part in (b"a", b"b", b"c"):
        gathered.write(part)
    await turn()
    assert wire.written == [b"abc"]
    gathered.write(b"d")
    # The client goes within the turn.
    wire.close()
    await turn()
    assert wire.written == [b"abc"]
    assert failures == []


async def test_what_was_written_before_a_close_goes_out() -> None:
    wire = Wire()
    gathered = _Gathered(cast("asyncio.Transport", wire), asyncio.get_running_loop())
    gathered.write(b"last words")
    gathered.close()
    await turn()
    assert (wire.written, wire.closed) == ([b"last words"], True)
