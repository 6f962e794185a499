"""The first version's README, line by line, on a real server: fresh, then after a restart.

Its snippets call ``requests``; these are the same calls with the client that we depend on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.acceptance.doors import ROOT, uvicorn
from tests.server.tables import prices

TRAINING = {
    "algorithm": "isolation_forest",
    "contamination": 0.1,
    "target_column": "price",
    "feature_columns": ["volume", "amount"],
}
SUPERVISED = {**TRAINING, "algorithm": "random_forest", "label_column": "is_anomaly"}
ROW = {"price": 120.5, "volume": 950, "amount": 10000}
ROWS = [
    {"price": 120.5, "volume": 950, "amount": 10000},
    {"price": 200.0, "volume": 950, "amount": 10000},  # Likely anomaly
    {"price": 118.2, "volume": 1100, "amount": 12000},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("seed")
    table = prices(400).with_columns(price=prices(400)["price"] + 20)
    table.write_csv(found / "data.csv")
    prices(150, seed=9).write_csv(found / "new_data.csv")
    return found


@pytest.fixture(scope="module")
def fresh(folder: Path) -> Iterator[dict[str, Any]]:
    """Go through the README once, then stop the server; keep what was told."""
    with (
        uvicorn("main:app", folder / "data", **storage(folder)) as address,
        httpx2.Client(base_url=address, timeout=120) as asking,
    ):
        yield read_me(asking, folder)


def storage(folder: Path) -> dict[str, str]:
    """Return the environment of its Docker example."""
    return {
        "MODEL_STORAGE_PATH": str(folder / "models"),
        "LOG_LEVEL": "INFO",
        "MAX_UPLOAD_SIZE": "100MB",
    }


def read_me(requests: httpx2.Client, folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def upload_dataset(name: str) -> str:
        with (folder / name).open("rb") as f:
            files = {"file": (name, f, "text/csv")}
            response = requests.post("/upload-dataset", files=files)
        return str(response.json()["dataset_id"])

    # 1. Upload Dataset
    dataset_id = upload_dataset("data.csv")
    # 2. Train Model
    response = requests.post(f"/train/{dataset_id}", json=SUPERVISED)
    told["supervised"] = response.json()["model_id"]
    told["supervised_stats"] = response.json()["training_stats"]
    response = requests.post(f"/train/{dataset_id}", json=TRAINING)
    model_id = told["model_id"] = response.json()["model_id"]
    # 3. Make Predictions
    response = requests.post("/predict", json={"model_id": model_id, "data": ROW})
    told["prediction"] = response.json()["prediction"]
    # 4. Batch Prediction
    response = requests.post("/predict-batch", json={"model_id": model_id, "data": ROWS})
    told["predictions"] = response.json()["predictions"]
    # Model Management
    assert requests.post(f"/models/{model_id}/load").status_code == 200
    told["info"] = requests.get(f"/models/{model_id}").json()
    new_dataset_id = upload_dataset("new_data.csv")
    retrain = {"algorithm": "isolation_forest", "contamination": 0.1, "target_column": "price"}
    response = requests.post(f"/models/{model_id}/retrain/{new_dataset_id}", json=retrain)
    told["retrained"] = response.json()
    response = requests.post(f"/models/{model_id}/combine/{dataset_id}")
    combined_id = response.json()["combined_dataset_id"]
    told["combined"] = response.json()
    response = requests.post(f"/train/{combined_id}", json=TRAINING)
    told["of_combined"] = response.json()
    told["models"] = requests.get("/models").json()["models"]
    told["root"] = requests.get("/").json()
    told["health"] = requests.get("/health").json()
    return told


def test_what_the_readme_reads(fresh: dict[str, Any]) -> None:
    assert isinstance(fresh["prediction"]["is_anomaly"], bool)
    assert fresh["predictions"]["anomaly_count"] >= 1
    verdicts = fresh["predictions"]["verdicts"]
    assert [one["is_anomaly"] for one in verdicts][:2] == [False, True]
    assert fresh["info"]["algorithm"] == "isolation_forest"
    assert 0 < fresh["info"]["training_stats"]["anomaly_rate"] < 0.5
    assert fresh["supervised_stats"]["auroc"] > 0.9
    assert (fresh["retrained"]["version"], fresh["retrained"]["total_records"]) == (2, 150)
    assert fresh["combined"]["total_records"] == 550
    assert fresh["of_combined"]["training_stats"]["n_samples"] == 550
    assert len(fresh["models"]) == 3
    assert {"message", "version", "docs", "active_clients"} <= fresh["root"].keys()
    assert fresh["health"]["status"] == "healthy"


def test_models_are_stored_where_they_should_be(fresh: dict[str, Any], folder: Path) -> None:
    names = {path.name for path in (folder / "models").iterdir()}
    assert {f"{fresh['model_id']}.v1.npz", f"{fresh['model_id']}.v2.npz"} <= names


def test_an_example_says_what_is_wrong(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "example_usage.py"],
        cwd=ROOT,
        env={**os.environ, "BASE_URL": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "http://127.0.0.1:9" in done.stderr


@pytest.fixture(scope="module")
def restarted(fresh: dict[str, Any], folder: Path) -> Iterator[httpx2.Client]:
    """Start another server on a copy of what the first one keeps, as after a crash."""
    assert fresh
    copy = folder / "copy"
    if not copy.exists():
        subprocess.run(["cp", "-a", str(folder / "data"), str(copy)], check=True)
    with (
        uvicorn("main:app", copy, **storage(folder)) as address,
        httpx2.Client(base_url=address, timeout=120) as asking,
    ):
        yield asking


def test_after_a_restart_models_serve_without_being_asked(
    fresh: dict[str, Any], restarted: httpx2.Client
) -> None:
    assert [one["model_id"] for one in restarted.get("/models").json()["models"]] == [
        one["model_id"] for one in fresh["models"]
    ]
    model_id = fresh["model_id"]
    now = restarted.post("/predict", json={"model_id": model_id, "data": ROW}).json()
    assert now["version"] == 2
    restarted.post(f"/models/{model_id}/load", params={"version": 1})
    again = restarted.post("/predict", json={"model_id": model_id, "data": ROW}).json()
    assert again["prediction"] == fresh["prediction"]
    batch = restarted.post("/predict-batch", json={"model_id": model_id, "data": ROWS}).json()
    assert batch["predictions"] == fresh["predictions"]


def test_after_a_restart_the_whole_readme_runs_again(
    restarted: httpx2.Client, folder: Path
) -> None:
    told = read_me(restarted, folder)
    assert told["retrained"]["version"] == 2


def test_after_a_restart_its_own_examples_run(restarted: httpx2.Client) -> None:
    """`python example_usage.py` and `python supervised_example.py`, from the folder they are in."""
    for script, said in (
        ("example_usage.py", "Rolled back to version 1 of 2"),
        ("supervised_example.py", "anomaly True"),
    ):
        done = subprocess.run(
            [sys.executable, script],
            cwd=ROOT,
            env={**os.environ, "BASE_URL": str(restarted.base_url)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert said in done.stdout


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("/predict", {"model_id": "none", "data": {}}, 404, "Model not found"),
        ("/train/none", {"target_column": "price"}, 404, "Dataset not found"),
        ("/train/{dataset}", {"target_column": "cost"}, 422, "Target column not found"),
    ],
)
def test_its_troubleshooting_texts(
    restarted: httpx2.Client, path: str, body: dict[str, Any], status: int, detail: str
) -> None:
    dataset = restarted.get("/datasets").json()["datasets"][0]["dataset_id"]
    answer = restarted.post(path.format(dataset=dataset), json=body)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]
