"""Styles, scripts and the font, served from the package."""

from __future__ import annotations

from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_URL: Final = "/ui/static"
"""Where the static files stand, below the server's root path."""

FOLDER: Final = Path(__file__).parent / "static"


class Assets(StaticFiles):
    """Static files that a browser keeps, and asks about before each use.

    Modules import each other by plain names, so no file can carry a hash in its address; an
    `ETag` makes the question cheap and an upgrade visible at once.
    """

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with the file, or with 304 where the browser has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def mount_static(app: FastAPI) -> None:
    """Serve the static files of the pages."""
    app.mount(STATIC_URL, Assets(directory=FOLDER), name="static")
