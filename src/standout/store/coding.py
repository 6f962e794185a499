"""Rows of one stream as bytes: a column after the other, each in the smallest plain form.

A block is a version byte, then for each column a form, the length of its bytes, and the bytes,
little-endian. Times and numbers at even steps shrink to two numbers, a column with few different
values (scores) to one byte a row: 38 bytes a row, 120 us for 1,024 rows. General compression does
not pay: zlib at its fastest took another 690 us for 5 to 16 % less.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from standout.domain.records import Observations
from standout.errors import StoreUnavailable
from standout.types import Times

VERSION: Final = 1

_EMPTY: Final = Observations.empty()
_DTYPES: Final = {
    f.name: getattr(_EMPTY, f.name).dtype.newbyteorder("<")
    for f in fields(Observations)
    if f.name != "stream"
}
"""Columns in their order within a block. The stream is the block's, not the row's."""

_ORDER: Final = ("time_us", *(name for name in _DTYPES if name != "time_us"))
_HEAD: Final = struct.Struct("<BI")
_PLAIN, _STEPS, _DELTAS, _FEW = range(4)
_MOST_CODES: Final = 256
_MOST_ROWS: Final = 2**20
_UINT32_MAX: Final = 2**32 - 1


def encode(rows: Observations) -> bytes:
    """Return rows as bytes; at least one row."""
    parts = [_HEAD.pack(VERSION, len(rows))]
    for name in _ORDER:
        column = np.ascontiguousarray(getattr(rows, name), _DTYPES[name])
        form, data = _whole(column) if column.dtype.kind == "i" else _few(column)
        parts += (_HEAD.pack(form, len(data)), data)
    return b"".join(parts)


def decode(stream: int, data: bytes) -> Observations:
    """Return the rows of a block of the stream with this key.

    Raises
    ------
    StoreUnavailable
        The bytes are damaged, or of a newer version.
    """
    try:
        n = _count(data)
        columns = {name: _column(name, part, n) for name, part in _parts(data)}
        rows = Observations(stream=np.full(n, stream, np.int64), **columns)
    except (ValueError, TypeError, IndexError, struct.error) as error:
        raise _damaged(stream, error) from error
    return rows


def decode_times(stream: int, data: bytes) -> Times:
    """Return only the times of a block's rows; raises as `decode`."""
    try:
        name, part = next(_parts(data))
        return _column(name, part, _count(data))
    except (ValueError, StopIteration, IndexError, struct.error) as error:
        raise _damaged(stream, error) from error


def _count(data: bytes) -> int:
    version, n = _HEAD.unpack_from(data)
    if version != VERSION:
        msg = f"a block of version {version}, this program knows {VERSION}"
        raise ValueError(msg)
    if n > _MOST_ROWS:
        msg = f"{n:,} rows, where at most {_MOST_ROWS:,} may be"
        raise ValueError(msg)
    return int(n)


def _parts(data: bytes) -> Iterator[tuple[str, tuple[int, memoryview]]]:
    view = memoryview(data)
    start = _HEAD.size
    for name in _ORDER:
        form, length = _HEAD.unpack_from(view, start)
        start += _HEAD.size
        yield name, (form, view[start : start + length])
        start += length


def _column(name: str, part: tuple[int, memoryview], n: int) -> NDArray[Any]:
    form, data = part
    dtype = _DTYPES[name]
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
