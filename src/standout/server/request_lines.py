"""Lines of the log for requests that are asked thousands of times a second.

A line through the loggers costs more than a prediction. These are kept for a twentieth of a second
and then written together, the same lines to the same places; where the log is not as
`standout.server.logs` sets it up, they go through the loggers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog

from standout.server.log_ring import LogRing, ring

FLUSH_S: Final = 0.05

_log = structlog.get_logger(__name__)
_encoder = msgspec.json.Encoder()


class Line:
    """What a handler looks at in a record of the log."""

    __slots__ = ("created", "msg")
    exc_info = None
    levelname = "INFO"

    def __init__(self, msg: dict[str, Any], created: float) -> None:
        self.msg = msg
        self.created = created


class RequestLines:
    """Lines of requests that have ended, of one method, path and status."""

    def __init__(self, method: str, path: str, status: int) -> None:
        self._told = {"method": method, "path": path, "status": status}
        self._waiting: list[tuple[float, float]] = []

    def add(self, took_s: float) -> None:
        """Let a line be written soon."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(FLUSH_S, self.flush)
        self._waiting.append((took_s, time.time()))

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        root = logging.getLogger()
        if not waiting or root.level > logging.INFO:
            return
        lines = [Line(self._line(took_s, at), at) for took_s, at in waiting]
        handler = _plain(root.handlers)
        if handler is None:
            for line in lines:
                _log.info(**{k: v for k, v in line.msg.items() if k not in {"level", "timestamp"}})
            return
        text = _encoder.encode_lines([line.msg for line in lines]).decode()
        with handler.lock:  # type: ignore[union-attr] # every handler has one
            handler.stream.write(text)
            handler.flush()
        if ring in root.handlers:
            # Nobody reads a hundred lines a moment; the log itself has them all.
            shown = lines[-1]
            if len(lines) > 1:
                shown.msg["like_it_before"] = len(lines) - 1
            ring.emit(shown)  # type: ignore[arg-type] # it has all that is looked at

    def _line(self, took_s: float, at: float) -> dict[str, Any]:
        moment = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
        took_ms = round(took_s * 1000, 2)
        told = {"took_ms": took_ms, "event": "request", "level": "info", "timestamp": moment}
        return self._told | told


def _plain(handlers: list[logging.Handler]) -> logging.StreamHandler[Any] | None:
    """Return the handler that writes JSON, if it and the ring are all there are."""
    found = None
    for handler in handlers:
        if isinstance(handler, LogRing):
            continue
        if found is not None or type(handler) is not logging.StreamHandler:
            return None
        found = handler
    if found is None or found.stream.isatty():
        return None
    form = isinstance(found.formatter, structlog.stdlib.ProcessorFormatter)
    return found if form else None
