"""Whole datasets scored by models, and what a training says at every threshold, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl
import pytest

from standout.detectors.archive import read_archive
from standout.detectors.batch.model import Fitted
from tests.server.tables import client, prices, train, upload
from tests.serving import Served

DATES = pl.datetime_range(
    pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 13, 11), "1h", eager=True
).alias("when")
"""300 hours."""


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with client(server) as found:
        yield found


@pytest.fixture(scope="module")
def dataset_id(asking: httpx2.Client) -> str:
    return upload(asking, prices(), "prices.csv")


@pytest.fixture(scope="module")
def model_id(asking: httpx2.Client, dataset_id: str) -> str:
    return str(train(asking, dataset_id, label_column="is_anomaly")["model_id"])


def scores(asking: httpx2.Client, model: str, dataset: str, **query: Any) -> dict[str, Any]:
    answer = asking.get(f"/models/{model}/scores/{dataset}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def scored(asking: httpx2.Client, model: str, dataset: str, **query: Any) -> pl.DataFrame:
    answer = asking.get(f"/models/{model}/scores/{dataset}/file", params=query)
    assert answer.status_code == 200, answer.text
    read = pl.read_parquet if query.get("format") == "parquet" else pl.read_csv
    return read(io.BytesIO(answer.content))


def test_measures_are_told_apart_from_the_figures(asking: httpx2.Client, model_id: str) -> None:
    told = asking.get(f"/models/{model_id}/measures").json()
    stats = asking.get(f"/models/{model_id}").json()["training_stats"]
    assert "measures" not in stats
    assert told["version"] == 1
    assert sum(told["training"][told["shipped"] :]) == stats["anomaly_count"]
    assert sum(told["rows"]) == 300
    missing = asking.get(f"/models/{model_id}/measures", params={"version": 9})
    assert (missing.status_code, "no version 9" in missing.json()["detail"]) == (404, True)
    assert asking.get("/models/nobody/measures").status_code == 404


def test_a_dataset_is_scored_as_its_rows_are_in_a_batch(
    asking: httpx2.Client, model_id: str, dataset_id: str
) -> None:
    rows = prices().drop("is_anomaly").to_dicts()
    body = {"model_id": model_id, "data": rows, "history": []}
    verdicts = asking.post("/predict-batch", json=body).json()["predictions"]["verdicts"]
    found = scored(asking, model_id, dataset_id)
    assert found.columns == [*prices().columns, "score", "is_anomaly_", "severity"]
    assert found["score"].to_list() == [one["score"] for one in verdicts]
    assert found["severity"].to_list() == [one["severity"] for one in verdicts]

    told = scores(asking, model_id, dataset_id, parts=30, highest=3)
    assert told["history"] == "nothing"
    assert told["anomaly_count"] == int(found["is_anomaly_"].sum())
    ten = found["score"].to_numpy().reshape(30, 10).max(axis=1)
    assert told["peaks"] == pytest.approx(ten.tolist(), abs=1e-4)
    assert told["labelled"] == [True] * 30
    assert told["edges"] is None
    best = [one["score"] for one in told["highest"]]
    assert best == found["score"].sort(descending=True).head(3).to_list()
    first = told["highest"][0]
    assert first["data"] == prices().row(first["row"] - 1, named=True)
    hits = int((found["is_anomaly_"] & (found["is_anomaly"] == 1)).sum())
    assert told["precision"] == hits / told["anomaly_count"]
    assert told["recall"] == hits / 30


def test_parquet_has_the_same_verdicts(
    asking: httpx2.Client, model_id: str, dataset_id: str
) -> None:
    path = f"/models/{model_id}/scores/{dataset_id}/file"
    answer = asking.get(path, params={"format": "parquet"})
    assert "prices.scored.parquet" in answer.headers["content-disposition"]
    assert answer.headers["x-total-records"] == "300"
    found = pl.read_parquet(io.BytesIO(answer.content))
    assert found["score"].to_list() == scored(asking, model_id, dataset_id)["score"].to_list()


def test_rows_are_scored_in_order_of_time_and_told_in_their_own(asking: httpx2.Client) -> None:
    frame = prices().with_columns(DATES)
    order = np.random.default_rng(3).permutation(300)
    straight, mixed = upload(asking, frame), upload(asking, frame[order.tolist()])
    model = train(asking, straight)["model_id"]
    a, b = scored(asking, model, straight), scored(asking, model, mixed)
    assert b["score"].to_list() == a["score"].to_numpy()[order].tolist()
    told = [scores(asking, model, one, parts=10, highest=0) for one in (straight, mixed)]
    assert told[0]["peaks"] == told[1]["peaks"]
    assert told[0]["edges"] == told[1]["edges"]
    assert (told[0]["edges"][0], told[0]["edges"][-1]) == (
        "2026-01-01T00:00:00Z",
        "2026-01-13T11:00:00Z",
    )


def test_events_are_counted_in_the_order_of_time(asking: httpx2.Client) -> None:
    """Of two labelled stretches one is far off from its third row on; so is a row beside them."""
    frame = prices().with_columns(DATES)
    at = pl.int_range(pl.len())
    price = 100 + at.cast(pl.Float64).sin() + 90 * at.is_in([52, 53, 200])
    label = at.is_in([50, 51, 52, 53, 120, 121]).cast(pl.Int64)
    frame = frame.with_columns(price=price, is_anomaly=label)
    mixed = upload(asking, frame[np.random.default_rng(3).permutation(300).tolist()])
    asked = {"label_column": "is_anomaly", "target_column": None, "feature_columns": ["price"]}
    model = train(asking, mixed, **asked, contamination=0.01)["model_id"]
    flagged = scored(asking, model, mixed).sort("when")["is_anomaly_"].arg_true().to_list()
    assert flagged == [52, 53, 200]
    told = scores(asking, model, mixed, highest=0)
    assert told["events"] == {
        "events": 2,
        "found": 1,
        "false_alarms": 1,
        "false_alarms_per_day": pytest.approx(1 / (299 / 24)),
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
        "delay_rows": 2,
        "delay_s": 7_200,
    }
    assert 0 < told["score_us"] < 1e6


def test_without_times_there_are_no_events(
    asking: httpx2.Client, model_id: str, dataset_id: str
) -> None:
    told = scores(asking, model_id, dataset_id)
    assert told["events"] is None
    assert told["precision"] is not None


def test_rows_that_go_on_where_the_training_ended_follow_it(asking: httpx2.Client) -> None:
    frame = prices().with_columns(DATES)
    model = train(asking, upload(asking, frame[:200]))["model_id"]
    told = scores(asking, model, upload(asking, frame[200:]))
    assert told["history"] == "training"
    assert told["total_records"] == 100


def test_columns_of_the_same_name_stay(asking: httpx2.Client, model_id: str) -> None:
    frame = prices().rename({"is_anomaly": "label"}).with_columns(score=pl.lit(7))
    found = scored(asking, model_id, upload(asking, frame))
    assert found["score"].unique().to_list() == [7]
    assert found.columns[-3:] == ["score_", "is_anomaly", "severity"]


def test_an_older_version_is_asked_by_its_number(asking: httpx2.Client, dataset_id: str) -> None:
    model = train(asking, dataset_id)["model_id"]
    other = upload(asking, prices(200, 5).with_columns(pl.col("price") + 40))
    again = asking.post(f"/models/{model}/retrain/{other}", params={"wait": 100})
    assert again.status_code == 200
    first = scores(asking, model, dataset_id, version=1)
    second = scores(asking, model, dataset_id)
    assert (first["version"], second["version"]) == (1, 2)
    assert first["peaks"] != second["peaks"]


def test_a_version_is_downloaded_and_scores_as_here(
    asking: httpx2.Client, model_id: str, dataset_id: str, tmp_path: Path
) -> None:
    answer = asking.get(f"/models/{model_id}/file")
    assert answer.headers["content-disposition"].endswith('.v1.npz"')
    kept = tmp_path / "model.npz"
    kept.write_bytes(answer.content)
    model = Fitted.from_state(read_archive(kept, sha256=answer.headers["x-checksum-sha256"]))
    table = {name: prices()[name].to_numpy() for name in ("price", "volume", "amount")}
    there = scored(asking, model_id, dataset_id)["score"].to_list()
    assert model.score(table, history={}).score.tolist() == there


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/models/nobody/file", 404, "Model not found"),
        ("/models/{model}/file?version=3", 404, "has no version 3; it has 1"),
        ("/models/nobody/scores/{dataset}", 404, "Model not found"),
        ("/models/{model}/scores/nothing", 404, "Dataset not found"),
        ("/models/{model}/scores/{dataset}?version=7", 404, "has no version 7; it has 1"),
        ("/models/{model}/scores/{dataset}?parts=0", 422, ""),
        ("/models/{model}/scores/{dataset}/file?format=xlsx", 422, ""),
        ("/models/{model}/scores/{other}", 422, "The model wants 'price'"),
        ("/models/{model}/scores/{texts}", 422, "Column 'price' holds numbers, got 'dear'"),
    ],
)
def test_what_cannot_be_scored_is_told(
    asking: httpx2.Client, model_id: str, dataset_id: str, path: str, status: int, words: str
) -> None:
    other = upload(asking, b"a,b\n1,2\n3,4\n")
    texts = upload(asking, b"price,volume,amount\ndear,1,2\ncheap,3,4\n")
    named = {"model": model_id, "dataset": dataset_id, "other": other, "texts": texts}
    answer = asking.get(path.format(**named))
    assert answer.status_code == status, answer.text
    assert words in str(answer.json()["detail"])
