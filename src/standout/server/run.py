"""Running the server as a process."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

import structlog
import uvicorn

from standout.errors import AddressInUse
from standout.server import logs
from standout.server.live.protocol import SocketProtocol
from standout.settings import Settings

_log = structlog.get_logger(__name__)
BACKLOG = 2_048
SHUTDOWN_TIMEOUT_S = 10
GC_THRESHOLD = 20_000
# Of <malloc.h>.
_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1
KEEP_ALIVE_S = 75
"""Seconds after which an idle connection is closed.

More than clients keep one for, most of them 5 to 60: who sends on a connection that is just being
closed hears nothing but an error.
"""


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop by SIGINT or SIGTERM.

    Raises
    ------
    AddressInUse
        The address cannot be listened on; nothing was started.
    DataFolderUnwritable, DataFolderLocked, StoreUnavailable
        The data cannot be used.
    """
    logs.configure(settings.log_level)
    _allow_many_connections()
    _spare_memory()
    # Before anything is made: a server that cannot listen leaves no trace.
    with listen(settings.host, settings.port) as listener:
        # A read-only installation cannot keep compiled kernels beside their source. Numba reads
        # this once, when it is first imported, which the imports below do.
        cache = settings.data_dir.absolute() / "numba-cache"
        os.environ.setdefault("NUMBA_CACHE_DIR", str(cache))
        from standout.bootstrap import build  # noqa: PLC0415 - after NUMBA_CACHE_DIR is set
        from standout.server.app import create_app  # noqa: PLC0415 - as above

        services = build(settings)
        app = create_app(services, _spare_the_collector)
        server = uvicorn.Server(uvicorn_config(app, settings))

        def leave(_signal: int, _frame: FrameType | None) -> None:
            server.should_exit = True

        # Uvicorn stops at a signal and then raises it again for whoever handled it before: to be
        # told to stop, and to stop, is no failure. Nor is it before it listens to signals.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, leave)
        host, port = listener.getsockname()[:2]
        _log.info("listening", url=f"http://{host}:{port}/", data=str(settings.data_dir))
        server.run(sockets=[listener])


def _spare_memory() -> None:
    """Let the C library keep less of what is given back to it.

    Left alone, glibc keeps a heap for each of eight threads a core, and large arrays on them once
    some were given back: a tenth of a gigabyte after an upload to 100,000 streams.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, 1 << 24)
        mallopt(_M_TRIM_THRESHOLD, 1 << 26)


def _spare_the_collector() -> None:
    """Let the garbage collector look at less, and less often.

    What stands once the server is ready stands for good; and every frame makes and drops a few
    objects, which would set off a collection every few hundred frames.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 50)


def _allow_many_connections() -> None:
    """Take as many open files as the system allows: each connection is one.

    What most systems give at first is 1,024, so that old programs which use `select` do not break.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems name a limit that they do not allow
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    AddressInUse
        It is taken, not of this machine, or not allowed.
    """
    try:
        return socket.create_server((host, port), backlog=BACKLOG, reuse_port=False)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        msg = (
            f"Cannot listen on {host}:{port}: {reason}. "
            "Stop what listens there, or choose another with --port."
        )
        raise AddressInUse(msg) from None


def uvicorn_config(app: object, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn runs an app: the fast loop, parser and sockets (``websockets-sansio``)."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # an ASGI app
        loop="uvloop",
        http="httptools",
        ws=SocketProtocol,
        # Over our own limit a client is told so in a frame; a frame far beyond is cut off unread.
        ws_max_size=4 * settings.streams.max_frame_bytes,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
