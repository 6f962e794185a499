"""Bodies of uploads: their format, their limit, and their bytes in blocks."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from email.message import Message

from starlette.requests import Request

from standout.errors import InvalidInput, MalformedMessage, MessageTooLarge, UnsupportedMediaType

JSON, NDJSON, CSV, ARROW = (
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/vnd.apache.arrow.stream",
)
FORMATS = (JSON, NDJSON, CSV, ARROW)
SHORT = {"json": JSON, "ndjson": NDJSON, "csv": CSV, "arrow": ARROW}

UNPACKED_BYTES = 1 << 17
MAX_JSON_BYTES = 16 << 20
"""A JSON body is held whole, so that one with a mistake changes nothing."""

_ALIASES = {"application/ndjson": NDJSON, "application/jsonl": NDJSON}
_GZIP_BITS = 31


def body_format(request: Request) -> str:
    """Return the media type of a request's body, one of `FORMATS`.

    Raises
    ------
    UnsupportedMediaType
        Another type, encoding or character set.
    """
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    named = header.get_content_type() if request.headers.get("content-type") else ""
    found = _ALIASES.get(named, named)
    if found not in FORMATS:
        msg = f"A body of {named or 'no named type'} is not read; send {', '.join(FORMATS)}."
        raise UnsupportedMediaType(msg)
    charset = str(header.get_content_charset("utf-8"))
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMediaType(f"Text in {charset[:40]} is not read; send UTF-8.")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        msg = f"A body encoded as {encoding[:40]} is not read; send it plain or with gzip."
        raise UnsupportedMediaType(msg)
    return found


async def blocks(request: Request, *, max_bytes: int, block_bytes: int) -> AsyncIterator[bytes]:
    """Give a body, unpacked, in blocks of about `block_bytes`.

    Raises
    ------
    MessageTooLarge
        It has more than `max_bytes`, packed or unpacked; before a byte is read where it says so.
    MalformedMessage
        It is not the gzip that it is said to be.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > max_bytes:
        raise _too_large(max_bytes)
    packed = request.headers.get("content-encoding", "").strip().lower() == "gzip"
    chunks = _unpacked(request) if packed else request.stream()
    waiting: list[bytes] = []
    size = total = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        total += len(chunk)
        if total > max_bytes:
            raise _too_large(max_bytes)
        if size >= block_bytes:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


async def whole(request: Request, *, max_bytes: int) -> bytes:
    """Return a JSON body; raises as `blocks`, and `InvalidInput` if there is none."""
    limit = min(max_bytes, MAX_JSON_BYTES)
    parts = blocks(request, max_bytes=limit, block_bytes=limit)
    body = b"".join([part async for part in parts])
    if not body.strip():
        raise empty()
    return body


def empty() -> InvalidInput:
    """Return the error of a body without rows."""
    return InvalidInput("There are no observations in the body; send at least one.")


async def _unpacked(request: Request) -> AsyncIterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP_BITS)
    try:
        async for chunk in request.stream():
            data, full = chunk, False
            while data or full:
                out = unpacker.decompress(data, UNPACKED_BYTES)
                yield out
                # A full block may have more behind it, even where all input was taken.
                data, full = unpacker.unconsumed_tail, len(out) == UNPACKED_BYTES
                if unpacker.eof and unpacker.unused_data:
                    # Several members one after the other, as `cat a.gz b.gz` makes them.
                    data, unpacker = unpacker.unused_data, zlib.decompressobj(_GZIP_BITS)
    except zlib.error as error:
        raise MalformedMessage(f"The body is no gzip: {error}.") from None
    if not unpacker.eof:
        raise MalformedMessage("The gzip of the body breaks off before its end.")


def _too_large(max_bytes: int) -> MessageTooLarge:
    # JSON is held whole and has a limit of its own; the others have the one that is set.
    way = (
        "send it in parts, or as NDJSON, CSV or Arrow"
        if max_bytes == MAX_JSON_BYTES
        else "send it in parts, or let the server take more with MAX_UPLOAD_SIZE"
    )
    return MessageTooLarge(f"A body has at most {max_bytes:,} bytes here; {way}.")
