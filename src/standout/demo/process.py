"""The mock clients as a process of their own, which does not outlive what started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from standout.demo.clients import run_clients
from standout.demo.seed import DemoStream

_LOOK_EVERY_S = 0.5
_END_WITHIN_S = 5.0


@contextmanager
def clients_beside(url: str, data_dir: Path, seed: int) -> Iterator[None]:
    """Run the mock clients in a child process for as long as this lasts.

    The child gets no Ctrl-C of the terminal: it ends when this ends, or when this process dies.
    """
    command = [sys.executable, "-m", "standout", "demo", "--clients-only", "--url", url]
    command += ["--data-dir", str(data_dir), "--seed", str(seed), "--parent", str(os.getpid())]
    child = subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        _end(child)


async def stream_until_stopped(
    url: str,
    folder: Path,
    streams: Sequence[DemoStream],
    *,
    parent: int | None,
    say: Callable[[str], None],
) -> None:
    """Run the mock clients until SIGTERM, or until the process `parent` is gone."""
    clients = asyncio.create_task(run_clients(url, folder, streams, say=say))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, clients.cancel)
    watcher = asyncio.create_task(_cancel_without(parent, clients)) if parent else None
    await asyncio.wait([clients])
    if watcher:
        watcher.cancel()
    if not clients.cancelled():
        clients.result()


async def _cancel_without(parent: int, clients: asyncio.Task[None]) -> None:
    # A child whose parent has died is given to another one.
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells of it but looking
        await asyncio.sleep(_LOOK_EVERY_S)
    clients.cancel()


def _end(child: subprocess.Popen[bytes], *, within_s: float = _END_WITHIN_S) -> None:
    child.terminate()
    try:
        child.wait(within_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
