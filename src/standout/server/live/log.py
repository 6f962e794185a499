"""``/live/log``: the server's log, as it is written."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.websockets import WebSocket

from standout.bootstrap import Services
from standout.errors import StandoutError
from standout.schemas.live import Lines
from standout.server.live.observations import close_with
from standout.server.live.watch import number, until_closed
from standout.server.log_ring import KEPT, ring

INTERVAL_S = 0.25

_encoder = msgspec.json.Encoder()


async def watch_log(websocket: WebSocket, _: Services) -> None:
    """Send the kept lines, then new ones up to four times a second, until the page is closed.

    With ``after`` in the query, the first are those after the line of this number.
    """
    await websocket.accept()
    try:
        after = number(websocket.query_params.get("after")) or 0
    except StandoutError as error:
        await close_with(websocket, error)
        return
    await until_closed(websocket, _send_lines(websocket, after))


async def _send_lines(websocket: WebSocket, after: int) -> None:
    is_first = True
    while True:
        page = ring.page(after=after, limit=KEPT)
        if page.lines or is_first:
            message = Lines([line.model_dump() for line in page.lines], page.first, page.next)
            text = _encoder.encode(message).decode()
            await websocket.send({"type": "websocket.send", "text": text})
        is_first, after = False, page.next
        await asyncio.sleep(INTERVAL_S)
