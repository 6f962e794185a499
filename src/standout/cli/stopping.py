"""Stop a server cleanly on Ctrl-C and on SIGTERM."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


@contextmanager
def stops_cleanly() -> Iterator[None]:
    """End what is inside without a traceback, and the program with exit code 0.

    A server that stopped on a signal may raise it once more, when its own handlers are gone:
    without this, SIGTERM would then end the program before it has put its things away.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)
