import signal
import socket
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.cli.server_process import ServerProcess


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--data-dir", tmp_path)
    assert done.returncode == 1
    assert f"Error: Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("streams: {default_window: 3}\n")
    done = run("serve", "--config", "config.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The settings cannot be used: streams.default_window is 3")
    assert done.stderr.count("\n") == 1


async def test_a_data_folder_that_another_server_holds_is_said(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path) as server:
        done = run("serve", "--port", "0", "--data-dir", tmp_path)
        assert await server.stop() == 0
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_a_server_that_is_told_to_stop_ends_with_0(
    tmp_path: Path, end: signal.Signals
) -> None:
    async with ServerProcess(tmp_path) as server:
        code = await server.stop(end)
        assert code == 0, "".join(server.lines)
    assert not [line for line in server.lines if "Traceback" in line]
