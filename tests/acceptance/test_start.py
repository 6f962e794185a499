"""Starting and stopping a real server."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.process import ENVIRONMENT, command, serving


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path / "data") as server:
        assert httpx2.get(f"http://127.0.0.1:{server.port}/health").json()["status"] == "healthy"
        assert server.stop(how) == 0
    assert "Traceback" not in (tmp_path / "data.log").read_text()


def test_a_data_folder_has_one_server(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        second = start(tmp_path / "data")
        assert second.returncode == 1
        assert f"(process {server.popen.pid})" in second.stderr
        assert "Stop that server, or choose another folder" in second.stderr
        assert "Traceback" not in second.stderr
    # A killed server holds nothing.
    with serving(tmp_path / "data"):
        pass


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = start(tmp_path / "data", port)
    assert failed.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in failed.stderr
    assert "--port" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    failed = start(tmp_path / "file" / "data")
    assert failed.returncode == 1
    assert "cannot be made" in failed.stderr
    assert "Traceback" not in failed.stderr


def start(data_dir: Path, port: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(data_dir, port),
        capture_output=True,
        text=True,
        timeout=60,
        env=ENVIRONMENT,
        check=False,
    )
