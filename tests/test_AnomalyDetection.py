"""Runs of the service at ``BASE_URL``, or of one that is started for it."""  # noqa: N999 - the name by which it is run

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import httpx2
import pytest

from tests.serving import served

ROWS = [[10, 20, 30], [15, 25, 35], [12, 22, 32]]
UNKNOWN = "Unauthorized or model not found."


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    base = os.environ.get("BASE_URL")
    if base:
        with httpx2.Client(base_url=base, timeout=30) as one:
            yield one
        return
    with served(tmp_path_factory.mktemp("cloud") / "data") as here:
        base = f"http://127.0.0.1:{here.port}"
        with httpx2.Client(base_url=base, timeout=30) as one:
            yield one


@pytest.fixture
def run(client: httpx2.Client) -> Iterator[tuple[str, str]]:
    """Fit a run that no other test of this service has, and remove it."""
    token = f"test-{secrets.token_hex(8)}"
    fitted = client.post("/fit", json={"user_token": token, "training_data": ROWS})
    assert fitted.status_code == 200, fitted.text
    assert fitted.json()["message"] == "Model fitted and saved."
    run_id = fitted.json()["run_id"]
    yield token, run_id
    gone = client.delete(f"/delete-data/{token}/{run_id}")
    assert gone.json() == {"message": "Data successfully deleted."}


def test_fit_without_rows(client: httpx2.Client) -> None:
    asked = {"user_token": 1, "run_id": "empty", "training_data": []}
    answer = client.post("/fit", json=asked)
    assert answer.status_code == 400
    assert "Invalid training data format." in answer.json()["detail"]


@pytest.mark.parametrize(("values", "anomaly"), [([11, 21, 31], False), ([500, 600, 700], True)])
def test_detect(
    client: httpx2.Client, run: tuple[str, str], values: list[float], anomaly: bool
) -> None:
    asked = {"user_token": run[0], "run_id": run[1], "values": values}
    answer = client.post("/detect-anomalies", json=asked)
    assert answer.status_code == 200
    assert answer.json()["result"]["anomaly_detected"] is anomaly


def test_another_width(client: httpx2.Client, run: tuple[str, str]) -> None:
    asked = {"user_token": run[0], "run_id": run[1], "values": [1, 2]}
    answer = client.post("/detect-anomalies", json=asked)
    assert answer.status_code == 400
    assert "Input data dimensions do not match training data." in answer.json()["detail"]


def test_an_unknown_run(client: httpx2.Client) -> None:
    asked = {"user_token": 99999, "run_id": "nonexistent", "values": [1, 2, 3]}
    for answer in (
        client.post("/detect-anomalies", json=asked),
        client.delete("/delete-data/99999/nonexistent"),
    ):
        assert answer.status_code in {403, 404}
        assert UNKNOWN in answer.json()["detail"]
