"""``uvicorn main:app`` as a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.acceptance.process import ENVIRONMENT, START_TIMEOUT_S

ROOT = Path(__file__).parents[2]


@contextmanager
def uvicorn(app: str, data_dir: Path, **settings: str) -> Iterator[str]:
    """Start a server as its users do, and stop it as Ctrl-C does; yield its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)]
    environment = {**ENVIRONMENT, "STANDOUT_DATA_DIR": str(data_dir), **settings}
    log = data_dir.with_suffix(".log")
    with log.open("a") as lines:
        popen = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=lines, stdout=lines)
        try:
            _wait(popen, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            popen.terminate()
            popen.wait(30)


def _wait(popen: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        assert popen.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{address}/health").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())
