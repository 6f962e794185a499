"""The one server that the READMEs' commands are run against, started as one of them says.

It runs as after ``pip install -r requirements.txt`` alone, which is all that the READMEs ask for:
what the package needs is found, but not the package.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.acceptance.process import ENVIRONMENT
from tests.cli.server_process import free_port

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 120


@dataclass(frozen=True)
class Seed:
    """A server at some port, and the folder in which commands are run."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def shell(self, command: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command as it is written, but for the port and for the blanks after a backslash.

        One README has such blanks, with which no shell runs it.
        """
        here = re.sub(r"\\[ ]+\n", "\\\n", command)
        here = here.replace(":8000", f":{self.port}").replace(":3000", f":{self.port}")
        return subprocess.run(
            ["bash", "-c", here],
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            cwd=self.folder,
            env=environment(self.port),
        )


def environment(port: int) -> dict[str, str]:
    """Return an environment in which `python` and `pytest` are those of this installation."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**ENVIRONMENT, "PATH": path, "BASE_URL": f"http://127.0.0.1:{port}"}


LOCK_ALONE = {**ENVIRONMENT, "PYTHONPATH": sysconfig.get_path("purelib")}
"""With it ``python -S`` finds what is installed, but not what a link leads to: our package."""


@contextmanager
def started(folder: Path, app: str, *options: str) -> Iterator[Seed]:
    """Run ``uvicorn <app>`` in a folder with the repository's config, until the block ends."""
    shutil.copytree(ROOT / "config", folder / "config")
    port = free_port()
    command = [sys.executable, "-S", "-m", "uvicorn", app, *options]
    command += ["--port", str(port), "--app-dir", str(ROOT)]
    log = folder / "server.log"
    with log.open("w") as lines:
        # In a group of its own: a reloader has a child.
        process = subprocess.Popen(
            command, cwd=folder, stderr=lines, stdout=lines, env=LOCK_ALONE, start_new_session=True
        )
        try:
            seed = Seed(port, folder)
            _wait(process, seed, log)
            yield seed
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                with_children(process.pid)


def with_children(group: int) -> None:
    """End what is left of a group that this test has made."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait(process: subprocess.Popen[bytes], seed: Seed, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx2.get(f"{seed.url}/health", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    message = f"no server after {START_TIMEOUT_S} s: {log.read_text()}"
    raise AssertionError(message)
