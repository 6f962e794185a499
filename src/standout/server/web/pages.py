"""The pages: rendered here, filled from the browser by requests and by the live sockets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from standout.server.web.accept import wants_html
from standout.server.web.assets import STATIC_URL, mount_static
from standout.server.web.modules import needed
from standout.server.web.told_settings import about
from standout.settings import Settings

__all__ = [
    "docs_page",
    "mount_pages",
    "mount_static",
    "render_client",
    "render_overview",
    "render_page",
    "wants_html",
]

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


class Entry(NamedTuple):
    """An entry of the navigation: its words, and where it leads below the root path."""

    name: str
    path: str


NAVIGATION: Final = [
    Entry("Overview", "/"),
    Entry("Streams", "/ui/streams"),
    Entry("Datasets", "/ui/datasets"),
    Entry("Models", "/ui/models"),
    Entry("Playground", "/ui/playground"),
    Entry("Log", "/ui/log"),
    Entry("Settings", "/ui/settings"),
    Entry("API", "/docs"),
]
"""What every page leads to; a page that is added is named here."""

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def mount_pages(app: FastAPI, settings: Settings) -> None:
    """Add the pages below ``/ui`` and the files that all pages need."""
    mount_static(app)
    routes = APIRouter(prefix="/ui", include_in_schema=False)

    @routes.get("")
    @routes.get("/")
    async def ui(request: Request) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/", 307)

    @routes.get("/streams")
    async def streams(request: Request) -> Response:
        return render_page(request, "streams.html", "Streams", script="streams.js")

    @routes.get("/log")
    async def log(request: Request) -> Response:
        return render_page(request, "log.html", "Log", script="log.js")

    _add_tables(routes, int(settings.max_upload_size))

    @routes.get("/playground")
    async def playground(request: Request) -> Response:
        return render_page(request, "playground.html", "Playground", script="playground.js")

    @routes.get("/settings")
    async def settings_page(request: Request) -> Response:
        told = about(settings)
        return render_page(request, "settings.html", "Settings", script="settings.js", told=told)

    app.include_router(routes)


def _add_tables(routes: APIRouter, max_upload_size: int) -> None:
    """Add the pages of datasets and models."""

    @routes.get("/datasets")
    async def datasets(request: Request) -> Response:
        size = {"max_upload_size": max_upload_size}
        return render_page(request, "datasets.html", "Datasets", script="datasets.js", **size)

    @routes.get("/models")
    async def models(request: Request) -> Response:
        return render_page(request, "models.html", "Models", script="models.js")

    @routes.get("/models/{model_id}")
    async def model(request: Request, model_id: str) -> Response:
        return render_page(
            request,
            "model.html",
            "Models",
            script="model.js",
            model_id=model_id,
            max_upload_size=max_upload_size,
        )


def render_overview(request: Request) -> Response:
    """Answer with the page that tells how all streams stand."""
    return render_page(request, "overview.html", "Overview", script="overview.js")


def render_client(request: Request, client_id: str, *, found: bool) -> Response:
    """Answer with the page of one stream, or with 404 and a plain sentence.

    Parameters
    ----------
    client_id
        Id of the stream, decoded; it is escaped here.
    found
        Whether there is such a stream.
    """
    context: dict[str, Any] = {"client_id": client_id}
    if found:
        return render_page(request, "client.html", "Streams", script="stream.js", **context)
    return render_page(request, "unknown.html", "Streams", status=404, **context)


def docs_page(request: Request) -> Response:
    """Answer with Swagger UI over ``/openapi.json``; it needs no network."""
    return render_page(request, "docs.html", "API")


def render_page(
    request: Request,
    template: str,
    current: str,
    *,
    script: str | None = None,
    status: int = 200,
    **context: object,
) -> Response:
    """Answer with a page of the house.

    Parameters
    ----------
    template
        Its file; it extends ``base.html``.
    current
        Entry of the navigation that it belongs to.
    script
        Its module in ``static/js``; what that imports is fetched along with it.
    context
        What else the template names. All of it is escaped.
    """
    html = _templates.get_template(template).render({**_frame(request, current, script), **context})
    return HTMLResponse(html, status, {**HEADERS, "Vary": "Accept"})


def _frame(request: Request, current: str, script: str | None) -> Mapping[str, object]:
    base = str(request.scope.get("root_path", "")).rstrip("/")
    return {
        "base": base,
        "static": base + STATIC_URL,
        "origin": str(request.base_url).rstrip("/"),
        "nav": NAVIGATION,
        "current": current,
        "script": script,
        "modules": needed(script) if script else (),
    }
