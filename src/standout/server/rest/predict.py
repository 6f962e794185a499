"""``POST /predict`` and ``/predict-batch``: bare routes, since they are asked often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from standout.bootstrap import Services
from standout.errors import InvalidInput, MalformedMessage, MessageTooLarge
from standout.readers.nan import without_nan
from standout.schemas.predictions import PredictBatchRequest, PredictRequest
from standout.server.rest.bodies import MAX_JSON_BYTES
from standout.server.rest.predict_files import FILES, PredictFiles, media_type

T = TypeVar("T")

MAX_BODY_BYTES: Final = 1 << 20
"""Of one row with its history."""
MAX_SERIES_BYTES: Final = 8 << 20
SMALL_BYTES: Final = 16_384
"""A larger body is read in a thread: more than this takes over a tenth of a millisecond."""

_MODEL_KEYS: Final = frozenset({"model_id", "data", "history"})
_encode = msgspec.json.Encoder().encode
_HEADERS: Final = (b"content-type", b"application/json")

Series = Callable[[dict[str, Any]], Awaitable[Any]]
"""Answers a body with `values`; what it returns is written as JSON."""


def routes(services: Services, series: Series | None = None) -> list[BaseRoute]:
    """Return the routes, to stand before all others: a route is found in the order of the list.

    Parameters
    ----------
    series
        What is done with a body of `values`, which shares ``/predict``.
    """
    return [
        Route("/predict", Predict(services, series), methods=["POST"]),
        Route("/predict-batch", PredictBatch(services), methods=["POST"]),
    ]


class Predict:
    """One row for a model; or a series, told by its keys."""

    def __init__(self, services: Services, series: Series | None) -> None:
        self._one = services.predictions.one
        self._series = series
        self._decode = msgspec.json.Decoder(PredictRequest).decode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer a request."""
        body = await _body(receive, MAX_SERIES_BYTES)
        here = len(body) <= SMALL_BYTES
        body = _plain(body) if here else await asyncio.to_thread(_plain, body)
        try:
            request = self._decode(body) if here else await asyncio.to_thread(self._decode, body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            answer = await self._other(body, error)
            await _answer(
                send, _encode(answer) if here else await asyncio.to_thread(_encode, answer)
            )
            return
        if len(body) > MAX_BODY_BYTES:
            raise _too_large(MAX_BODY_BYTES)
        await _answer(send, _encode(await self._one(request)))

    async def _other(self, body: bytes, error: Exception) -> Any:
        """Answer a body that is not one row for a model, or say what is wrong with it."""
        here = len(body) <= SMALL_BYTES
        kind = dict[str, Any]
        found = read(kind, body) if here else await asyncio.to_thread(read, kind, body)
        if "values" not in found:
            raise _wrong(error)
        mixed = _MODEL_KEYS & found.keys()
        if mixed:
            told = ", ".join(map(repr, sorted(mixed)))
            msg = f"A body has either 'values', a series, or {told}, for a model; send one of them."
            raise InvalidInput(msg)
        if self._series is None:
            raise _wrong(error)
        return await self._series(found)


class PredictBatch:
    """Rows for a model, as JSON or as a file."""

    def __init__(self, services: Services) -> None:
        self._many = services.predictions.many
        self._files = PredictFiles(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if media_type(scope) in FILES:
            await self._files(scope, receive, send)
            return
        body = await _body(receive, MAX_JSON_BYTES)
        if len(body) <= SMALL_BYTES:
            request = read_batch(body)
        else:
            request = await asyncio.to_thread(read_batch, body)
        answer = await self._many(request)
        small = len(body) <= SMALL_BYTES
        await _answer(send, _encode(answer) if small else await asyncio.to_thread(_encode, answer))


def _plain(body: bytes) -> bytes:
    return without_nan(body) or body


def read_batch(body: bytes) -> PredictBatchRequest:
    """Read a batch; raises as `read`."""
    return read(PredictBatchRequest, body)


def read(type_: type[T], body: bytes) -> T:
    """Read JSON of a type.

    Raises
    ------
    MalformedMessage
        It is no JSON.
    InvalidInput
        It is JSON of another shape; says where.
    """
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        if not isinstance(error, msgspec.ValidationError):
            plain = without_nan(body)
            if plain is not None:
                return read(type_, plain)
        raise _wrong(error) from None


def _wrong(error: Exception) -> InvalidInput:
    if isinstance(error, msgspec.ValidationError):
        return InvalidInput(f"The body cannot be used: {error}.")
    return MalformedMessage(f"The body is no JSON: {error}.")


def _too_large(max_bytes: int) -> MessageTooLarge:
    msg = f"A body has at most {max_bytes:,} bytes here, got more; send it in parts."
    return MessageTooLarge(msg)


async def _body(receive: Receive, max_bytes: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) <= max_bytes:
            return body
    parts: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        size += len(part)
        if size > max_bytes:
            raise _too_large(max_bytes)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


async def _answer(send: Send, content: bytes) -> None:
    headers = [_HEADERS, (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
