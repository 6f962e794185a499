"""The short way to a prediction: before routes, middleware and loggers, which cost more than it.

Whatever is out of the ordinary takes the long way, with its body: another content, a model that is
not in memory or takes long, a mistake, a browser of another origin.
"""

from __future__ import annotations

import time
from typing import Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standout.bootstrap import Services
from standout.schemas.predictions import PredictRequest
from standout.server.request_lines import RequestLines
from standout.service.predicting import judge_one

MAX_BODY_BYTES: Final = 65_536
PATH: Final = "/predict"
_TYPE: Final = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class PredictDoor:
    """ASGI middleware that answers the usual ``POST /predict`` itself."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._at_hand = services.predictions.at_hand
        self._observe = services.meters.request_s.labels("POST", "200").observe
        self._lines = RequestLines("POST", PATH, 200)
        self._decode = msgspec.json.Decoder(PredictRequest).decode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["path"] != PATH or not _usual(scope):
            await self._app(scope, receive, send)
            if scope["type"] == "lifespan":
                self._lines.flush()
            return
        begin = time.perf_counter()
        message = await receive()
        content = self._answer(message)
        if content is None:
            await self._app(scope, _again(message, receive), send)
            return
        headers = [_TYPE, (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})
        took_s = time.perf_counter() - begin
        self._observe(took_s)
        self._lines.add(took_s)

    def _answer(self, message: Message) -> bytes | None:
        """Return the answer; None for what takes the long way."""
        body = message.get("body", b"")
        if message.get("more_body") or not 0 < len(body) <= MAX_BODY_BYTES:
            return None
        try:
            request = self._decode(body)
            served = self._at_hand(request.model_id)
            if served is None or not served.quick:
                return None
            return _encode(judge_one(served, request))
        except Exception:  # noqa: BLE001 - met again on the long way, which tells it
            return None


def _usual(scope: Scope) -> bool:
    if scope["method"] != "POST":
        return False
    return all(name not in (b"origin", b"content-encoding") for name, _ in scope["headers"])


def _again(first: Message, receive: Receive) -> Receive:
    """Give a message that was taken, then all others."""
    taken = False

    async def take() -> Message:
        nonlocal taken
        if taken:
            return await receive()
        taken = True
        return first

    return take
