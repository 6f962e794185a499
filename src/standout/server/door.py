"""The app as a name for other servers: ``uvicorn main:app``.

``standout serve`` is the better way: it stops politely, writes its log as JSON, and takes sockets
faster.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from standout.server import logs
from standout.settings import load_settings

_VENDOR = Path(__file__).parent / "web" / "static" / "vendor"
_log = structlog.get_logger(__name__)


class Door:
    """An ASGI app that opens the data folder when it is started, not when it is imported."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if self._app is None:
            self._app = _make()
        await self._app(scope, receive, send)


def _make() -> ASGIApp:
    settings = load_settings()
    logs.configure(settings.log_level)
    if not _VENDOR.is_dir():
        # The lock alone was installed: what the pages take from npm comes with the package.
        _log.warning("pages without plots", wanted="pip install --no-deps -e .")
    # Before numba is imported, as in `standout.server.run`.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.data_dir.absolute() / "numba-cache"))
    from standout.bootstrap import build  # noqa: PLC0415 - after NUMBA_CACHE_DIR is set
    from standout.server.app import create_app  # noqa: PLC0415 - as above

    return create_app(build(settings))
