"""``/live/streams`` and ``/live/streams/{id}``: what the pages listen to."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from standout.bootstrap import Services
from standout.domain.records import Observations, Stream
from standout.errors import InvalidParameter, StandoutError
from standout.schemas.live import History, PointColumns, Points, Status, Streams
from standout.schemas.streams import StreamSummary
from standout.server.live.observations import close_with
from standout.service.feed import Subscription
from standout.service.judgements import Judgements

HISTORY_ROWS = 2_000
MAX_MISSED = 20_000
"""Rows that a page which comes back is told; if it has missed more, it begins anew."""
MESSAGE_ROWS = 2_000
POINTS_INTERVAL_S = 0.05
STATUS_INTERVAL_S = 1.0
MAX_STREAMS = 1_000

_MAX_DIGITS = 18

_encoder = msgspec.json.Encoder()


async def watch_stream(websocket: WebSocket, services: Services, stream_id: str) -> None:
    """Send a stream's newest observations, then each new one, until the page is closed.

    With ``after`` in the query, the first are those that arrived after the one of this number.
    """
    await websocket.accept()
    try:
        after = number(websocket.query_params.get("after"))
        record = await services.streams.find(stream_id)
    except StandoutError as error:
        await close_with(websocket, error)
        return
    # Watch first, read after: a row that comes in between is sent twice, never lost.
    subscription = services.feed.subscribe(record.key)
    watch = _StreamWatch(websocket, services, record, subscription, after)
    try:
        await until_closed(websocket, watch.send_points(), watch.send_status())
    except StandoutError as error:  # the stream was deleted, or the store is out of order
        await close_with(websocket, error)
    finally:
        services.feed.unsubscribe(record.key, subscription)


async def watch_streams(websocket: WebSocket, services: Services) -> None:
    """Send all streams, then once a second those that changed, until the page is closed."""
    await websocket.accept()
    await until_closed(websocket, _send_streams(websocket, services))


async def until_closed(websocket: WebSocket, *senders: Any) -> None:
    """Let these send until one of them fails, or the page is closed."""

    async def closed() -> None:
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass

    tasks = [asyncio.create_task(work) for work in (closed(), *senders)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except WebSocketDisconnect:
        return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _StreamWatch:
    """One page that watches one stream."""

    def __init__(
        self,
        websocket: WebSocket,
        services: Services,
        record: Stream,
        subscription: Subscription,
        after: int | None,
    ) -> None:
        self._websocket = websocket
        self._services = services
        self._record = record
        self._subscription = subscription
        self._after = after
        self._seen = 0

    async def send_points(self) -> None:
        """Send what was missed or the history, then batches, 20 a second at the most."""
        if self._after is None or not await self._send_missed(self._after):
            await self._send_history()
        while True:
            batches = await self._subscription.take()
            if batches is None:
                # The page fell behind; it starts over with what is newest.
                await self._send_history()
            for rows in batches or ():
                fresh = rows.take(rows.seq > self._seen)
                if len(fresh):
                    await self._send_points(fresh)
                    self._seen = int(fresh.seq.max())
            await asyncio.sleep(POINTS_INTERVAL_S)

    async def send_status(self) -> None:
        """Send how the stream stands, where that changed."""
        last = None
        while True:
            summary = await self._services.streams.get(self._record.id)
            if summary != last:
                last = summary
                await _send(self._websocket, Status(summary.model_dump()))
            await asyncio.sleep(STATUS_INTERVAL_S)

    async def _send_missed(self, after: int) -> bool:
        """Send what arrived after a number; False where it is too much, or not all kept any more.

        How the stream stands comes first: its `created` tells whether the number is of this stream.
        """
        rows = await self._services.streams.since(
            self._record, after_seq=after, limit=MAX_MISSED + 1
        )
        summary = await self._services.streams.get(self._record.id)
        newest = int(rows.seq[-1]) if len(rows) else after
        # Numbers have no gaps; where one is, the row is gone.
        if len(rows) > MAX_MISSED or after > summary.count or newest - after != len(rows):
            return False
        await _send(self._websocket, Status(summary.model_dump()))
        for first in range(0, len(rows), MESSAGE_ROWS):
            await self._send_points(rows.take(slice(first, first + MESSAGE_ROWS)))
        self._seen = newest
        return True

    async def _send_history(self) -> None:
        rows = await self._services.streams.latest(self._record, limit=HISTORY_ROWS)
        summary = await self._services.streams.get(self._record.id)
        self._seen = max(self._seen, int(rows.seq.max())) if len(rows) else self._seen
        points = _columns(rows, summary.channels)
        await _send(self._websocket, History(summary.model_dump(), points))

    async def _send_points(self, rows: Observations) -> None:
        names = None
        if rows.channel is not None:
            # The first observation may have told them after the page came.
            names = (await self._services.streams.get(self._record.id)).channels
        await _send(self._websocket, Points(_columns(rows, names)))


def number(text: str | None) -> int | None:
    """Read the number after which a page wants to go on; raises `InvalidParameter`."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        msg = f"after must be a number that was told, such as `seq`, got {text[:40]!r}."
        raise InvalidParameter(msg)
    return int(text)


async def _send_streams(websocket: WebSocket, services: Services) -> None:
    before: dict[str, StreamSummary] | None = None
    while True:
        page = await services.streams.page(limit=MAX_STREAMS)
        now = {summary.id: summary for summary in page.streams}
        old = before or {}
        changed = [s.model_dump() for s in page.streams if old.get(s.id) != s]
        removed = [stream_id for stream_id in old if stream_id not in now]
        if changed or removed or before is None:
            await _send(websocket, Streams(changed, removed))
        before = now
        await asyncio.sleep(STATUS_INTERVAL_S)


async def _send(websocket: WebSocket, message: msgspec.Struct) -> None:
    await websocket.send({"type": "websocket.send", "text": _encoder.encode(message).decode()})


def _columns(rows: Observations, names: list[str] | None) -> PointColumns:
    # msgspec writes nan as null.
    verdicts = Judgements.of(rows)
    points = PointColumns(
        seq=rows.seq.tolist(),
        time_us=rows.time_us.tolist(),
        value=rows.value.tolist(),
        score=verdicts.score,  # type: ignore[arg-type] # nan is null
        anomaly=verdicts.anomaly,
        votes=verdicts.votes,
        expected=verdicts.expected,  # type: ignore[arg-type]
        lower=verdicts.lower,  # type: ignore[arg-type]
        upper=verdicts.upper,  # type: ignore[arg-type]
        late=rows.late.tolist(),
    )
    if verdicts.channel is not None and names is not None:
        points.channel = [names[i] if i >= 0 else None for i in verdicts.channel]
    return points
