"""`standout serve` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

START_TIMEOUT_S = 180

# Kernels compiled once serve all the servers of a test run; each would compile into its own
# data folder otherwise.
ENVIRONMENT = {
    **os.environ,
    "NUMBA_CACHE_DIR": str(Path(__file__).parents[2] / ".pytest_cache" / "numba"),
}


class Process:
    """A server that was started and answers."""

    def __init__(self, popen: subprocess.Popen[str], port: int) -> None:
        self.popen = popen
        self.port = port

    def kill(self) -> None:
        """End it as a power cut would."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it politely; return its exit code."""
        self.popen.send_signal(how)
        return self.popen.wait(30)


def command(data_dir: Path, port: int = 0) -> list[str]:
    return [
        sys.executable,
        "-m",
        "standout",
        "serve",
        "--port",
        str(port),
        "--data-dir",
        str(data_dir),
    ]


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[Process]:
    """Start a server on a free port, and end it if the block did not."""
    log = data_dir.with_suffix(".log")
    start = log.stat().st_size if log.exists() else 0
    with starting(data_dir, **settings) as popen:
        yield Process(popen, _port(popen, log, start))


@contextmanager
def starting(data_dir: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Start a server without waiting for it; its log stands beside its folder."""
    with data_dir.with_suffix(".log").open("a") as lines:
        popen = subprocess.Popen(
            command(data_dir), stderr=lines, env={**ENVIRONMENT, **settings}, text=True
        )
        try:
            yield popen
        finally:
            if popen.poll() is None:
                popen.kill()
                popen.wait()


def _port(popen: subprocess.Popen[str], log: Path, start: int) -> int:
    end = time.monotonic() + START_TIMEOUT_S
    port = None
    while time.monotonic() < end:
        assert popen.poll() is None, log.read_text()
        for line in log.read_text()[start:].splitlines():
            event = json.loads(line)
            if event["event"] == "listening":
                port = httpx2.URL(event["url"]).port
            if event["event"] == "ready":
                assert port is not None
                return port
        time.sleep(0.02)
    message = f"no server after {START_TIMEOUT_S} s: {log.read_text()}"
    raise AssertionError(message)
