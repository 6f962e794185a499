"""Who gets a page and who gets JSON, by the `Accept` header."""

from __future__ import annotations

from starlette.requests import Request


def wants_html(request: Request) -> bool:
    """Tell whether the sender prefers a page to JSON.

    A browser does. A missing header, ``*/*``, and equal wishes for both mean JSON.
    """
    header = ",".join(request.headers.getlist("accept"))
    html, html_named = _wish(header, "text", "html")
    json, json_named = _wish(header, "application", "json")
    return html > json or (html == json > 0 and html_named > json_named)


def _wish(header: str, kind: str, subtype: str) -> tuple[float, int]:
    """Return the quality that the most specific range gives, and how specific it is (0 to 2)."""
    ranges = {f"{kind}/{subtype}": 2, f"{kind}/*": 1, "*/*": 0}
    best = (0.0, -1)
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        rank = ranges.get(name, -1)
        if rank > best[1]:
            best = (_quality(parameters), rank)
    return best


def _quality(parameters: list[str]) -> float:
    """Read ``q=0.8``; 1 where it is missing, 0 where it is no number from 0 to 1."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
