"""The newest lines of the log, kept in memory for those who look at it in a page."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from standout.schemas.logs import LogLine, LogPage

KEPT: Final = 2_000
MAX_TEXT: Final = 2_000
OWN: Final = frozenset({"event", "level", "timestamp", "exc_info", "_record", "_from_structlog"})
QUIET: Final = ("/log", "/ui/static/")
"""Beginnings of paths whose requests are not logged: a page that shows the log would fill it."""


class LogRing(logging.Handler):
    """A handler that keeps the newest lines, each of bounded length."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._next = 0
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; those of structlog come as a dictionary."""
        told: dict[str, Any] = dict(record.msg) if isinstance(record.msg, dict) else {}
        event = str(told["event"]) if "event" in told else record.getMessage()
        fields = {str(k): _plain(v) for k, v in told.items() if k not in OWN}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exception"] = _plain(repr(record.exc_info[1]))
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        with self._guard:
            self._next += 1
            self._lines.append(
                LogLine(
                    n=self._next,
                    at=at.replace("+00:00", "Z"),
                    level=record.levelname.lower(),
                    event=event[:MAX_TEXT],
                    fields=fields,
                )
            )

    def page(self, *, after: int, limit: int) -> LogPage:
        """Return the newest `limit` lines after a number, oldest first."""
        with self._guard:
            begin = 0 if after > self._next else max(0, after - self._next + len(self._lines))
            begin = max(begin, len(self._lines) - limit)
            lines = list(islice(self._lines, begin, None))
            return LogPage(
                lines=lines, first=lines[0].n if lines else self._next + 1, next=self._next
            )


ring: Final = LogRing()
"""The ring of this process: there is one log, whatever the apps in it."""


def listen() -> None:
    """Keep from now on what is logged in this process; a second call does nothing."""
    root = logging.getLogger()
    if ring not in root.handlers:
        root.addHandler(ring)


def _plain(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:MAX_TEXT]
