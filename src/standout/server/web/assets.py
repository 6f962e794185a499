"""Styles, scripts and the font, served from the package, compressed."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from os import PathLike, stat_result
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

STATIC_URL: Final = "/ui/static"
"""Where the static files stand, below the server's root path."""

FOLDER: Final = Path(__file__).parent / "static"

TEXT: Final = frozenset({".js", ".css", ".svg"})
"""Files that become smaller; the font is compressed already."""
LEVEL: Final = 9


class Assets(StaticFiles):
    """Static files that a browser keeps, and asks about before each use.

    Modules import each other by plain names, so no file can carry a hash in its address; an
    `ETag` makes the question cheap and an upgrade visible at once. Each file is compressed once.
    """

    def __init__(self, *, directory: Path) -> None:
        super().__init__(directory=directory)
        self._packed: dict[str, tuple[str, bytes]] = {}

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with the file, compressed where that is read, or with 304 for one that is kept."""
        plain = super().file_response(full_path, stat_result, scope, status_code)
        response = self._smaller(Path(full_path), plain, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if Path(full_path).suffix in TEXT:
            response.headers["Vary"] = "Accept-Encoding"
        return response

    def _smaller(self, path: Path, plain: Response, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        if (
            path.suffix not in TEXT
            or not _takes_gzip(headers)
            or plain.status_code != HTTPStatus.OK
        ):
            return plain
        etag = plain.headers["etag"]
        kept, packed = self._packed.get(str(path), ("", b""))
        if kept != etag:
            packed = gzip.compress(path.read_bytes(), LEVEL, mtime=0)
            self._packed[str(path)] = (etag, packed)
        media_type = plain.headers["content-type"]
        own = {"Content-Encoding": "gzip", "ETag": f'{etag.rstrip(chr(34))}-gzip"'}
        response = Response(packed, media_type=media_type, headers=own)
        if self.is_not_modified(response.headers, headers):
            return NotModifiedResponse(response.headers)
        return response


def _takes_gzip(headers: Headers) -> bool:
    for part in headers.get("accept-encoding", "").split(","):
        name, _, quality = part.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def mount_static(app: FastAPI) -> None:
    """Serve the static files of the pages."""
    app.mount(STATIC_URL, Assets(directory=FOLDER), name="static")
