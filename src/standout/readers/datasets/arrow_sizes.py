"""What an Arrow file or stream unpacks to, read from its headers before anything is unpacked.

See "Encapsulated message format" in Arrow's columnar format: each message tells the rows of its
batch and the place of its buffers, and a compressed buffer begins with its unpacked length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from standout.errors import UnreadableFile

_MARK: Final = b"\xff\xff\xff\xff"
_MAGIC: Final = b"ARROW1"
_MOST_METADATA: Final = 1 << 26
_DICTIONARY, _BATCH = 2, 3
_PREFIX: Final = struct.Struct("<Ii")
_BUFFER: Final = struct.Struct("<qq")
_END: Final = struct.Struct("<i6s")
_NODE_BYTES: Final = 16
_BLOCK_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Sizes:
    """What one batch unpacks to.

    Parameters
    ----------
    rows, columns
        Of the batch; columns within columns count, too.
    bytes
        Of its buffers.
    """

    rows: int
    columns: int
    bytes: int


def batch_sizes(path: Path, name: str) -> Iterator[Sizes]:
    """Give the sizes of each batch of an Arrow file or stream.

    Parameters
    ----------
    path
        The file; its bodies are not read.
    name
        What it is called when it is told of.

    Raises
    ------
    UnreadableFile
        It is broken.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            is_file = file.read(len(_MAGIC)) == _MAGIC
            for metadata in _in_file(file, size) if is_file else _in_stream(file, size):
                message = _Table.root(metadata)
                begin = file.tell()
                length = _body(message, size - begin)
                if message.number(1, "<B") in {_DICTIONARY, _BATCH}:
                    yield _sizes(file, message, begin, length)
    except (struct.error, ValueError) as error:
        raise UnreadableFile(f"{name} is no whole Arrow file: {error}.") from None


def _in_stream(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Give the header of each message, with the file where its body begins."""
    at = 0
    while True:
        file.seek(at)
        metadata = _header(file)
        if not metadata:
            return
        begin = file.tell()
        at = begin + _body(_Table.root(metadata), size - begin)
        yield metadata


def _in_file(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Give the header of each batch that the file's footer names, as `_in_stream`."""
    file.seek(max(size - _END.size, 0))
    length, magic = _END.unpack(file.read(_END.size))
    if magic != _MAGIC or not 0 <= length <= min(size, _MOST_METADATA):
        msg = "it has no footer"
        raise ValueError(msg)
    file.seek(max(size - _END.size - length, 0))
    footer = _Table.root(file.read(length))
    for field in (2, 3):
        if footer.there(field):
            place, count = footer.vector(field)
            for i in range(count):
                (offset,) = struct.unpack_from("<q", footer.data, place + i * _BLOCK_BYTES)
                file.seek(offset)
                yield _header(file)


def _header(file: BinaryIO) -> bytes:
    """Return the header that stands here; empty at the end of a stream."""
    prefix = file.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size or not prefix.startswith(_MARK):
        return b""
    length = _PREFIX.unpack(prefix)[1]
    if not 0 <= length <= _MOST_METADATA:
        msg = "a header has no length"
        raise ValueError(msg)
    return file.read(length)


def _body(message: _Table, left: int) -> int:
    length = message.number(3)
    if not 0 <= length <= left:
        msg = "it breaks off"
        raise ValueError(msg)
    return length


def _sizes(file: BinaryIO, message: _Table, begin: int, length: int) -> Sizes:
    batch = message.table(2)
    if message.number(1, "<B") == _DICTIONARY:
        batch = batch.table(1)
    columns = batch.vector(1)[1]
    if not batch.there(3):
        return Sizes(batch.number(0), columns, length)
    place, count = batch.vector(2)
    unpacked = 0
    for i in range(count):
        offset, packed = _BUFFER.unpack_from(batch.data, place + i * _BUFFER.size)
        if packed:
            file.seek(begin + offset)
            told = struct.unpack("<q", file.read(8))[0]
            # A buffer that would not shrink stands as it is, behind -1.
            unpacked += packed if told < 0 else told
    return Sizes(batch.number(0), columns, unpacked)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a flatbuffer."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, struct.unpack_from("<I", data, 0)[0])

    def there(self, field: int) -> int:
        """Return where a field is held; 0 if it is not."""
        layout = self.at - struct.unpack_from("<i", self.data, self.at)[0]
        if layout < 0:
            msg = "a header is broken"
            raise ValueError(msg)
        entry = 4 + 2 * field
        if entry + 2 > struct.unpack_from("<H", self.data, layout)[0]:
            return 0
        offset = int(struct.unpack_from("<H", self.data, layout + entry)[0])
        return self.at + offset if offset else 0

    def number(self, field: int, form: str = "<q") -> int:
        place = self.there(field)
        return int(struct.unpack_from(form, self.data, place)[0]) if place else 0

    def table(self, field: int) -> _Table:
        return _Table(self.data, self._target(field))

    def vector(self, field: int) -> tuple[int, int]:
        """Return where a vector's first entry stands, and how many there are."""
        place = self._target(field)
        count = int(struct.unpack_from("<I", self.data, place)[0])
        if count * _NODE_BYTES > len(self.data):
            msg = "a header is broken"
            raise ValueError(msg)
        return place + 4, count

    def _target(self, field: int) -> int:
        place = self.there(field)
        if not place:
            msg = "a header is broken"
            raise ValueError(msg)
        return place + int(struct.unpack_from("<I", self.data, place)[0])
