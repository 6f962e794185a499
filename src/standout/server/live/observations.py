"""``/ws/{client_id}``: observations in, verdicts out, in order.

Each message is submitted in the call that brings it, and answered in the call that tells of its
commit, so that a client may send ahead. Both are bounded: where too much waits for its answer, or
the client does not read, nothing more is read, and the operating system tells the client to wait.
"""

from __future__ import annotations

import asyncio
from collections import deque

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from standout.bootstrap import Services
from standout.detectors import registry
from standout.domain.times import zone
from standout.errors import (
    ConnectionReplaced,
    InvalidParameter,
    MessageTooLarge,
    StandoutError,
    Unavailable,
)
from standout.schemas.frames import decode_frame, encode
from standout.server.live.answers import Request, read_frame, write_answer
from standout.server.live.clock import Clock
from standout.server.live.lines import line_of
from standout.server.problems import as_frame
from standout.service.live_stream import LiveStream, Submission

POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
MAX_ROWS_IN_FLIGHT = 50_000

_log = structlog.get_logger(__name__)


async def serve_observations(websocket: WebSocket, services: Services, stream_id: str) -> None:
    """Serve one socket from its opening to its close."""
    arrived = services.presence.arrive()
    await websocket.accept()
    try:
        options = _Options(websocket)
        live = await services.loader.open(
            stream_id,
            window=options.window,
            tz=options.tz,
            time_unit=options.time_unit,
            detector=options.detector,
        )
    except StandoutError as error:
        await close_with(websocket, error)
        return
    session = _Session(websocket, services, live, detail=options.detail)
    services.presence.enter(stream_id, session.leave, arrived)
    _log.info("client connected", stream=stream_id, window=live.record.window)
    try:
        await session.run()
    finally:
        services.presence.exit(stream_id, session.leave)
        services.loader.close(live)
        _log.info("client gone", stream=stream_id, received=session.received)


async def close_with(websocket: WebSocket, error: StandoutError) -> None:
    """Send a problem, then close."""
    code = INTERNAL_ERROR if isinstance(error, Unavailable) else POLICY_VIOLATION
    try:
        await websocket.send_text(encode(as_frame(error, websocket.url.path)).decode())
        await websocket.close(code, type(error).__doc__)
    except (RuntimeError, WebSocketDisconnect):
        # The client has gone meanwhile; there is nobody to tell.
        return


class _Options:
    """What the query of a socket asks for.

    Raises
    ------
    InvalidParameter
        One of them cannot be read.
    """

    def __init__(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        self.window = self._whole(query.get("window"))
        self.tz = query.get("tz")
        self.time_unit = query.get("unit")
        self.detector = query.get("detector")
        detail = query.get("detail", "0")
        if detail not in {"0", "1", "true", "false"}:
            msg = f"detail must be 0 or 1, got {detail!r}."
            raise InvalidParameter(msg)
        self.detail = detail in {"1", "true"}

    @staticmethod
    def _whole(text: str | None) -> int | None:
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= len("10000")):
            msg = f"window must be a whole number from 10 to 10,000, got {text[:20]!r}."
            raise InvalidParameter(msg)
        return int(text)


class _Session:
    """One client's observations and answers."""

    def __init__(
        self, websocket: WebSocket, services: Services, live: LiveStream, *, detail: bool
    ) -> None:
        self._websocket = websocket
        self._services = services
        self._live = live
        self._detail = detail
        self._clock = Clock(zone(live.record.tz), live.record.time_unit)
        self._keyed = live.record.keeps_duplicates
        self._names = registry.voters(live.record.detector)
        self._limits = services.settings.streams
        self._line = line_of(websocket)
        self._waiting: deque[tuple[Request, Submission]] = deque()
        self._rows_waiting = 0
        self._drained = asyncio.Event()
        self._holding: asyncio.Task[None] | None = None
        self._ending: StandoutError | None = None
        self._crash: Exception | None = None
        self._over = asyncio.Event()
        self.received = 0

    def leave(self, why: StandoutError) -> None:
        """End; what a newer connection may send again is not answered here any more."""
        if isinstance(why, ConnectionReplaced):
            self._waiting.clear()
        self._end(why)

    async def run(self) -> None:
        """Read and answer until one side ends."""
        gone = asyncio.create_task(self._line.gone())
        ended = asyncio.create_task(self._ended())
        try:
            self._line.attach(self._receive, self._answer)
            done, _ = await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            gone.cancel()
            ended.cancel()
            if self._holding is not None:
                self._holding.cancel()
            await asyncio.gather(gone, ended, return_exceptions=True)

    async def _ended(self) -> None:
        """Wait until what was sent before the end is answered, then say why it ends."""
        await self._over.wait()
        if self._crash is not None:
            raise self._crash
        await self._line.flush()
        if self._ending is not None:
            await close_with(self._websocket, self._ending)

    def _receive(self, data: bytes | str) -> None:
        if self._ending is not None or self._crash is not None:
            return
        try:
            self._take(data)
        except StandoutError as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001 - raised again where it is logged
            self._crash = error
            self._over.set()
        else:
            if self._holding is None and (self._crowded() or self._services.engine.backlog.full):
                self._line.hold()
                self._holding = asyncio.create_task(self._release())

    async def _release(self) -> None:
        """Read on once there is room."""
        while self._crowded() and self._ending is None:
            self._drained.clear()
            await self._drained.wait()
        await self._services.engine.backlog.room()
        self._holding = None
        self._line.release()

    def _take(self, data: bytes | str) -> None:
        if len(data) > self._limits.max_frame_bytes:
            msg = (
                f"A frame has at most {self._limits.max_frame_bytes:,} bytes, got {len(data):,}; "
                "send more frames instead."
            )
            raise MessageTooLarge(msg)
        request = read_frame(decode_frame(data), keyed=self._keyed)
        times = self._times(request)
        submission = self._services.engine.submit(
            self._live,
            times,
            request.values,
            self._answer,
            keys=request.keys,
            channels=request.channels,
        )
        self._waiting.append((request, submission))
        self._rows_waiting += len(times)
        self.received += len(times)
        if submission.done:
            self._answer()

    def _times(self, request: Request) -> list[int]:
        # An upload may have told the stream's unit meanwhile.
        self._clock.adopt(self._live.record.time_unit)
        times = self._clock.read(request.timestamps)
        if self._clock.unit is not None and self._live.record.time_unit is None:
            self._services.loader.pin_unit(self._live, self._clock.unit)
        return times

    def _crowded(self) -> bool:
        return (
            len(self._waiting) >= self._limits.max_in_flight
            or self._rows_waiting >= MAX_ROWS_IN_FLIGHT
        )

    def _answer(self) -> None:
        """Send the answers that are ready, in order."""
        waiting, line = self._waiting, self._line
        while waiting and waiting[0][1].done and line.may_write:
            request, submission = waiting.popleft()
            self._rows_waiting -= len(request.values)
            if submission.error is not None:
                waiting.clear()
                self._end(submission.error)
                break
            line.write_text(write_answer(request, submission, self._names, detail=self._detail))
        if self._holding is not None:
            self._drained.set()
        if self._ending is not None and not waiting:
            self._over.set()

    def _end(self, error: StandoutError) -> None:
        self._ending = self._ending or error
        self._drained.set()
        if not self._waiting:
            self._over.set()
