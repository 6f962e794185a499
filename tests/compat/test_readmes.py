"""The commands and requests of the five services that this one follows, as their READMEs have them.

All run against one server, which is started as the first of them says.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from websockets.sync.client import connect

from tests.compat.seeds_server import LOCK_ALONE, ROOT, Seed, started


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    with started(tmp_path_factory.mktemp("seed"), "src.api:app", "--reload") as running:
        yield running


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


# What is installed.


def test_the_lock_is_what_is_installed(seed: Seed) -> None:
    done = seed.shell(
        f"cd {ROOT} && python -m pip install -r requirements.txt --dry-run --no-deps --quiet"
        " --require-hashes --no-index"
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_server_of_these_tests_has_the_lock_alone() -> None:
    code = "import uvicorn, numba, polars\nimport standout"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=LOCK_ALONE,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert "No module named 'standout'" in done.stderr


# Files.


def test_a_baseline_is_trained(seed: Seed) -> None:
    done = seed.shell(
        f"export PYTHONPATH={ROOT}\npython -m scripts.train_model.py --config config/config.yaml"
    )
    assert done.returncode == 0, done.stderr
    model = yaml.safe_load((seed.folder / "config/config.yaml").read_text())["model"]
    assert set(model) == {"normal_mean", "normal_std", "threshold_multiplier"}
    assert (round(model["normal_mean"], 1), model["threshold_multiplier"]) == (49.7, 3.0)


def test_a_file_is_judged_by_curl(seed: Seed) -> None:
    done = seed.shell(
        'curl -X POST "http://127.0.0.1:8000/detect/" \\  \n'
        '  -F "file=@data/test/sensor_data_test.csv"'
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"total_anomalies", "anomalies"}
    assert told["total_anomalies"] == len(told["anomalies"]) == 3
    assert list(told["anomalies"][0]) == ["timestamp", "value", "sensor", "reason"]
    written = table(seed.folder / "data" / "output" / "anomalies_batch.csv")
    assert [float(row["value"]) for row in written] == [a["value"] for a in told["anomalies"]]


def test_a_simulation_is_started_by_curl(seed: Seed) -> None:
    done = seed.shell(
        'curl -X POST "http://127.0.0.1:8000/simulate/" \\  \n'
        '  -F "file=@data/test/sensor_data_test.csv"'
    )
    told = json.loads(done.stdout)
    assert told["message"] == "Streaming simulation started"
    place = f"{seed.url}/simulations/{told['simulation']}"
    assert httpx2.patch(place, json={"rate": 1_000}).status_code == 200
    assert httpx2.post(f"{seed.url}/simulate/?rate=1000&wait=true", timeout=60).json()["results"]
    written = table(seed.folder / "data" / "output" / "anomalies_streaming.csv")
    assert list(written[0]) == ["timestamp", "value", "reason"]
    log = (seed.folder / "server.log").read_text()
    assert "outside normal range" in log
    assert "warning" in log.lower()


# Datasets and models.

UPLOAD_TRAIN_PREDICT = """
import requests

with open('data.csv', 'rb') as f:
    files = {'file': ('data.csv', f, 'text/csv')}
    response = requests.post('http://localhost:8000/upload-dataset', files=files)
    dataset_id = response.json()['dataset_id']

training_request = {
    "algorithm": "isolation_forest",
    "contamination": 0.1,
    "target_column": "price",
    "feature_columns": ["volume", "amount"]  # Optional
}

response = requests.post(
    f'http://localhost:8000/train/{dataset_id}',
    json=training_request
)
unsupervised_id = response.json()['model_id']

training_request = {
    "algorithm": "random_forest",  # Use supervised algorithm
    "contamination": 0.1,
    "target_column": "price",
    "feature_columns": ["volume", "amount"],
    "label_column": "is_anomaly"  # Column with 0/1 labels
}

response = requests.post(
    f'http://localhost:8000/train/{dataset_id}',
    json=training_request
)
supervised_id = response.json()['model_id']

for model_id in (unsupervised_id, supervised_id):
    prediction_request = {
        "model_id": model_id,
        "data": {
            "price": 120.5,
            "volume": 950,
            "amount": 10000
        }
    }

    response = requests.post('http://localhost:8000/predict', json=prediction_request)
    result = response.json()
    print(f"Is anomaly: {result['prediction']['is_anomaly']}")

    batch_request = {
        "model_id": model_id,
        "data": [
            {"price": 120.5, "volume": 950, "amount": 10000},
            {"price": 200.0, "volume": 950, "amount": 10000},  # Likely anomaly
            {"price": 118.2, "volume": 1100, "amount": 12000}
        ]
    }

    response = requests.post('http://localhost:8000/predict-batch', json=batch_request)
    result = response.json()
    print(f"Anomalies found: {result['predictions']['anomaly_count']}")

response = requests.post(f'http://localhost:8000/models/{model_id}/load')
assert response.status_code == 200, response.text

response = requests.get(f'http://localhost:8000/models/{model_id}')
model_info = response.json()
print(f"Algorithm: {model_info['algorithm']}")
print(f"Training stats: {model_info['training_stats']}")
stats = response.json()['training_stats']
print(f"Anomaly rate: {stats['anomaly_rate']:.2%}")

with open('data.csv', 'rb') as f:
    response = requests.post('http://localhost:8000/upload-dataset', files={'file': f})
    new_dataset_id = response.json()['dataset_id']

retrain_request = {
    "algorithm": "isolation_forest",
    "contamination": 0.1,
    "target_column": "price"
}

response = requests.post(
    f'http://localhost:8000/models/{unsupervised_id}/retrain/{new_dataset_id}',
    json=retrain_request
)
assert response.status_code in (200, 202), response.text

response = requests.post(
    f'http://localhost:8000/models/{supervised_id}/combine/{new_dataset_id}'
)
combined_id = response.json()['combined_dataset_id']

response = requests.post(
    f'http://localhost:8000/train/{combined_id}',
    json=training_request
)
assert response.json()['model_id']
"""


def test_a_model_is_trained_and_asked_in_python(seed: Seed) -> None:
    rows = ["price,volume,amount,is_anomaly"]
    for i in range(300):
        odd = i % 60 == 59
        rows.append(
            f"{200 + i % 3 if odd else 118 + i % 5},{950 + i % 50},{10_000 + i % 70},{odd:d}"
        )
    (seed.folder / "data.csv").write_text("\n".join(rows) + "\n")
    (seed.folder / "snippet.py").write_text(UPLOAD_TRAIN_PREDICT.replace(":8000", f":{seed.port}"))
    done = seed.shell("python snippet.py")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("Is anomaly: ") for line in lines) == 2
    assert sum(line.startswith("Anomalies found: ") for line in lines) == 2
    assert "Algorithm: random_forest" in lines
    assert lines[-1].startswith("Anomaly rate: ")


def test_health_and_what_answers_at_the_root(seed: Seed) -> None:
    health = json.loads(seed.shell("curl http://localhost:8000/health").stdout)
    assert health["status"] == "healthy"
    root = json.loads(seed.shell("curl http://localhost:8000/").stdout)
    assert {"message", "version", "docs", "active_clients"} <= set(root)
    listed = json.loads(seed.shell("curl http://localhost:8000/models").stdout)["models"]
    model_id = listed[0]["model_id"]
    deleted = seed.shell(f"curl -X DELETE http://localhost:8000/models/{model_id}")
    assert model_id in deleted.stdout
    gone = json.loads(seed.shell(f"curl http://localhost:8000/models/{model_id}").stdout)
    assert "Model not found" in gone["detail"]


@pytest.mark.parametrize("name", ["example_usage.py", "supervised_example.py"])
def test_the_examples_run(seed: Seed, name: str) -> None:
    done = seed.shell(f"BASE_URL={seed.url} python {ROOT / name}")
    assert done.returncode == 0, done.stdout + done.stderr


# Runs.


@pytest.mark.parametrize("name", ["test_main.py", "test_AnomalyDetection.py"])
def test_the_tests_of_runs_pass(seed: Seed, name: str) -> None:
    done = seed.shell(f"cd {ROOT} && pytest tests/{name} -v -p no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_each_route_of_runs(seed: Seed) -> None:
    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx2.post(seed.url + path, json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    rows = [[10, 20, 30], [15, 25, 35], [12, 22, 32]]
    run = {"user_token": 42, "run_id": "march"}
    assert set(post("/fit", {**run, "training_data": rows})) == {"message", "run_id"}
    assert set(post("/update-model", {**run, "training_data": rows})) == {"message"}
    found = post("/detect-anomalies", {**run, "values": [500, 600, 700]})["result"]
    assert found["anomaly_detected"] is True
    tracked = httpx2.get(f"{seed.url}/get-tracked-anomalies/42/march").json()
    assert set(tracked) == {"user_token", "run_id", "count", "anomalies", "next"}
    assert set(tracked["anomalies"][0]) == {"id", "at", "values", "result"}
    saved = httpx2.post(f"{seed.url}/runs/42/march/export").json()["path"]
    assert (seed.folder / "data" / saved).name == "42_march.json"
    assert httpx2.delete(f"{seed.url}/delete-data/42/march").status_code == 200
    assert not (seed.folder / "data" / saved).exists()


# Series.


def test_the_series_of_the_readme(seed: Seed) -> None:
    told = httpx2.post(
        f"{seed.url}/predict", json={"values": [0.13, 0.134, 0.132, 2.34, 0.133]}, timeout=60
    ).json()
    assert (len(told["anomaly"]), len(told["anomaly_score"])) == (5, 5)
    assert "Need more than 19 points" in told["message"]
    assert (told["warmup_points_dropped"], set(told["anomaly"])) == (5, {None})
    longer = [0.13, 0.134, 0.132, 0.131, 0.133] * 12 + [2.34] * 5
    told = httpx2.post(f"{seed.url}/predict", json={"values": longer}, timeout=60).json()
    assert set(told) == {"warmup_points_dropped", "anomaly", "anomaly_score"}
    assert told["warmup_points_dropped"] == 19
    assert told["anomaly"][:19] == told["anomaly_score"][:19] == [None] * 19
    assert (len(told["anomaly"]), len(told["anomaly_score"])) == (65, 65)
    assert 1 in told["anomaly"][60:]
    docs = httpx2.get(f"{seed.url}/docs")
    assert (docs.status_code, "swagger" in docs.text.lower()) == (200, True)
    paths = httpx2.get(f"{seed.url}/openapi.json").json()["paths"]
    wanted = {"/detect/", "/simulate/", "/fit", "/update-model", "/detect-anomalies", "/predict"}
    assert wanted <= set(paths)


# Streams.


def test_a_client_streams_and_has_its_page(seed: Seed) -> None:
    with connect(f"ws://127.0.0.1:{seed.port}/ws/stock?window=10") as socket:
        for i in range(12):
            socket.send(json.dumps({"timestamp": f"2026-01-01T00:00:{i:02}Z", "value": 5 + i % 2}))
            answer = json.loads(socket.recv(20))
            assert set(answer) == {"timestamp", "anomaly"}
        assert answer["anomaly"] == 0
        html = {"accept": "text/html"}
        assert httpx2.get(f"{seed.url}/", headers=html).status_code == 200
        assert httpx2.get(f"{seed.url}/client/stock", headers=html).status_code == 200
        assert "stock" in httpx2.get(f"{seed.url}/").json()["active_clients"]
    done = seed.shell(
        "standout stream data/test/test.csv --client-id pump-7 --window 100"
        f" --url {seed.url.replace('http', 'ws')}"
    )
    assert done.returncode == 0, done.stderr
    assert any((seed.folder / "logs").rglob("*"))
    assert httpx2.get(f"{seed.url}/streams/pump-7").json()["count"] == 300


# The other ways to start.


def test_make_start_serves_a_demo_on_port_3000(seed: Seed) -> None:
    done = seed.shell(f"make -C {ROOT} --no-print-directory -n start")
    assert done.returncode == 0, done.stderr
    assert "standout demo --port 3000" in done.stdout.splitlines()[-1]


def test_the_other_app_starts_too(tmp_path: Path) -> None:
    with started(tmp_path, "main:app", "--host", "0.0.0.0", "--log-level", "debug") as other:
        assert httpx2.get(f"{other.url}/health").json()["status"] == "healthy"
