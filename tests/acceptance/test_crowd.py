"""Thousands of connections at once, more than the files that a process may open at first."""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.acceptance.process import serving

CONNECTIONS = 3_000
USUAL_FILES = 1_024
WAIT_S = 120.0

pytestmark = pytest.mark.slow


@pytest.fixture
def few_files() -> Iterator[None]:
    """Let what is started from here begin with the usual limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * CONNECTIONS:
        pytest.skip(f"the system allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL_FILES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def meters(base: str) -> dict[str, float]:
    answer = httpx2.get(f"http://{base}/metrics", timeout=WAIT_S).text
    lines = [line.rsplit(" ", 1) for line in answer.splitlines() if line[0] != "#"]
    return {name: float(number) for name, number in lines}


@pytest.mark.usefixtures("few_files")
def test_thousands_of_connections(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        base = f"127.0.0.1:{server.port}"

        async def client(k: int, opening: asyncio.Semaphore, all_there: asyncio.Barrier) -> None:
            async with opening:
                websocket: ClientConnection = await connect(
                    f"ws://{base}/ws/crowd-{k}", compression=None, open_timeout=WAIT_S
                )
            async with websocket:
                await all_there.wait()
                for i in range(3):
                    await websocket.send(json.dumps({"timestamp": i, "value": k}))
                    told = json.loads(await asyncio.wait_for(websocket.recv(), WAIT_S))
                    assert told == {"timestamp": i, "anomaly": None}
                await all_there.wait()

        async def crowd() -> None:
            opening, all_there = asyncio.Semaphore(50), asyncio.Barrier(CONNECTIONS + 1)
            async with asyncio.TaskGroup() as group:
                for k in range(CONNECTIONS):
                    group.create_task(client(k, opening, all_there))
                await all_there.wait()
                await all_there.wait()

        asyncio.run(crowd())
        told, end = meters(base), time.monotonic() + WAIT_S
        while told["standout_active_streams"] and time.monotonic() < end:
            told = meters(base)
        assert told["standout_active_streams"] == 0
        assert told["standout_points_total"] == 3 * CONNECTIONS
        assert server.stop() == 0
    assert "Traceback" not in (tmp_path / "data.log").read_text()
