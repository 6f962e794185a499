"""What a client wants, by the header `Accept`."""

from __future__ import annotations

from starlette.requests import Request

_BINARY = "application/octet-stream"
_TEXT = ("application/json", "*/*", "application/*")


def prefers_binary(request: Request) -> bool:
    """Tell whether binary is named before JSON, or before anything at all."""
    for part in request.headers.get("accept", "").split(","):
        named = part.partition(";")[0].strip().lower()
        if named == _BINARY:
            return True
        if named in _TEXT:
            return False
    return False
