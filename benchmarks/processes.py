"""Servers as processes of their own, and what the operating system knows of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A server that answers, and how long that took from its start."""

    pid: int
    port: int
    start_s: float

    @property
    def cpu_s(self) -> float:
        """User and system time so far, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def threads(self) -> int:
        """Threads that it has now."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/task").iterdir())

    @property
    def open_files(self) -> int:
        """Files and sockets that it has open now."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    @property
    def rss_bytes(self) -> int:
        """Memory that it has now."""
        return self._status("VmRSS")

    @property
    def peak_bytes(self) -> int:
        """Most memory that it ever had."""
        return self._status("VmHWM")

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise ValueError(name)


@asynccontextmanager
async def process(*command: str, **settings: str) -> AsyncIterator[Process]:
    """Run a module that prints its port as a JSON line, then that it is ready."""
    begin = time.perf_counter()
    popen = subprocess.Popen(  # noqa: ASYNC220 - once, before anything is measured
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **settings},
    )
    assert popen.stdout is not None
    port, ready = 0, False
    try:
        for line in popen.stdout:
            if not line.startswith("{"):
                continue
            event = json.loads(line)
            if event["event"] == "listening":
                port = int(event["url"].rstrip("/").rpartition(":")[2])
            if ready := event["event"] == "ready":
                break
        assert ready, "the server did not start"
        reader = asyncio.create_task(asyncio.to_thread(popen.stdout.read))
        yield Process(popen.pid, port, time.perf_counter() - begin)
    finally:
        popen.terminate()
        popen.wait(60)
        if ready:
            await reader


def standout(data_dir: Path, **settings: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return command and settings of a Standout server on a free port."""
    quiet = {"STANDOUT_LOG_LEVEL": "INFO", **settings}
    return ("standout", "serve", "--port", "0", "--data-dir", str(data_dir)), quiet
