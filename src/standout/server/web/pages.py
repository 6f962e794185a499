"""The pages: rendered here, filled by the live sockets from the browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from standout.server.web.accept import wants_html
from standout.server.web.assets import STATIC_URL, mount_static

__all__ = ["docs_page", "mount_static", "render_client", "render_overview", "wants_html"]

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_overview(request: Request) -> Response:
    """Answer with the page that lists the streams."""
    return _page(request, "overview.html", {"origin": str(request.base_url).rstrip("/")})


def render_client(request: Request, client_id: str, *, found: bool) -> Response:
    """Answer with the page of one stream, or with 404 and a plain sentence.

    Parameters
    ----------
    client_id
        Id of the stream, decoded; it is escaped here.
    found
        Whether there is such a stream.
    """
    name = "client.html" if found else "unknown.html"
    return _page(request, name, {"client_id": client_id}, status=200 if found else 404)


def docs_page(request: Request) -> Response:
    """Answer with Swagger UI over ``/openapi.json``; it needs no network."""
    return _page(request, "docs.html", {})


def _page(
    request: Request, name: str, context: Mapping[str, object], *, status: int = 200
) -> Response:
    base = str(request.scope.get("root_path", "")).rstrip("/")
    html = _templates.get_template(name).render(base=base, static=base + STATIC_URL, **context)
    return HTMLResponse(html, status, {**HEADERS, "Vary": "Accept"})
