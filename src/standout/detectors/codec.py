"""States as bytes: magic, version, length and checksum before the array; never a pickle."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from standout.types import Values

_HEADER = struct.Struct("<4sHHII")
_MAGIC = b"STND"
_FORMAT = 1


def pack(row: Values, *, version: int) -> bytes:
    """Return a packed state, shape ``(words,)``, as bytes under a detector's version."""
    body = row.astype("<f8", copy=False).tobytes()
    return _HEADER.pack(_MAGIC, _FORMAT, version, len(row), zlib.crc32(body)) + body


def unpack(data: bytes, *, version: int, words: int) -> Values:
    """Return the state that `pack` wrote.

    Raises
    ------
    ValueError
        Another format, version or length, or damaged bytes.
    """
    if len(data) < _HEADER.size:
        msg = f"A state has at least {_HEADER.size} bytes, got {len(data)}."
        raise ValueError(msg)
    magic, form, found_version, found_words, checksum = _HEADER.unpack_from(data)
    body = memoryview(data)[_HEADER.size :]
    if (magic, form) != (_MAGIC, _FORMAT):
        msg = f"Not a state of format {_FORMAT}."
        raise ValueError(msg)
    if (found_version, found_words, len(body)) != (version, words, words * 8):
        msg = (
            f"A state of version {version} with {words} words was wanted, "
            f"got version {found_version} with {found_words} words in {len(body)} bytes."
        )
        raise ValueError(msg)
    if zlib.crc32(body) != checksum:
        msg = "The state is damaged: its checksum does not match."
        raise ValueError(msg)
    return np.frombuffer(body, "<f8").astype(np.float64)
