"""Runs, as the tests of the service that they follow ask: ``pytest tests/test_main.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.serving import served

ROWS = [[10, 20, 30], [15, 25, 35], [12, 22, 32]]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with served(tmp_path_factory.mktemp("main") / "data") as here:
        base = f"http://127.0.0.1:{here.port}"
        with httpx2.Client(base_url=base, timeout=30) as one:
            yield one


def body(run_id: str, rows: list[list[int]]) -> dict[str, Any]:
    return {"user_token": 12345, "run_id": run_id, "training_data": rows}


def test_fit_without_rows(client: httpx2.Client) -> None:
    answer = client.post("/fit", json=body("empty", []))
    assert answer.status_code == 400
    assert "Invalid training data format" in answer.json()["detail"]


def test_update_of_an_unknown_run(client: httpx2.Client) -> None:
    answer = client.post("/update-model", json=body("unknown", ROWS))
    assert answer.status_code == 404
    assert "No fitted model found" in answer.json()["detail"]


def test_delete(client: httpx2.Client) -> None:
    assert client.post("/fit", json=body("gone", ROWS)).status_code == 200
    assert client.delete("/delete-data/12345/gone").status_code == 200
    answer = client.delete("/delete-data/12345/gone")
    assert answer.status_code == 404
    assert "No stored data found" in answer.json()["detail"]


def test_fit_update_detect_and_retrieve(client: httpx2.Client) -> None:
    run = client.post("/fit", json={"user_token": 12345, "training_data": ROWS}).json()["run_id"]
    updated = client.post("/update-model", json=body(run, ROWS))
    assert updated.json() == {"message": "Model updated successfully."}
    asked = {"user_token": 12345, "run_id": run, "values": [500, 600, 700]}
    found = client.post("/detect-anomalies", json=asked).json()["result"]
    assert found["anomaly_detected"] is True
    tracked = client.get(f"/get-tracked-anomalies/12345/{run}").json()
    assert [one["values"] for one in tracked["anomalies"]] == [[500, 600, 700]]
