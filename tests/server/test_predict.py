"""Predictions over HTTP: one row, many rows, files; pure, explained, precise about mistakes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest

from standout.readers.datasets import columnar
from standout.server.app import create_app
from standout.service import scoring_files
from standout.store.artefacts import FolderShelf
from tests.server.tables import BAD, GOOD, client, parquet, prices, train, upload
from tests.serving import Served

PARQUET = {"content-type": "application/vnd.apache.parquet"}
ARROW = {"content-type": "application/vnd.apache.arrow.stream"}


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with client(server) as found:
        yield found


@pytest.fixture(scope="module")
def model_id(asking: httpx2.Client) -> str:
    return str(train(asking, upload(asking, prices()))["model_id"])


@pytest.fixture(scope="module")
def dated(asking: httpx2.Client) -> str:
    """Return a model that knows a date, and text."""
    frame = prices().with_columns(
        pl.datetime_range(
            pl.datetime(2024, 1, 1), interval="1h", closed="left", eager=False,
            end=pl.datetime(2024, 1, 1) + pl.duration(hours=300),
        ).alias("date"),
        pl.Series("city", ["Ulm", "Köln", "Bonn"] * 100),
    )  # fmt: skip
    columns = ["volume", "amount", "city"]
    return str(train(asking, upload(asking, frame), feature_columns=columns)["model_id"])


def arrow(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer)
    return buffer.getvalue()


def predict(asking: httpx2.Client, model_id: str, row: Any, **more: Any) -> dict[str, Any]:
    answer = asking.post("/predict", json={"model_id": model_id, "data": row, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_one_row_is_judged_and_explained(asking: httpx2.Client, model_id: str) -> None:
    answer = predict(asking, model_id, BAD)
    found = answer["prediction"]
    assert (answer["model_id"], answer["version"]) == (model_id, 1)
    assert answer["anomaly_score"] == found["score"]
    assert found["is_anomaly"] is True
    assert found["threshold"] == 0.6 <= found["score"] <= 1
    assert found["severity"] in {"major", "critical"}
    assert max(found["contributions"], key=found["contributions"].get).startswith("price")
    assert sum(found["contributions"].values()) == pytest.approx(1)
    assert (found["contribution_kind"], found["history"]) == ("path share", "training")
    calm = predict(asking, model_id, GOOD)["prediction"]
    assert calm["is_anomaly"] is False
    assert calm["severity"] in {"expected", "low", "minor"}


def test_the_same_row_has_the_same_answer(asking: httpx2.Client, model_id: str) -> None:
    first = predict(asking, model_id, BAD)["prediction"]
    with ThreadPoolExecutor(4) as pool:
        others = pool.map(lambda row: predict(asking, model_id, row), [GOOD, BAD] * 20)
        assert [one["prediction"] for one in others][1::2] == [first] * 20


def test_the_order_of_keys_means_nothing(asking: httpx2.Client, model_id: str) -> None:
    turned = dict(reversed(BAD.items()))
    assert (
        predict(asking, model_id, turned)["prediction"]
        == (predict(asking, model_id, BAD)["prediction"])
    )


def test_the_short_way_and_the_long_way_say_the_same(asking: httpx2.Client, model_id: str) -> None:
    """A browser of another origin takes the long way, and may read the answer."""
    body = {"model_id": model_id, "data": BAD}
    short = asking.post("/predict", json=body)
    long = asking.post("/predict", json=body, headers={"origin": "http://elsewhere"})
    assert long.headers["access-control-allow-origin"] == "*"
    assert short.json()["prediction"] == long.json()["prediction"]


def test_missing_values_are_told(asking: httpx2.Client, model_id: str) -> None:
    found = predict(asking, model_id, {**GOOD, "volume": None})["prediction"]
    assert found["imputed"] == ["volume"]


def test_columns_of_the_table_that_are_not_wanted_are_no_matter(
    asking: httpx2.Client, model_id: str
) -> None:
    assert predict(asking, model_id, {**BAD, "is_anomaly": 1})


def test_history_takes_the_place_of_the_training_rows(asking: httpx2.Client, model_id: str) -> None:
    row = {**GOOD, "price": 140.0}
    usual = predict(asking, model_id, row)["prediction"]
    calm = predict(asking, model_id, row, history=[{"price": 140.0}] * 10)["prediction"]
    assert (usual["history"], calm["history"]) == ("training", "request")
    assert calm["score"] != usual["score"]
    none = predict(asking, model_id, row, history=[])["prediction"]
    assert "price_lag_1" in none["imputed"]


def test_one_equals_many(asking: httpx2.Client, dated: str) -> None:
    """Row by row with its history, in a batch, as columns, and as files: the same to the bit."""
    rows: list[dict[str, Any]] = [
        {
            "date": f"2024-01-14T{hour:02}:00:00Z",
            "price": 100.0 + (70 if hour == 7 else hour % 3),
            "volume": 1_000 + hour,
            "amount": None if hour == 3 else 10_000,
            "city": ["Ulm", "Köln", "Paris", None][hour % 4],
        }
        for hour in range(12)
    ]
    single = [predict(asking, dated, rows[0])["prediction"]["score"]]
    training = prices()["price"].tail(10).to_list()
    last = [{"price": price, "date": 1_705_172_400 + 3600 * i} for i, price in enumerate(training)]
    for i in range(1, len(rows)):
        before = (last + rows[:i])[-10:]
        single.append(predict(asking, dated, rows[i], history=before)["prediction"]["score"])

    def scores(data: Any) -> list[float]:
        answer = asking.post("/predict-batch", json={"model_id": dated, "data": data})
        return [one["score"] for one in answer.json()["predictions"]["verdicts"]]

    columns = {name: [row[name] for row in rows] for name in rows[0]}
    frame = pl.DataFrame(columns).with_columns(pl.col("date").str.to_datetime(time_zone="UTC"))
    stream = io.BytesIO()
    frame.write_ipc_stream(stream)
    path = f"/predict-batch?model_id={dated}"
    as_parquet = asking.post(path, content=parquet(frame), headers=PARQUET)
    as_arrow = asking.post(path, content=stream.getvalue(), headers=ARROW)

    assert scores(rows) == single
    assert scores(columns) == single
    assert pl.read_parquet(io.BytesIO(as_parquet.content))["score"].to_list() == single
    assert pl.read_ipc_stream(io.BytesIO(as_arrow.content))["score"].to_list() == single
    assert single[7] >= 0.6


def test_a_row_without_a_date_is_the_next_step(asking: httpx2.Client, dated: str) -> None:
    row = {"price": 100.0, "volume": 1_000, "amount": 10_000, "city": "Ulm"}
    told = predict(asking, dated, {**row, "date": "2024-01-13T12:00:00"})["prediction"]
    assert predict(asking, dated, row)["prediction"] == told


def test_batches(asking: httpx2.Client, model_id: str) -> None:
    body = {"model_id": model_id, "data": [GOOD, GOOD, BAD]}
    plain = asking.post("/predict-batch", json=body).json()["predictions"]
    assert (plain["anomaly_count"], plain["total_records"]) == (1, 3)
    assert plain["anomaly_rate"] == pytest.approx(1 / 3)
    assert [one["is_anomaly"] for one in plain["verdicts"]] == [False, False, True]
    assert "contributions" not in plain["verdicts"][0]
    why = asking.post("/predict-batch", json={**body, "contributions": True}).json()
    verdicts = why["predictions"]["verdicts"]
    assert sum(verdicts[2]["contributions"].values()) == pytest.approx(1)
    assert [one["score"] for one in verdicts] == [one["score"] for one in plain["verdicts"]]


def test_large_batches_leave_the_loop_free(asking: httpx2.Client, model_id: str) -> None:
    body = json.dumps({"model_id": model_id, "data": [GOOD, BAD] * 10_000})
    found = asking.post("/predict-batch", content=body).json()["predictions"]
    assert found["total_records"] == 20_000


def test_files_say_why(asking: httpx2.Client, model_id: str) -> None:
    answer = asking.post(
        f"/predict-batch?model_id={model_id}&contributions=true",
        content=parquet(prices(40)),
        headers=PARQUET,
    )
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame.columns[:4] == ["is_anomaly", "score", "severity", "contribution_price"]
    assert answer.headers["x-total-records"] == "40"
    assert answer.headers["x-anomaly-count"] == str(frame["is_anomaly"].sum())
    assert (frame["is_anomaly"] == (frame["score"] >= 0.6)).all()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"price": "dear", "volume": 1, "amount": 1}, "Column 'price' holds numbers, got 'dear'"),
        ({"price": 1}, "missing: 'volume', 'amount'"),
        ({**GOOD, "colour": 1}, "does not know the column 'colour'"),
        ({}, "missing: 'price', 'volume', 'amount'"),
        ({**GOOD, "price": [1]}, "data[...]"),
        ([GOOD], "Expected `object`"),
    ],
)
def test_rows_that_are_not_the_models(
    asking: httpx2.Client, model_id: str, row: Any, told: str
) -> None:
    answer = asking.post("/predict", json={"model_id": model_id, "data": row})
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([GOOD, {**GOOD, "price": "x"}], "Row 2: Column 'price' holds numbers, got 'x'"),
        ([GOOD, {"price": 1}], "Row 2: The model wants"),
        ([GOOD, {**GOOD, "y": 1}], "Row 2: The model does not know the column 'y'"),
        ([], "A batch has 1 to 1,000,000 rows, got 0"),
        ({"price": [1], "volume": [1, 2], "amount": [1]}, "All columns must have as many rows"),
        ({"price": [1.0]}, "missing: 'volume', 'amount'"),
        ({}, "there is none"),
    ],
)
def test_batches_that_are_not_the_models(
    asking: httpx2.Client, model_id: str, data: Any, told: str
) -> None:
    answer = asking.post("/predict-batch", json={"model_id": model_id, "data": data})
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"PAR1 no more", 422, "no whole table"),
        (b"a,b\n1,2\n", 422, "A file of csv is not scored"),
        (b"", 422, "the file is empty"),
        (parquet(pl.DataFrame({"x": [1]})), 422, "missing: 'price', 'volume', 'amount'"),
        (parquet(prices(5).drop("volume")), 422, "missing: 'volume'"),
        (parquet(prices(5).head(0)), 422, "no rows"),
        (parquet(prices(5).with_columns(price=pl.lit("x"))), 422, "Row 1: Column 'price'"),
    ],
)
def test_files_that_are_not_the_models(
    server: Served, asking: httpx2.Client, model_id: str, content: bytes, status: int, told: str
) -> None:
    path = f"/predict-batch?model_id={model_id}"
    answer = asking.post(path, content=content, headers=PARQUET)
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert not list((server.services.folder.path / "datasets").glob(".standout-draft-*"))


def test_bombs_are_not_scored(
    asking: httpx2.Client, model_id: str, dated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kilobytes that unpack to billions are refused by what their headers say."""
    many = prices(1).select(pl.all().repeat_by(2_000_000).explode())
    packed, stream = io.BytesIO(), io.BytesIO()
    many.write_parquet(packed)
    many.write_ipc_stream(stream, compression="zstd")
    monkeypatch.setattr(scoring_files, "MAX_ROWS", 1_999_999)
    monkeypatch.setattr(columnar, "MAX_UNPACKED_BYTES", 50_000_000)
    monkeypatch.setattr(columnar, "MAX_TEXT_BYTES", 19_999_999)
    texts = pl.DataFrame({"city": ["x" * 1_000] * 20_000}).with_columns(
        price=1.0, volume=1.0, amount=1.0
    )
    for asked, body, headers, told in (
        (model_id, packed.getvalue(), PARQUET, "The file has 2,000,000 rows; at most 1,999,999"),
        (model_id, stream.getvalue(), ARROW, "The file unpacks to"),
        (dated, parquet(texts), PARQUET, "A part of the file unpacks to 20,000,000 bytes"),
    ):
        assert len(body) < 1_000_000
        answer = asking.post(f"/predict-batch?model_id={asked}", content=body, headers=headers)
        assert (answer.status_code, told in answer.json()["detail"]) == (413, True), answer.text


def test_a_full_disk_is_told(
    server: Served, asking: httpx2.Client, model_id: str, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    for headers, content in ((PARQUET, parquet(prices(60))), (ARROW, arrow(prices(60)))):
        drafts = [tmp_path / "source", tmp_path / "full"]
        drafts[1].symlink_to("/dev/full")
        monkeypatch.setattr(FolderShelf, "draft", lambda _, drafts=drafts: drafts.pop(0))
        path = f"/predict-batch?model_id={model_id}"
        answer = asking.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (
            503,
            "/problems/data-folder-unwritable",
        )
        assert "The verdicts cannot be written" in answer.json()["detail"]
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 400, "no JSON"),
        (b"{", 400, "no JSON"),
        (b"\xff\xfe", 400, "no JSON"),
        (b"[]", 422, "Expected `object`"),
        (b'{"model_id":"x"}', 422, "missing required field `data`"),
        (b'{"data":{}}', 422, "missing required field `model_id`"),
        (b'{"model_id":"x","data":{},"colour":1}', 422, "unknown field `colour`"),
        (b'{"model_id":"none","data":{}}', 404, "Model not found"),
        (b'{"model_id":"none","data":{},"values":[1]}', 422, "send one of them"),
        (b'{"model_id":"x","data":{"a":"' + b"1" * 1_100_000 + b'"}}', 413, "at most 1,048,576"),
    ],
)
def test_bodies_that_are_none(asking: httpx2.Client, body: bytes, status: int, told: str) -> None:
    answer = asking.post("/predict", content=body)
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_methods(asking: httpx2.Client) -> None:
    assert asking.get("/predict").status_code == 405
    asked = {"origin": "http://elsewhere", "access-control-request-method": "POST"}
    assert asking.options("/predict", headers=asked).status_code == 200


def test_the_documentation_tells_both_routes(server: Served) -> None:
    described = create_app(server.services).openapi()
    for path, name in (("/predict", "PredictRequest"), ("/predict-batch", "PredictBatchRequest")):
        schema = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert schema["schema"]["$ref"].endswith(f"/{name}")
        assert name in described["components"]["schemas"]
