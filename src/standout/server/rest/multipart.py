"""Files that are sent as forms, written to disk while they come."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from standout.errors import (
    DataFolderUnwritable,
    InvalidInput,
    MalformedMessage,
    MessageTooLarge,
    UnsupportedMediaType,
)

FORM: Final = "multipart/form-data"
FIELD: Final = "file"
_BLOCK_BYTES: Final = 1 << 20
_OVERHEAD_BYTES: Final = 65_536
"""What a form may have besides its file: boundaries, headers, other fields."""
_MAX_HEADER_BYTES: Final = 8_192
_MAX_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that has come in whole.

    Parameters
    ----------
    name
        What the sender calls it; "" if it has no name.
    bytes, sha256
        Of its content.
    """

    name: str
    bytes: int
    sha256: str


async def receive_file(request: Request, path: Path, *, max_bytes: int) -> ReceivedFile:
    """Write the field `file` of a form, or a body that is no form, to a path.

    The path is the caller's to remove, however this ends.

    Raises
    ------
    MessageTooLarge
        It has more than `max_bytes`; before a byte is read where it says so.
    MalformedMessage
        The form is broken, or has more than one field `file`.
    InvalidInput
        It has none.
    DataFolderUnwritable
        It cannot be written.
    """
    limit = max_bytes + _OVERHEAD_BYTES
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit:
        raise _too_large(max_bytes)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("A packed body is not read here; send the file plain.")
    kind, options = parse_options_header(request.headers.get("content-type", "").encode("latin-1"))
    with await _open(path) as file:
        sink = _Sink(file, max_bytes)
        taker: _Form | _Plain
        if kind == FORM.encode():
            taker = _Form(sink, options.get(b"boundary", b""))
        else:
            taker = _Plain(sink, request.query_params.get("name", ""))
        await _pump(request, taker, limit, max_bytes)
        return taker.received()


async def _open(path: Path) -> FileIO:
    try:
        # Blocks are large; what is written is written, or says that it is not.
        return await asyncio.to_thread(FileIO, path, "wb")
    except OSError as error:
        raise _unwritable(error) from error


async def _pump(request: Request, taker: _Form | _Plain, limit: int, max_bytes: int) -> None:
    waiting: list[bytes] = []
    size = total = 0
    async for chunk in request.stream():
        waiting.append(chunk)
        size += len(chunk)
        total += len(chunk)
        if total > limit:
            raise _too_large(max_bytes)
        if size >= _BLOCK_BYTES:
            await _take(taker, b"".join(waiting))
            waiting, size = [], 0
    await _take(taker, b"".join(waiting))


async def _take(taker: _Form | _Plain, data: bytes) -> None:
    try:
        await asyncio.to_thread(taker.feed, data)
    except OSError as error:
        raise _unwritable(error) from error


class _Sink:
    """Counts and digests what it writes."""

    def __init__(self, file: FileIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self.bytes += len(data)
        if self.bytes > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._digest.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def end(self, name: str) -> ReceivedFile:
        return ReceivedFile(name, self.bytes, self._digest.hexdigest())


class _Plain:
    """A body that is the file itself."""

    def __init__(self, sink: _Sink, name: str) -> None:
        self._sink = sink
        self._name = name

    def feed(self, data: bytes) -> None:
        self._sink.write(data)

    def received(self) -> ReceivedFile:
        return self._sink.end(self._name)


@dataclass(slots=True)
class _Part:
    """The headers of the part that is being read."""

    headers: dict[str, bytes] = field(default_factory=dict)
    name: bytes = b""
    value: bytes = b""
    wanted: bool = False


class _Form:
    """A form, of which one field is the file."""

    def __init__(self, sink: _Sink, boundary: bytes) -> None:
        if not boundary:
            raise MalformedMessage("The form has no boundary in its Content-Type.")
        self._sink = sink
        self._part = _Part()
        self._name: str | None = None
        self._ended = False
        self._fields: list[str] = []
        try:
            self._parser = MultipartParser(boundary, {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_end": self._end,
            })  # fmt: skip
        except FormParserError as error:
            raise MalformedMessage(f"The form cannot be read: {error}.") from None

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise MalformedMessage(f"The form cannot be read: {error}.") from None

    def received(self) -> ReceivedFile:
        if not self._ended:
            raise MalformedMessage("The form breaks off before its end.")
        if self._name is None:
            found = ", ".join(map(repr, self._fields)) or "none"
            raise InvalidInput(f"The form has no field {FIELD!r}; it has {found}.")
        return self._sink.end(self._name)

    def _begin(self) -> None:
        self._part = _Part()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.name += data[start:end]
        self._bounded()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]
        self._bounded()

    def _bounded(self) -> None:
        if len(self._part.name) + len(self._part.value) > _MAX_HEADER_BYTES:
            raise MalformedMessage("A header of the form is too long.")

    def _header_end(self) -> None:
        part = self._part
        part.headers[part.name.decode("latin-1").lower()] = part.value
        part.name = part.value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._part.headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._fields.append(name[:100])
        if len(self._fields) > _MAX_FIELDS:
            raise MalformedMessage(f"The form has more than {_MAX_FIELDS} fields.")
        if name != FIELD:
            return
        if self._name is not None:
            raise MalformedMessage(f"The form has more than one field {FIELD!r}; send one file.")
        self._part.wanted = True
        self._name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.wanted:
            self._sink.write(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _too_large(max_bytes: int) -> MessageTooLarge:
    way = "send it in parts, or let the server take more with MAX_UPLOAD_SIZE"
    return MessageTooLarge(f"A file has at most {max_bytes:,} bytes here; {way}.")


def _unwritable(error: OSError) -> DataFolderUnwritable:
    reason = error.strerror or str(error)
    return DataFolderUnwritable(f"The file cannot be written to the data folder: {reason}.")
