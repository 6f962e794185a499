"""Backtests over HTTP: jobs with a result a fold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.server.tables import client, prices, train, upload
from tests.serving import Served


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with client(server) as found:
        yield found


@pytest.fixture(scope="module")
def model_id(asking: httpx2.Client) -> str:
    asked = {"algorithm": "hbos", "label_column": "is_anomaly"}
    return str(train(asking, upload(asking, prices()), **asked)["model_id"])


def over(asking: httpx2.Client, job: dict[str, Any]) -> dict[str, Any]:
    end = time.monotonic() + 100
    while job["state"] in {"queued", "running"}:
        assert time.monotonic() < end
        time.sleep(0.1)
        job = asking.get(f"/jobs/{job['id']}").json()
    return job


def test_a_backtest_has_a_result_a_fold(asking: httpx2.Client, model_id: str) -> None:
    answer = asking.post(f"/models/{model_id}/backtest", params={"folds": 2})
    assert answer.status_code == 202, answer.text
    assert (answer.json()["kind"], answer.json()["subject"]) == ("backtest", model_id)
    job = over(asking, answer.json())
    assert job["state"] == "done", job["detail"]
    folds = job["result"]["folds"]
    assert [(fold["learnt"], fold["rows"]) for fold in folds] == [(100, 100), (200, 100)]
    assert all(0 < fold["recall"] <= 1 and 0 < fold["precision"] <= 1 for fold in folds)
    assert job["result"]["version"] == 1
    # The model itself is as it was.
    assert len(asking.get(f"/models/{model_id}").json()["versions"]) == 1


def test_one_is_started_once_under_one_key(asking: httpx2.Client, model_id: str) -> None:
    def start(**asked: Any) -> httpx2.Response:
        headers = {"Idempotency-Key": "backtest-once"}
        return asking.post(f"/models/{model_id}/backtest", params=asked, headers=headers)

    one, other = start(folds=2), start(folds=2)
    assert (one.status_code, other.status_code) == (202, 202)
    assert one.json() == other.json()
    assert start(folds=3).status_code == 409
    over(asking, one.json())


def test_one_that_cannot_be_done_fails_with_its_reason(
    asking: httpx2.Client, model_id: str
) -> None:
    answer = asking.post(f"/models/{model_id}/backtest", params={"folds": 20})
    job = over(asking, answer.json())
    assert job["state"] == "failed"
    assert "A backtest of 20 folds takes 420 rows or more, got 300." in job["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/models/nobody/backtest", 404),
        ("/models/{model}/backtest?version=4", 404),
        ("/models/{model}/backtest?folds=1", 422),
        ("/models/{model}/backtest?folds=21", 422),
    ],
)
def test_what_cannot_be_tested_is_told_at_once(
    asking: httpx2.Client, model_id: str, path: str, status: int
) -> None:
    answer = asking.post(path.format(model=model_id))
    assert answer.status_code == status, answer.text


def test_a_dataset_that_is_gone_is_told(asking: httpx2.Client) -> None:
    dataset = upload(asking, prices(80))
    model = train(asking, dataset, algorithm="hbos")["model_id"]
    assert asking.delete(f"/datasets/{dataset}").status_code == 204
    answer = asking.post(f"/models/{model}/backtest")
    assert answer.status_code == 404
    assert "Dataset not found" in answer.json()["detail"]
