"""The response to an upload: it begins when the first rows are kept, while more are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from standout.errors import StandoutError
from standout.schemas.observations import UploadCount
from standout.server.problems import respond_with
from standout.server.rest.bodies import empty
from standout.server.rest.spool import Spool
from standout.server.rest.verdicts import VerdictWriter
from standout.service.uploads import Answered
from standout.service.verdicts import Tally

_log = structlog.get_logger(__name__)


class StreamedVerdicts(Response):
    """Verdicts while the upload is still being read.

    Parameters
    ----------
    answered
        The upload, as its rows are kept.
    writer
        Knows the format.
    media_type
        Its name.
    """

    def __init__(
        self, answered: AsyncIterator[Answered], writer: VerdictWriter, media_type: str
    ) -> None:
        self._answered = answered
        self._writer = writer
        super().__init__(media_type=media_type)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        """Answer; a mistake before the first row is raised, for it to be a plain problem."""
        with Spool() as spool:
            writing = asyncio.create_task(self._write(spool))
            try:
                await self._send(spool, send)
            except ClientDisconnect:
                _log.info("client gone in the middle of an upload", path=scope["path"])
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)

    async def _send(self, spool: Spool, send: Send) -> None:
        data = await spool.take()
        if data is None:
            raise empty()
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        while data is not None:
            await send({"type": "http.response.body", "body": data, "more_body": True})
            data = await spool.take()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, spool: Spool) -> None:
        begun = False
        try:
            async for answered in self._answered:
                await spool.put(await asyncio.to_thread(self._writer.rows, answered))
                begun = True
            if begun:
                await spool.put(self._writer.end(None))
            spool.end()
        except StandoutError as error:
            if begun:
                await spool.put(self._writer.end(error))
            spool.end(None if begun else error)
        except Exception as error:  # noqa: BLE001 - raised again where the response is sent
            spool.end(error)


async def counted(request: Request, answered: AsyncIterator[Answered]) -> Response:
    """Answer with how many rows there were of each kind; a problem tells them, too."""
    tally = Tally()
    error: StandoutError | None = None
    try:
        async for piece in answered:
            tally.add(piece.verdicts)
    except StandoutError as found:
        error = found
    count = UploadCount(tally.received, tally.stored, tally.anomalies, tally.late, tally.refused)
    if error is not None:
        return respond_with(request, error, **msgspec.to_builtins(count))
    if not tally.received:
        raise empty()
    return Response(msgspec.json.encode(count), media_type="application/json")
