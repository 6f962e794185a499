"""Models over HTTP: trained, versioned, rolled back, deleted, and what can go wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl
import pytest

from standout.service.jobs import CUT_OFF
from standout.store.artefacts import FolderShelf
from tests.server.tables import BAD, GOOD, TRAINING, client, parquet, prices, train, upload
from tests.serving import Served, served


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with client(server) as found:
        yield found


@pytest.fixture(scope="module")
def dataset_id(asking: httpx2.Client) -> str:
    return upload(asking, prices())


@pytest.fixture(scope="module")
def model(asking: httpx2.Client, dataset_id: str) -> dict[str, Any]:
    return train(asking, dataset_id)


def score(asking: httpx2.Client, model_id: str, row: dict[str, Any] = BAD) -> tuple[int, float]:
    answer = asking.post("/predict", json={"model_id": model_id, "data": row}).json()
    return answer["version"], answer["prediction"]["score"]


def test_training_answers_with_its_figures(model: dict[str, Any]) -> None:
    assert (model["state"], model["version"], model["total_records"]) == ("ready", 1, 300)
    assert model["training_stats"]["anomaly_rate"] == pytest.approx(0.1, abs=0.02)
    assert model["estimate"]["refusal"] is None
    assert model["job"]["state"] == "done"
    assert model["message"] == "Model trained successfully."


def test_what_is_told_of_a_model(asking: httpx2.Client, model: dict[str, Any]) -> None:
    model_id = model["model_id"]
    info = asking.get(f"/models/{model_id}").json()
    assert info["algorithm"] == "isolation_forest"
    assert info["training_stats"] == model["training_stats"]
    assert (info["target_column"], info["contamination"]) == ("price", 0.1)
    assert [one["live"] for one in info["versions"]] == [True]
    listed = asking.get("/models").json()
    assert model_id in [one["model_id"] for one in listed["models"]]
    assert listed["count"] == len(listed["models"])
    job = asking.get(f"/jobs/{model['job']['id']}").json()
    assert (job["kind"], job["subject"], job["state"]) == ("train", model_id, "done")


def test_training_does_not_use_a_dataset_up(
    asking: httpx2.Client, dataset_id: str, model: dict[str, Any]
) -> None:
    assert model
    assert asking.get(f"/datasets/{dataset_id}").status_code == 200


def test_versions_roll_forth_and_back(asking: httpx2.Client, dataset_id: str) -> None:
    model_id = train(asking, dataset_id)["model_id"]
    first = score(asking, model_id)
    other = upload(asking, prices(200, seed=1).with_columns(pl.col("price") + 70))
    again = asking.post(f"/models/{model_id}/retrain/{other}", json=TRAINING).json()

    assert (again["version"], again["total_records"]) == (2, 200)
    assert again["message"] == "Model retrained successfully."
    second = score(asking, model_id)
    assert (first[0], second[0]) == (1, 2)
    assert second[1] < first[1]
    assert asking.post(f"/models/{model_id}/load", params={"version": 1}).json()["version"] == 1
    assert score(asking, model_id) == first
    info = asking.get(f"/models/{model_id}").json()
    assert [one["live"] for one in info["versions"]] == [True, False]
    assert [one["dataset_id"] for one in info["versions"]] == [dataset_id, other]

    missing = asking.post(f"/models/{model_id}/load", params={"version": 3})
    assert missing.status_code == 404
    assert "has no version 3; it has 1, 2" in missing.json()["detail"]


def test_what_is_not_named_again_stays(asking: httpx2.Client, dataset_id: str) -> None:
    """Who asks the model goes on with the columns that it knows."""
    asked = {"params": {"trees": 30}, "seed": 4}
    model_id = train(asking, dataset_id, **asked)["model_id"]
    path = f"/models/{model_id}/retrain/{dataset_id}"
    changed = {"algorithm": "isolation_forest", "contamination": 0.2, "target_column": "price"}
    answer = asking.post(path, json=changed)
    assert answer.status_code == 200, answer.text
    asking.post(path, json={"algorithm": "knn", "feature_columns": None, "label_column": None})
    requests = [one["request"] for one in asking.get(f"/models/{model_id}").json()["versions"]]
    assert requests[1] == {**requests[0], "contamination": 0.2}
    assert requests[2] == {
        **requests[1], "algorithm": "knn", "params": {}, "feature_columns": None
    }  # fmt: skip
    other = upload(asking, prices(60).drop("volume"))
    refused = asking.post(
        f"/models/{model_id}/retrain/{other}", json={"feature_columns": ["volume"]}
    )
    assert refused.status_code == 422
    assert "Feature column not found: 'volume'. There are: 'price'" in refused.json()["detail"]


def test_combined_rows_are_a_dataset(
    asking: httpx2.Client, dataset_id: str, model: dict[str, Any]
) -> None:
    new = upload(asking, prices(50, seed=2).drop("is_anomaly"))
    answer = asking.post(f"/models/{model['model_id']}/combine/{new}").json()
    assert (answer["total_records"], answer["original_records"]) == (350, 300)
    info = asking.get(f"/datasets/{answer['combined_dataset_id']}").json()["data_info"]
    assert info["missing_values"]["is_anomaly"] == 50
    first = asking.get(f"/datasets/{dataset_id}").json()["data_info"]
    assert info["sample"] == first["sample"]

    text = upload(asking, b"price,volume\ncheap,1\ndear,2\n")
    refused = asking.post(f"/models/{model['model_id']}/combine/{text}")
    assert refused.status_code == 422
    assert "Column 'price' holds number in" in refused.json()["detail"]
    other = upload(asking, b"height,width\n1,2\n3,4\n")
    refused = asking.post(f"/models/{model['model_id']}/combine/{other}")
    assert refused.status_code == 422
    assert "have no column in common" in refused.json()["detail"]


def test_learning_from_labels(asking: httpx2.Client, dataset_id: str) -> None:
    asked = {"algorithm": "logistic_regression", "label_column": "is_anomaly"}
    answer = train(asking, dataset_id, **asked)
    stats = answer["training_stats"]
    assert stats["mode"] == "supervised"
    assert {"precision", "recall", "f1", "average_precision", "auroc"} <= stats.keys()
    assert score(asking, answer["model_id"])[1] > 0.6 > score(asking, answer["model_id"], GOOD)[1]


def test_algorithms(asking: httpx2.Client) -> None:
    found = asking.get("/algorithms").json()
    names = [one["name"] for one in found["algorithms"]]
    assert {
        "isolation_forest",
        "one_class_svm",
        "local_outlier_factor",
        "random_forest",
        "logistic_regression",
    } <= set(names)
    assert found["default"] in names
    for one in found["algorithms"]:
        assert all(one[key] for key in ("title", "summary", "good_at", "bad_at", "cost"))
        assert one["params"]["type"] == "object"


def test_what_does_not_scale_says_so_before_it_starts(asking: httpx2.Client) -> None:
    draw = np.random.default_rng(0)
    dataset_id = upload(
        asking, parquet(pl.DataFrame({"x": draw.normal(size=100_000)})), "x.parquet"
    )
    for algorithm in ("local_outlier_factor", "one_class_svm"):
        asked: dict[str, Any] = {"algorithm": algorithm, "target_column": "x"}
        found = asking.post(f"/train/{dataset_id}/estimate", json=asked).json()
        assert found["rows_used"] == 10_000
        assert "Of the 100,000 rows 10,000 are learnt" in found["note"]
        asked["params"] = {"rows": 50_000}
        more = asking.post(f"/train/{dataset_id}/estimate", json=asked).json()
        assert more["seconds"] > 2 * found["seconds"]


def test_what_would_take_too_much_memory_is_refused_before_it_starts(tmp_path: Path) -> None:
    limit = {"max_training_memory": 256_000_000}
    with served(tmp_path / "data", models=limit) as small, client(small) as asking:
        table = pl.DataFrame({"x": np.arange(60_000.0)})
        dataset_id = upload(asking, parquet(table), "x.parquet")
        asked = {"algorithm": "one_class_svm", "target_column": "x"}
        for path in (f"/train/{dataset_id}/estimate", f"/train/{dataset_id}"):
            answer = asking.post(path, json=asked)
        assert answer.status_code == 422
        assert (
            "It would take about 0.4 GB of memory, and may take 0.3 GB" in answer.json()["detail"]
        )
        assert asking.get("/jobs").json()["jobs"] == []


def test_an_estimate_starts_nothing(asking: httpx2.Client, dataset_id: str) -> None:
    before = asking.get("/models").json()
    asked = {**TRAINING, "algorithm": "local_outlier_factor"}
    found = asking.post(f"/train/{dataset_id}/estimate", json=asked).json()
    assert found["seconds"] > 0
    assert found["memory_bytes"] > 0
    assert asking.get("/models").json() == before


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({"target_column": "nope"}, 422, "Target column not found: 'nope'. There are: 'price'"),
        ({"feature_columns": ["volume", "x"]}, 422, "Feature column not found: 'x'"),
        ({"label_column": "x"}, 422, "Label column not found: 'x'"),
        ({"date_column": "x"}, 422, "Date column not found: 'x'"),
        ({"date_column": "price"}, 422, "Column 'price' holds number, not times"),
        ({"algorithm": "magic"}, 422, "No algorithm is called 'magic'"),
        ({"algorithm": "random_forest"}, 422, "name the column of 0 and 1 as label_column"),
        (
            {"algorithm": "random_forest", "label_column": "price", "target_column": None},
            422,
            "Row 1: The label column 'price' holds 0 and 1",
        ),
        ({"label_column": "price"}, 422, "must be two columns"),
        ({"contamination": 0.6}, 422, "/body/contamination"),
        ({"params": {"leaves": 3}}, 422, "no parameter 'leaves'"),
        ({"params": {"trees": -3}}, 422, "trees must be"),
        ({"mode": "supervised"}, 422, "has no mode 'supervised'"),
        ({"colour": "red"}, 422, "/body/colour"),
        ({"target_column": "note"}, 422, "Row 3: Column 'note' must hold numbers, got 'odd'"),
    ],
)
def test_what_cannot_be_trained_leaves_no_model(
    asking: httpx2.Client, asked: dict[str, Any], status: int, told: str
) -> None:
    notes = pl.Series("note", ["1", "2", "odd", *map(str, range(57))])
    dataset_id = upload(asking, prices(60).with_columns(notes))
    before = asking.get("/models").json()["models"]
    answer = asking.post(f"/train/{dataset_id}", json={**TRAINING, **asked}, params={"wait": 60})
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert asking.get("/models").json()["models"] == before


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("POST", "/train/none", "Dataset not found"),
        ("POST", "/train/none/estimate", "Dataset not found"),
        ("GET", "/models/none", "Model not found"),
        ("DELETE", "/models/none", "Model not found"),
        ("POST", "/models/none/load", "Model not found"),
        ("POST", "/models/none/retrain/none", "Model not found"),
        ("POST", "/models/none/combine/none", "Model not found"),
        ("GET", "/jobs/none", "Job not found"),
        ("POST", "/jobs/none/cancel", "Job not found"),
    ],
)
def test_what_is_not_there(asking: httpx2.Client, method: str, path: str, told: str) -> None:
    answer = asking.request(method, path, json={})
    assert answer.status_code == 404
    assert told in answer.json()["detail"]


def test_a_training_under_way(asking: httpx2.Client, dataset_id: str) -> None:
    """Long ones answer at once; no prediction before the end, no second one, and a cancel."""
    asked = {**TRAINING, "params": {"trees": 2_000, "rows_a_tree": 4_096}}
    answer = asking.post(f"/train/{dataset_id}", json=asked, params={"wait": 0})
    told = answer.json()
    model_id = told["model_id"]
    assert (answer.status_code, told["state"], told["training_stats"]) == (202, "training", {})

    early = asking.post("/predict", json={"model_id": model_id, "data": GOOD})
    assert early.status_code == 409
    assert "still in training" in early.json()["detail"]
    twice = asking.post(f"/models/{model_id}/retrain/{dataset_id}", json=TRAINING)
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/training-under-way")
    assert asking.get(f"/models/{model_id}").json()["state"] == "training"

    job = asking.post(f"/jobs/{told['job']['id']}/cancel").json()
    assert job["state"] == "cancelled"
    assert asking.get(f"/models/{model_id}").status_code == 404
    over = asking.post(f"/jobs/{told['job']['id']}/cancel")
    assert over.json()["state"] == "cancelled"


def test_a_training_that_the_servers_end_cut_off_has_failed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    asked = {**TRAINING, "params": {"trees": 2_000, "rows_a_tree": 4_096}}
    with served(folder) as first, client(first) as asking:
        dataset_id = upload(asking, prices())
        told = asking.post(f"/train/{dataset_id}", json=asked, params={"wait": 0}).json()
    with served(folder) as second, client(second) as asking:
        job = asking.get(f"/jobs/{told['job']['id']}").json()
        assert (job["state"], job["detail"]) == ("failed", CUT_OFF)
        info = asking.get(f"/models/{told['model_id']}").json()
        assert (info["state"], info["versions"][0]["detail"]) == ("failed", CUT_OFF)
        body = {"model_id": told["model_id"], "data": GOOD}
        early = asking.post("/predict", json=body)
        assert (early.status_code, "was not trained: The server stopped" in early.text) == (
            409,
            True,
        )
        assert list((folder / "models").iterdir()) == []
        again = asking.post(f"/models/{told['model_id']}/retrain/{dataset_id}", json={"params": {}})
        assert (again.status_code, again.json()["version"]) == (200, 2)
        assert asking.post("/predict", json=body).status_code == 200


def test_a_cancelled_retraining_leaves_the_version_before(
    server: Served, asking: httpx2.Client, dataset_id: str, model: dict[str, Any]
) -> None:
    model_id = model["model_id"]
    before = score(asking, model_id)
    told = asking.post(f"/models/{model_id}/retrain/{dataset_id}", params={"wait": 0}).json()
    asking.post(f"/jobs/{told['job']['id']}/cancel")
    info = asking.get(f"/models/{model_id}").json()
    failed = info["versions"][-1]
    assert (failed["state"], failed["detail"]) == ("failed", "The training was cancelled.")
    assert score(asking, model_id) == before
    refused = asking.post(f"/models/{model_id}/load", params={"version": failed["version"]})
    assert refused.status_code == 409
    folder = server.services.folder.path / "models"
    assert not list(folder.glob(".standout-draft-*"))


def test_a_key_trains_once(asking: httpx2.Client, dataset_id: str) -> None:
    headers = {"Idempotency-Key": "train-1"}
    answers = [
        asking.post(f"/train/{dataset_id}", json=TRAINING, headers=headers) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    other = asking.post(f"/train/{dataset_id}", json={}, headers=headers)
    assert other.status_code == 409


def test_two_trainings_at_once_are_two_models(asking: httpx2.Client, dataset_id: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: train(asking, dataset_id), range(2)))
    assert found[0]["model_id"] != found[1]["model_id"]
    assert score(asking, found[0]["model_id"]) == score(asking, found[1]["model_id"])


def test_a_full_disk_leaves_no_model(
    asking: httpx2.Client, dataset_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    before = asking.get("/models").json()
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    monkeypatch.setattr(FolderShelf, "draft", lambda _: full)
    answer = asking.post(f"/train/{dataset_id}", json=TRAINING, params={"wait": 100})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/data-folder-unwritable")
    assert "cannot be written to the data folder: No space left" in answer.json()["detail"]
    assert asking.get("/models").json() == before
    assert not full.is_symlink()


def test_deleting_while_it_predicts(server: Served, asking: httpx2.Client, dataset_id: str) -> None:
    model_id = train(asking, dataset_id)["model_id"]
    statuses: set[int] = set()
    stop = threading.Event()

    def ask() -> None:
        with client(server) as own:
            while not stop.is_set():
                body = {"model_id": model_id, "data": BAD}
                statuses.add(own.post("/predict", json=body).status_code)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert asking.delete(f"/models/{model_id}").json()["message"].endswith("deleted successfully.")
    assert asking.post("/predict", json={"model_id": model_id, "data": BAD}).status_code == 404
    stop.set()
    for thread in threads:
        thread.join()
    assert statuses <= {200, 404}
    assert not list((server.services.folder.path / "models").glob(f"{model_id}*"))


def test_a_changed_file_is_refused(server: Served, asking: httpx2.Client, dataset_id: str) -> None:
    model_id = train(asking, dataset_id)["model_id"]
    path = server.services.folder.path / "models" / f"{model_id}.v1.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    answer = asking.post("/predict", json={"model_id": model_id, "data": BAD})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/model-damaged")
    assert "SHA-256" in answer.json()["detail"]
    assert asking.post(f"/models/{model_id}/load").status_code == 409
    path.unlink()
    answer = asking.post("/predict", json={"model_id": model_id, "data": BAD})
    assert "cannot be read" in answer.json()["detail"]
    assert asking.delete(f"/models/{model_id}").status_code == 200
