"""A real server, as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Self

import standout.kernels
from tests.cli.run import COMMAND

ENVIRONMENT = {
    **os.environ,
    # Compiled once for all tests, not once for each data folder.
    "NUMBA_CACHE_DIR": str(Path(standout.kernels.__file__).parent / "__pycache__"),
}


class ServerProcess:
    """`standout serve` on a port that stays the same over restarts."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: Process | None = None
        self._log: asyncio.Task[None] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it listens."""
        command = [*COMMAND, "serve", "--port", str(self.port), "--data-dir", str(self._data_dir)]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdout=DEVNULL, stderr=PIPE, env=ENVIRONMENT
        )
        listening = asyncio.Event()
        self._log = asyncio.create_task(self._read(self._process, listening))
        async with asyncio.timeout(60):
            await listening.wait()

    async def kill(self) -> None:
        """End it as by ``kill -9``."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self, end: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and return its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(end)
        async with asyncio.timeout(30):
            code = await self._process.wait()
            assert self._log is not None
            await self._log
        return code

    async def _read(self, process: Process, listening: asyncio.Event) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self.lines.append(line.decode())
            if line.startswith(b"{") and json.loads(line)["event"] == "listening":
                listening.set()


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
