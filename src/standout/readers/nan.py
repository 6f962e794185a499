"""NaN in JSON: what Python writes for a missing value, though JSON has no such word."""

from __future__ import annotations

import re
from typing import Final

_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|\bNaN\b', re.DOTALL)


def without_nan(data: bytes | str) -> bytes | None:
    """Return JSON with null for each NaN outside its texts; None if there is none.

    For what was refused as no JSON, so that JSON proper pays nothing for it. An infinite number is
    none of these: it stays what is no JSON.

    Examples
    --------
    >>> without_nan(b'{"NaN": NaN}')
    b'{"NaN": null}'
    """
    found = data.encode() if isinstance(data, str) else data
    if b"NaN" not in found:
        return None
    plain = _TOKENS.sub(lambda token: b"null" if token[0] == b"NaN" else token[0], found)
    return None if plain == found else plain
