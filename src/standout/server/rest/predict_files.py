"""Batches as Parquet or Arrow, in and out, through files in the data folder."""

from __future__ import annotations

import asyncio
from email.message import Message
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from standout.bootstrap import Services
from standout.errors import InvalidParameter
from standout.readers.datasets.formats import ARROW_STREAM, PARQUET
from standout.server.rest.bodies import ARROW
from standout.server.rest.multipart import receive_file
from standout.service.scoring_files import score_file

PARQUET_TYPE: Final = "application/vnd.apache.parquet"
ARROW_FILE_TYPE: Final = "application/vnd.apache.arrow.file"
FILES: Final = {PARQUET_TYPE: PARQUET, ARROW: ARROW_STREAM, ARROW_FILE_TYPE: ARROW_STREAM}
_TYPES: Final = {PARQUET: PARQUET_TYPE, ARROW_STREAM: ARROW}
_YES: Final = frozenset({"1", "true", "yes"})
_NO: Final = frozenset({"", "0", "false", "no"})


class PredictFiles:
    """Rows for a model as a file, which may be as large as an upload."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._scoring = asyncio.Semaphore(2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        model_id = request.query_params.get("model_id", "")
        if not model_id:
            raise InvalidParameter("Name the model in the query: /predict-batch?model_id=…")
        shares = _flag(request, "contributions")
        form = FILES[media_type(scope)]
        served = await self._services.predictions.served(model_id)
        datasets = self._services.datasets
        source, target = datasets.draft(), datasets.draft()
        try:
            max_bytes = self._services.settings.max_upload_size
            await receive_file(request, source, max_bytes=max_bytes)
            async with self._scoring:
                counts = await asyncio.to_thread(
                    score_file, served, source, target, form=form, shares=shares
                )
            headers = {
                "X-Model-Version": str(served.version),
                "X-Total-Records": str(counts.rows),
                "X-Anomaly-Count": str(counts.anomalies),
            }
            answer = FileResponse(target, media_type=_TYPES[form], headers=headers)
            await answer(scope, receive, send)
        finally:
            for path in (source, target):
                await asyncio.to_thread(Path.unlink, path, missing_ok=True)


def media_type(scope: Scope) -> str:
    """Return the type of a request's body, without its parameters; "" if none is told."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            if value == b"application/json":
                return "application/json"
            header = Message()
            header["content-type"] = value.decode("latin-1")
            return header.get_content_type()
    return ""


def _flag(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "").lower()
    if value not in _YES | _NO:
        raise InvalidParameter(f"{name} is true or false, got {value[:40]!r}.")
    return value in _YES
