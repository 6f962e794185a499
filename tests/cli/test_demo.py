"""The demo as a user starts it: a server, clients, and one Ctrl-C for both."""

import asyncio
import json
import signal
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import httpx2
import pytest

from standout.demo.seed import seed_demo
from tests.cli.run import COMMAND, finish, run
from tests.cli.server_process import ENVIRONMENT, free_port


async def streams_of(url: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(60), httpx2.AsyncClient(trust_env=False) as http:
        while True:
            try:
                found: list[dict[str, Any]] = (await http.get(f"{url}/streams")).json()["streams"]
            except httpx2.TransportError:
                found = []
            flagged = {stream["id"] for stream in found if stream["anomalies"]}
            everywhere = len(found) == 10 and all(stream["count"] >= 30 for stream in found)
            if everywhere and "seattle-rain-mm" in flagged:
                return found
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_all_streams_come_alive_and_all_stops(tmp_path: Path, end: signal.Signals) -> None:
    seed_demo(tmp_path / "demo", online=False)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "demo", "--port", str(port), "--data-dir", str(tmp_path),
        stdout=PIPE, stderr=PIPE, env=ENVIRONMENT,
    )  # fmt: skip
    found = await streams_of(url)
    assert all(stream["active"] for stream in found)
    process.send_signal(end)
    code, out, err = await finish(process)  # both: the clients hold the same pipes
    assert (code, out) == (0, f"Open http://localhost:{port}/\n")
    assert "Traceback" not in err
    assert [line for line in err.splitlines() if json.loads(line)["level"] != "info"] == []


def test_a_port_that_clients_cannot_know_is_refused(tmp_path: Path) -> None:
    done = run("demo", "--port", "0", "--data-dir", tmp_path)
    assert done.returncode == 1
    assert "port 0 was given" in done.stderr
