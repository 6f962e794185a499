"""Every detector by its name, through every door that takes it: each answers what it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from click.testing import CliRunner

from standout.cli.program import program
from standout.schemas.detectors import DetectorInfo
from standout.service.detectors import detectors
from standout.service.scoring import detect
from tests.server.tables import client, prices, train, upload
from tests.serving import Served

ALL = detectors()
STREAM = [one for one in ALL.detectors if one.task == "stream"]
SERIES = [one for one in ALL.detectors if one.task == "series"]
TABLE = [one for one in ALL.detectors if one.task == "table"]
QUICK = {"auto", "isolation_forest"}

ROWS = 600
_RANDOM = np.random.default_rng(3)
VALUES = (20 + np.sin(np.arange(ROWS) / 9) + 0.2 * _RANDOM.standard_normal(ROWS)).round(3)
VALUES[500] = 45.0
TIMES = [f"2026-03-01 {i // 60:02}:{i % 60:02}:00" for i in range(ROWS)]
CSV = "timestamp,value\n" + "".join(
    f"{time},{value}\n" for time, value in zip(TIMES, VALUES.tolist(), strict=True)
)


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with client(server) as found:
        yield found


@pytest.fixture(scope="module")
def dataset_id(asking: httpx2.Client) -> str:
    return upload(asking, prices(80))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "pump.csv"
    path.write_text(CSV)
    return path


def named(one: DetectorInfo) -> str:
    return one.name


def alone(name: str) -> list[float | None]:
    """Return what the detector itself says of the values."""
    return [None if np.isnan(s) else s for s in detect(VALUES, detector=name).score.tolist()]


def asked_of_files(name: str) -> dict[str, Any]:
    """Return a query; without a window a file's baseline is that of the config."""
    return {"detector": name, **({"window": 100} if name == "baseline" else {})}


def anomalies(scores: list[float | None]) -> list[int]:
    return [i for i, score in enumerate(scores) if score is not None and score >= 0.6]


def test_the_list_is_what_the_service_tells(asking: httpx2.Client) -> None:
    assert asking.get("/detectors").json() == ALL.model_dump(mode="json")
    assert ALL.auto == {"stream": "novelty", "series": "auto", "table": "auto"}
    told = asking.get("/algorithms").json()["algorithms"]
    assert [one["name"] for one in told] == [one.name for one in TABLE]


@pytest.mark.parametrize("name", [*map(named, STREAM), "auto"])
def test_a_stream_takes_it(server: Served, asking: httpx2.Client, name: str) -> None:
    """Half by socket, half over HTTP."""
    meant = ALL.auto["stream"] if name == "auto" else name
    made = asking.put(f"/streams/by-{name}", json={"detector": name})
    assert (made.status_code, made.json()["detector"]) == (201, meant)
    half = ROWS // 2
    columns = {"timestamp": TIMES[:half], "value": VALUES[:half].tolist()}
    answer: dict[str, Any] = server.exchange(f"/ws/by-{name}?detail=1", columns)[0]
    rows = [{"timestamp": TIMES[i], "value": VALUES[i]} for i in range(half, ROWS)]
    later = asking.post(f"/streams/by-{name}/observations?detail=1", json=rows).json()
    assert answer["score"] + [one["score"] for one in later] == alone(meant)
    assert asking.get(f"/streams/by-{name}").json()["detector"] == meant


@pytest.mark.parametrize("name", [named(one) for one in SERIES if one.name != "auto"])
def test_a_stream_refuses_what_judges_whole_series(asking: httpx2.Client, name: str) -> None:
    refused = asking.put("/streams/none", json={"detector": name})
    assert refused.status_code in {404, 422}
    assert "novelty" in refused.json()["detail"]
    assert asking.get("/streams/none").status_code == 404


@pytest.mark.parametrize("one", [*STREAM, *SERIES], ids=named)
def test_a_series_a_file_and_the_command_take_it(
    asking: httpx2.Client, file: Path, one: DetectorInfo
) -> None:
    wanted = alone(one.name)
    series = asking.post("/detect", json={"values": VALUES.tolist(), "detector": one.name}).json()
    assert (series["detector"], series["score"]) == (one.name, wanted)
    sent = {"file": ("pump.csv", CSV)}
    found = asking.post("/detect/", params=asked_of_files(one.name), files=sent).json()
    flagged = [row["timestamp"] for row in found["anomalies"]]
    assert flagged == [TIMES[i] for i in anomalies(wanted)]
    ran = CliRunner().invoke(program, ["detect", str(file), "--detector", one.name])
    assert ran.exit_code == 0, ran.output
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert [float(row["score"]) if row["score"] else None for row in rows] == wanted


@pytest.mark.parametrize("name", [*map(named, STREAM), "auto"])
def test_a_file_is_played_back_with_it(asking: httpx2.Client, name: str) -> None:
    meant = ALL.auto["stream"] if name == "auto" else name
    told = asking.post(
        "/simulate/",
        params={**asked_of_files(name), "rate": 100_000, "wait": True},
        files={"file": ("pump.csv", CSV)},
    ).json()
    flagged = [i for i, row in enumerate(told["results"]) if row["status"] == "ANOMALY"]
    assert flagged == anomalies(alone(meant))


@pytest.mark.parametrize(
    "one",
    # Each is trained in a process of its own: the others with the slow tests.
    [one if one.name in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in TABLE],
    ids=named,
)
def test_a_dataset_takes_it(asking: httpx2.Client, dataset_id: str, one: DetectorInfo) -> None:
    labels = {"label_column": "is_anomaly"} if one.supervised else {}
    made = train(asking, dataset_id, algorithm=one.name, **labels)
    assert (made["state"], made["version"]) == ("ready", 1), made
    rows = prices(20).drop("is_anomaly").to_dicts()
    body = {"model_id": made["model_id"], "data": rows}
    predicted = asking.post("/predict-batch", json=body).json()["predictions"]
    assert len(predicted["verdicts"]) == len(rows)
    scores = [one["score"] for one in predicted["verdicts"]]
    assert min(scores[9], scores[19]) > float(np.median(scores))
    assert asking.get(f"/models/{made['model_id']}").json()["algorithm"] == one.name


def test_names_that_nobody_has_are_refused_at_every_door(
    asking: httpx2.Client, dataset_id: str, file: Path
) -> None:
    refusals = [
        asking.put("/streams/none", json={"detector": "magic"}),
        asking.post("/detect", json={"values": [1.0], "detector": "magic"}),
        asking.post("/detect/", params={"detector": "magic"}, files={"file": ("a.csv", CSV)}),
        asking.post("/simulate/", params={"detector": "magic"}, files={"file": ("a.csv", CSV)}),
        asking.post(f"/train/{dataset_id}", json={"algorithm": "magic", "target_column": "price"}),
    ]
    for refused in refusals:
        assert refused.status_code in {404, 422}, refused.text
        assert "magic" in refused.json()["detail"]
    ran = CliRunner().invoke(program, ["detect", str(file), "--detector", "magic"])
    assert ran.exit_code != 0
