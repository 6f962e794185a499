"""Messages of an Arrow IPC stream, told apart without reading their bodies.

A message is ``FFFFFFFF``, the length of its metadata, the metadata (a flatbuffer), and a body whose
length the metadata tells. See "Encapsulated message format" in Arrow's columnar format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from standout.errors import MalformedMessage, MessageTooLarge

SCHEMA, DICTIONARY, BATCH = 1, 2, 3
"""Kinds of messages, as in Arrow's ``MessageHeader``."""

MAX_METADATA_BYTES = 1 << 20
MAX_BODY_BYTES = 64 << 20
"""Bytes of a record batch, which is held whole: four million rows of time and value."""

END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_MARK = 0xFFFFFFFF
_PREFIX = struct.Struct("<Ii")
_ROW_BITS = 8


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its kind, its bytes as they came, and its rows (0 for a schema)."""

    kind: int
    data: bytes
    rows: int


class ArrowMessages:
    """Cuts the bytes of a stream into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._wanted = _PREFIX.size
        self.ended = False
        """True once the stream has told its end."""

    @property
    def pending(self) -> int:
        """Bytes of a message that is not whole yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[Message]:
        """Give the messages that are whole now.

        Raises
        ------
        MalformedMessage
            This is no Arrow IPC stream.
        MessageTooLarge
            A record batch has more than 64 MiB.
        """
        self._rest += data
        while len(self._rest) >= self._wanted and not self.ended:
            message = self._cut()
            if message is not None:
                yield message

    def _cut(self) -> Message | None:
        mark, length = _PREFIX.unpack_from(self._rest)
        if mark != _MARK or not 0 <= length <= MAX_METADATA_BYTES:
            raise _no_stream()
        if length == 0:
            self.ended = True
            return None
        whole = _PREFIX.size + length
        if len(self._rest) < whole:
            self._wanted = whole
            return None
        kind, rows, body = _read_metadata(bytes(self._rest[_PREFIX.size : whole]))
        whole += body
        if len(self._rest) < whole:
            self._wanted = whole
            return None
        data = bytes(self._rest[:whole])
        del self._rest[:whole]
        self._wanted = _PREFIX.size
        return Message(kind, data, rows)


def _read_metadata(data: bytes) -> tuple[int, int, int]:
    """Return kind, rows and length of the body."""
    try:
        root = struct.unpack_from("<I", data, 0)[0]
        kind = _scalar(data, root, 1, "<B")
        body = _scalar(data, root, 3, "<q")
        rows = 0
        if kind == BATCH:
            place = _field(data, root, 2)
            batch = place + struct.unpack_from("<I", data, place)[0]
            rows = _scalar(data, batch, 0, "<q")
            if _field(data, batch, 3):
                raise MalformedMessage("The Arrow stream is compressed inside; send it without.")
    except (struct.error, IndexError):
        raise _no_stream() from None
    if body > MAX_BODY_BYTES:
        msg = (
            f"A record batch has at most {MAX_BODY_BYTES:,} bytes, got {body:,}; "
            "send more and smaller ones."
        )
        raise MessageTooLarge(msg)
    # No column takes less than a bit a row: more rows would be memory out of nothing.
    if kind not in {SCHEMA, DICTIONARY, BATCH} or body < 0 or not 0 <= rows <= _ROW_BITS * body:
        raise _no_stream()
    return kind, rows, body


def _field(data: bytes, table: int, number: int) -> int:
    """Return where a flatbuffer's table holds a field; 0 if it does not."""
    layout = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, layout)[0]
    entry = 4 + 2 * number
    if layout < 0 or entry + 2 > size:
        return 0
    offset = struct.unpack_from("<H", data, layout + entry)[0]
    return table + offset if offset else 0


def _scalar(data: bytes, table: int, number: int, form: str) -> int:
    place = _field(data, table, number)
    return int(struct.unpack_from(form, data, place)[0]) if place else 0


def _no_stream() -> MalformedMessage:
    return MalformedMessage(
        "This is no Arrow IPC stream; what write_ipc_stream of polars or RecordBatchStreamWriter "
        "of pyarrow make was wanted."
    )
