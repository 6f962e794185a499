"""Stream ids: what a client may call itself."""

from __future__ import annotations

import unicodedata

from standout.errors import InvalidStreamId

MAX_LENGTH = 200


def check_stream_id(stream_id: str) -> str:
    """Return the id if it may be one.

    Raises
    ------
    InvalidStreamId
        Empty, over 200 characters, or with a slash or a control character.
    """
    if not 1 <= len(stream_id) <= MAX_LENGTH:
        msg = f"A stream id has 1 to {MAX_LENGTH} characters, got {len(stream_id)}."
        raise InvalidStreamId(msg)
    if stream_id.isascii() and stream_id.isprintable() and "/" not in stream_id:
        return stream_id
    # Cc are control characters, Cs lone surrogates, which no UTF-8 can carry.
    if "/" in stream_id or any(unicodedata.category(c) in {"Cc", "Cs"} for c in stream_id):
        msg = f"A stream id has no slash and no control character, got {stream_id!r}."
        raise InvalidStreamId(msg)
    return stream_id
