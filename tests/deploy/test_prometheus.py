"""A real Prometheus scrapes a real server, and finds its series."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.serving import Served, served

WAIT_S = 30
DOC = (Path(__file__).parents[2] / "docs" / "howto" / "deploy.md").read_text()


@pytest.fixture
def program() -> str:
    found = shutil.which("prometheus")
    if found is None:
        reason = "there is no Prometheus here; install the package prometheus"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return str(found)


def shown(server: Served) -> dict[str, Any]:
    """Return the config of the docs, for this server and in a hurry."""
    (text,) = re.findall(r"^```yaml\n(# prometheus.yml.*?)^```", DOC, re.MULTILINE | re.DOTALL)
    config: dict[str, Any] = yaml.safe_load(text.replace(":8000", f":{server.port}"))
    config["global"] = {"scrape_interval": "200ms", "scrape_timeout": "200ms"}
    return config


@contextmanager
def scraping(program: str, server: Served, folder: Path) -> Iterator[httpx2.Client]:
    """Run Prometheus over a server; give a client of its query interface."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(shown(server)))
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1") as client:
                yield client
        finally:
            process.terminate()
            process.wait(30)


def value(client: httpx2.Client, query: str) -> float | None:
    """Ask for the newest value of one series; None if there is none yet."""
    try:
        answer = client.get("/query", params={"query": query})
    except httpx2.TransportError:
        return None  # it is still starting
    if answer.status_code != 200:
        return None
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return float(found[0]["value"][1]) if len(found) == 1 else None


def wait_for(client: httpx2.Client, query: str, wanted: float) -> None:
    end = time.monotonic() + WAIT_S
    while (found := value(client, query)) != wanted:
        assert time.monotonic() < end, f"{query} is {found}, not {wanted}"
        time.sleep(0.05)


def test_prometheus_finds_the_series(program: str, tmp_path: Path) -> None:
    with served(tmp_path / "data") as server, scraping(program, server, tmp_path) as client:
        wait_for(client, 'up{job="standout"}', 1)
        wait_for(client, "standout_points_total", 0)
        with server.socket("/ws/pump?window=20") as websocket:
            for i in range(60):
                websocket.send(f'{{"timestamp":{i},"value":{100 if i == 50 else i % 3}}}')
            for _ in range(60):
                websocket.recv(20)
            wait_for(client, "standout_points_total", 60)
            wait_for(client, "standout_verdicts_total", 40)
            wait_for(client, "standout_active_streams", 1)
            assert (value(client, "standout_anomalies_total") or 0) >= 1
            assert value(client, "standout_queue_depth") == 0
            assert (value(client, "standout_commit_seconds_count") or 0) >= 1
            resident = value(client, 'process_resident_memory_bytes{job="standout"}')
            assert resident is not None
            assert resident > 10e6
            alerts = re.findall(r"standout_\w+", DOC[DOC.index("## With Prometheus") :])
            assert len(alerts) >= 2
            for name in alerts:
                assert value(client, name) == 0, name
            wait_for(client, "rate(standout_failed_total[5m])", 0)
        wait_for(client, "standout_active_streams", 0)
