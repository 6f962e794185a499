"""Rows of one stream as bytes: a column after the other, each in the smallest plain form.

A block is a version byte, then for each column a form, the length of its bytes, and the bytes,
little-endian. Times and numbers at even steps shrink to two numbers, a column with few different
values (scores) to one byte a row: 38 bytes a row, 120 us for 1,024 rows. General compression does
not pay: zlib at its fastest took another 690 us for 5 to 16 % less.

A small block has version 3: its rows one after the other, each with all its columns. Many of them
are made at once, out of one array, and joined before they are many: see `pack`.

Rows with keys or several channels have version 2: before the columns it tells which of these there
are and how many channels, after them come the keys, the leading channels, and a column a channel.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from standout.domain.records import MAX_CHANNELS, Observations
from standout.errors import StoreUnavailable
from standout.types import Counts, Times

VERSION: Final = 1
WIDE_VERSION: Final = 2
PACKED_VERSION: Final = 3

_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    name: column.dtype.newbyteorder("<")
    for name, column in Observations.empty().columns().items()
    if name != "stream"
}
"""Columns in their order within a block. The stream is the block's, not the row's."""

_RECORD: Final = np.dtype(list(_DTYPES.items()))
"""A row of a small block: 58 bytes."""

_ORDER: Final = ("time_us", *(name for name in _DTYPES if name != "time_us"))
_WHOLE: Final = np.dtype("<i8")
_NUMBER: Final = np.dtype("<f8")
_KEYS: Final = 1
_HEAD: Final = struct.Struct("<BI")
_PACKED: Final = bytes([PACKED_VERSION])
_PLAIN, _STEPS, _DELTAS, _FEW = range(4)
_MOST_CODES: Final = 256
_MOST_ROWS: Final = 2**20
_UINT32_MAX: Final = 2**32 - 1


def encode(rows: Observations) -> bytes:
    """Return rows as bytes; at least one row."""
    columns = [(getattr(rows, name), _DTYPES[name]) for name in _ORDER]
    parts = [_HEAD.pack(VERSION, len(rows))]
    if rows.key is not None or rows.vector is not None:
        width = 0 if rows.vector is None else rows.width
        flags = 0 if rows.key is None else _KEYS
        parts = [_HEAD.pack(WIDE_VERSION, len(rows)), _HEAD.pack(flags, width)]
        columns += [(c, _WHOLE) for c in (rows.key, rows.channel) if c is not None]
        if rows.vector is not None:
            columns += [(rows.vector[:, i], _NUMBER) for i in range(width)]
    for values, dtype in columns:
        column = np.ascontiguousarray(values, dtype)
        form, data = _whole(column) if column.dtype.kind == "i" else _few(column)
        parts += (_HEAD.pack(form, len(data)), data)
    return b"".join(parts)


def pack(rows: Observations, starts: Counts) -> list[bytes]:
    """Return runs of plain rows, each from its start up to the next, as bytes of version 3.

    One small block by `encode` takes about 100 us, whatever its size; a thousand of 25 rows by this
    take 3 us each.
    """
    records = np.empty(len(rows), _RECORD)
    for name in _DTYPES:
        records[name] = getattr(rows, name)
    data, size = records.tobytes(), _RECORD.itemsize
    edges = [*starts.tolist(), len(rows)]
    return [
        _HEAD.pack(PACKED_VERSION, last - first) + data[first * size : last * size]
        for first, last in pairwise(edges)
    ]


def decode_all(stream: int, blocks: Sequence[bytes]) -> list[Observations]:
    """Return the rows of blocks, those of small ones together; raises as `decode`."""
    packed = [data for data in blocks if data[:1] == _PACKED]
    parts = [decode(stream, data) for data in blocks if data[:1] != _PACKED]
    if packed:
        rows = sum(_packed_rows(stream, data) for data in packed)
        together = b"".join([data[_HEAD.size :] for data in packed])
        parts.append(_of_records(stream, np.frombuffer(together, _RECORD, rows)))
    return parts


def decode(stream: int, data: bytes) -> Observations:
    """Return the rows of a block of the stream with this key.

    Raises
    ------
    StoreUnavailable
        The bytes are damaged, or of a newer version.
    """
    if data[:1] == _PACKED:
        (rows,) = decode_all(stream, [data])
        return rows
    try:
        n, wide = _count(data)
        found = _parts(data, wide=wide)
        columns: dict[str, Any] = {
            name: _column(name, next(found), n, _DTYPES[name]) for name in _ORDER
        }
        if wide:
            columns |= _extra(data, found, n)
        rows = Observations(stream=np.full(n, stream, np.int64), **columns)
    except (ValueError, TypeError, IndexError, StopIteration, struct.error) as error:
        raise _damaged(stream, error) from error
    return rows


def decode_times(stream: int, data: bytes) -> Times:
    """Return only the times of a block's rows; raises as `decode`."""
    if data[:1] == _PACKED:
        return decode(stream, data).time_us
    try:
        n, wide = _count(data)
        return _column("time_us", next(_parts(data, wide=wide)), n, _DTYPES["time_us"])
    except (ValueError, StopIteration, IndexError, struct.error) as error:
        raise _damaged(stream, error) from error


def _packed_rows(stream: int, data: bytes) -> int:
    """Return how many rows a small block has; raises as `decode`."""
    rows = _HEAD.unpack_from(data)[1] if len(data) >= _HEAD.size else 0
    if not rows or len(data) != _HEAD.size + rows * _RECORD.itemsize:
        raise _damaged(stream, ValueError(f"{len(data):,} bytes for {rows:,} rows"))
    return int(rows)


def _of_records(stream: int, records: NDArray[Any]) -> Observations:
    columns = {
        name: np.array(records[name], dtype.newbyteorder("=")) for name, dtype in _DTYPES.items()
    }
    return Observations(stream=np.full(len(records), stream, np.int64), **columns)


def _count(data: bytes) -> tuple[int, bool]:
    """Return how many rows there are, and whether they have more columns."""
    version, n = _HEAD.unpack_from(data)
    if version not in {VERSION, WIDE_VERSION}:
        msg = f"a block of version {version}, this program knows those up to {PACKED_VERSION}"
        raise ValueError(msg)
    if n > _MOST_ROWS:
        msg = f"{n:,} rows, where at most {_MOST_ROWS:,} may be"
        raise ValueError(msg)
    return int(n), version == WIDE_VERSION


def _extra(data: bytes, parts: Iterator[tuple[int, memoryview]], n: int) -> dict[str, NDArray[Any]]:
    """Return the columns that only some streams have."""
    flags, width = _HEAD.unpack_from(data, _HEAD.size)
    found: dict[str, NDArray[Any]] = {}
    if flags & _KEYS:
        found["key"] = _column("key", next(parts), n, _WHOLE)
    if width:
        if width > MAX_CHANNELS:
            msg = f"{width} channels, where at most {MAX_CHANNELS} may be"
            raise ValueError(msg)
        found["channel"] = _column("channel", next(parts), n, _WHOLE)
        columns = [_column("vector", next(parts), n, _NUMBER) for _ in range(width)]
        found["vector"] = np.stack(columns, axis=1)
    return found


def _parts(data: bytes, *, wide: bool) -> Iterator[tuple[int, memoryview]]:
    """Give the columns, each with its form."""
    view = memoryview(data)
    start = 2 * _HEAD.size if wide else _HEAD.size
    while start < len(view):
        form, length = _HEAD.unpack_from(view, start)
        start += _HEAD.size
        yield form, view[start : start + length]
        start += length


def _column(name: str, part: tuple[int, memoryview], n: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    form, data = part
    column: NDArray[Any]
    if form == _PLAIN:
        column = np.frombuffer(data, dtype)
    elif form == _STEPS:
        first, step = struct.unpack("<qq", data)
        column = first + step * np.arange(n)
    elif form == _DELTAS:
        column = np.empty(n, np.int64)
        column[0] = struct.unpack_from("<q", data)[0]
        column[1:] = np.frombuffer(data, "<u4", offset=8)
        np.cumsum(column, out=column)
    elif form == _FEW:
        kinds = data[0] + 1
        values = np.frombuffer(data, dtype, kinds, 1)
        codes = np.frombuffer(data, np.uint8, offset=1 + values.nbytes)
        column = np.repeat(values, n) if kinds == 1 else values[codes]
    else:
        msg = f"the form {form} of {name} is unknown"
        raise ValueError(msg)
    if len(column) != n:
        msg = f"{len(column)} of {n} values of {name}"
        raise ValueError(msg)
    # Bytes are read-only, and a caller may want to write in what it was given.
    return np.array(column, dtype.newbyteorder("="))


def _whole(column: NDArray[Any]) -> tuple[int, bytes]:
    """Write whole numbers: as first and step, as small steps upward, or plainly."""
    first = int(column[0])
    # A step that leaves the range of int64 wraps round, and back when it is added up again.
    steps = np.diff(column)
    step = int(steps[0]) if len(steps) else 0
    if (steps == step).all():
        return _STEPS, struct.pack("<qq", first, step)
    if steps.min() >= 0 and steps.max() <= _UINT32_MAX:
        return _DELTAS, struct.pack("<q", first) + steps.astype("<u4").tobytes()
    return _PLAIN, column.tobytes()


def _few(column: NDArray[Any]) -> tuple[int, bytes]:
    """Write a column by the numbers of its different values if there are few, or plainly."""
    bits = column.view(f"<u{column.itemsize}")
    if (bits == bits[0]).all():
        return _FEW, b"\x00" + bits[:1].tobytes()
    # A look at the first ones saves sorting a column of measurements.
    if column.itemsize == 1 or len(set(bits[:64].tolist())) > 32:  # noqa: PLR2004
        return _PLAIN, column.tobytes()
    kinds, codes = np.unique(bits, return_inverse=True)
    if len(kinds) > _MOST_CODES or len(kinds) * column.itemsize + len(bits) >= column.nbytes:
        return _PLAIN, column.tobytes()
    return _FEW, bytes([len(kinds) - 1]) + kinds.tobytes() + codes.astype(np.uint8).tobytes()


def _damaged(stream: int, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        f"A block of the stream with the key {stream} cannot be read: {error}. Restore the"
        " database from a backup, or delete the stream."
    )
