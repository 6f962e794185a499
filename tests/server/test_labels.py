"""Labels, and measuring detectors on them."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.serving import Served

SPIKES = (60, 90, 120)


@pytest.fixture(scope="module")
def series(server: Served) -> list[float]:
    values = np.random.default_rng(0).standard_normal(150).round(3)
    values[list(SPIKES)] = 15
    made = [float(v) for v in values]
    server.exchange(
        "/ws/labelled",
        {"timestamp": [1_700_000_000 + 60 * i for i in range(150)], "value": made},
    )
    return made


def post(server: Served, path: str, body: Any) -> httpx2.Response:
    return httpx2.post(f"http://127.0.0.1:{server.port}{path}", json=body, timeout=30)


def label(i: int, word: str = "real", **more: Any) -> dict[str, Any]:
    return {"from": 1_700_000_000 + 60 * i, "label": word, **more}


@pytest.mark.usefixtures("series")
def test_labels_are_kept_and_listed(server: Served) -> None:
    for i in SPIKES[:2]:
        answer = post(server, "/streams/labelled/labels", label(i, note="seen", who="mk"))
        assert answer.status_code == 201
    told = server.get("/streams/labelled/labels").json()
    assert [t["from"] for t in told["labels"]] == ["2023-11-14T23:13:20Z", "2023-11-14T23:43:20Z"]
    assert told["labels"][0] | {"created": ""} == {
        "id": 1,
        "from": "2023-11-14T23:13:20Z",
        "to": "2023-11-14T23:13:20.000001Z",
        "label": "real",
        "note": "seen",
        "who": "mk",
        "created": "",
    }
    first = server.get("/streams/labelled/labels?limit=1").json()
    rest = server.get(f"/streams/labelled/labels?after={first['next']}").json()
    assert first["labels"] + rest["labels"] == told["labels"]
    # The same person's word on the same stretch takes the place of the former.
    again = post(server, "/streams/labelled/labels", label(SPIKES[0], "unsure", who="mk")).json()
    assert again["label"] == "unsure"
    assert len(server.get("/streams/labelled/labels").json()["labels"]) == 2
    post(server, "/streams/labelled/labels", label(SPIKES[0], who="mk"))


def test_a_labelled_stream_is_measured(server: Served, series: list[float]) -> None:
    stretch = {"from": 1_700_000_000 + 60 * 120, "to": "2023-11-15T00:15:00Z", "label": "real"}
    assert post(server, "/streams/labelled/labels", stretch).status_code == 201
    post(server, "/streams/labelled/labels", label(70, "false_alarm"))
    answer = post(server, "/evaluate", {"stream": "labelled"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["rows"], told["anomalous_rows"]) == (150, 4)
    (result,) = told["results"]
    assert (result["detector"], result["version"], result["causal"]) == ("vote", "1", True)
    assert (result["events"]["events"], result["events"]["found"]) == (3, 3)
    labels = [int(i in SPIKES or i == 121) for i in range(150)]
    alike = post(server, "/evaluate", {"values": series, "labels": labels}).json()
    for name in ("vus_pr", "average_precision", "auroc"):
        assert alike["results"][0][name] == result[name]


def test_many_detectors_on_values(server: Served, series: list[float]) -> None:
    body = {
        "values": [*series, None],
        "labels": [*(i in SPIKES for i in range(150)), False],
        "timestamps": list(range(151)),
        "detectors": ["vote", "zscore", "windowed_gaussian"],
        "window": 50,
    }
    results = post(server, "/evaluate", body).json()["results"]
    assert [r["detector"] for r in results] == ["vote", "zscore", "windowed_gaussian"]
    assert results[0]["window"] == 50
    assert results[0]["auroc"] > 0.9


BAD = [
    ({}, "either a stream or values"),
    ({"stream": "labelled", "values": [1]}, "either a stream or values"),
    ({"values": [1.0]}, "Labels are missing"),
    ({"values": [1.0, 2.0], "labels": [1]}, "of one length"),
    ({"values": [], "labels": []}, "of one length over 0"),
    ({"values": [1.0], "labels": [7]}, "labels"),
    ({"values": ["x"], "labels": [1]}, "values"),
    ({"values": [1.0], "labels": [1], "timestamps": ["?"]}, "is no time"),
    ({"values": [1.0], "labels": [1], "detectors": ["oracle"]}, "oracle"),
    ({"values": [1.0], "labels": [1], "detectors": []}, "detectors"),
    ({"values": [1.0], "labels": [1], "detectors": ["half_space_trees"]}, "too slow"),
    ({"values": [1.0], "labels": [1], "window": 3}, "window"),
    ({"stream": "labelled", "colour": 1}, "colour"),
]


@pytest.mark.usefixtures("series")
@pytest.mark.parametrize(("body", "said"), BAD)
def test_what_cannot_be_measured(server: Served, body: dict[str, Any], said: str) -> None:
    answer = post(server, "/evaluate", body)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]


@pytest.mark.usefixtures("series")
def test_labels_that_cannot_be_kept(server: Served) -> None:
    assert post(server, "/streams/nobody/labels", label(1)).status_code == 404
    assert post(server, "/evaluate", {"stream": "nobody"}).status_code == 404
    server.exchange("/ws/plain", {"timestamp": 1, "value": 1})
    unlabelled = post(server, "/evaluate", {"stream": "plain"})
    assert (unlabelled.status_code, "no labels" in unlabelled.json()["detail"]) == (422, True)
    for bad in (
        {"label": "real"},
        {"from": 1, "label": "perhaps"},
        {"from": "?", "label": "real"},
        {"from": 10, "to": 10, "label": "real"},
        {"from": 1, "label": "real", "note": "x" * 2_001},
        {"from": 1, "label": "real", "colour": "red"},
    ):
        assert post(server, "/streams/plain/labels", bad).status_code == 422
    large = post(server, "/streams/plain/labels", {"from": 1, "note": "x" * 100_000})
    assert large.status_code == 413
    assert server.get("/streams/plain/labels").json()["labels"] == []


@pytest.mark.usefixtures("series")
def test_a_label_can_be_taken_back(server: Served) -> None:
    kept = post(server, "/streams/labelled/labels", label(100, "unsure")).json()
    url = f"http://127.0.0.1:{server.port}/streams/labelled/labels/{kept['id']}"
    assert httpx2.delete(url).status_code == 204
    told = server.get("/streams/labelled/labels").json()["labels"]
    assert kept["id"] not in [one["id"] for one in told]
    gone = httpx2.delete(url)
    assert gone.status_code == 404
    assert gone.json()["type"] == "/problems/label-not-found"
    assert httpx2.delete(url.replace("labelled/", "nobody/", 1)).status_code == 404
    assert httpx2.delete(url.rsplit("/", 1)[0] + "/x").status_code == 422


@pytest.mark.usefixtures("series")
def test_labels_are_exported_as_csv(server: Served) -> None:
    odd = label(110, "real", note='=1+1, "quoted"\nand a line', who="@mk")
    kept = post(server, "/streams/labelled/labels", odd).json()
    answer = server.get("/streams/labelled/labels?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="labelled-labels.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = server.get("/streams/labelled/labels?limit=1000").json()["labels"]
    assert [int(row["id"]) for row in rows] == [one["id"] for one in told]
    last = next(row for row in rows if int(row["id"]) == kept["id"])
    # A spreadsheet would compute a text that begins with a sign.
    assert last["note"] == "'" + odd["note"]
    assert last["who"] == "'@mk"
    httpx2.delete(f"http://127.0.0.1:{server.port}/streams/labelled/labels/{kept['id']}")


@pytest.mark.usefixtures("series")
def test_anomalies_carry_their_labels(server: Served) -> None:
    kept = post(server, "/streams/labelled/labels", label(SPIKES[1], "real", who="mk")).json()
    told = server.get("/streams/labelled/anomalies").json()["anomalies"]
    labels = {one["timestamp"]: one["label"] for one in told}
    assert labels[kept["from"]] == kept
    later = post(server, "/streams/labelled/labels", label(SPIKES[1], "unsure", who="jo")).json()
    told = server.get("/streams/labelled/anomalies").json()["anomalies"]
    labels = {one["timestamp"]: one["label"] for one in told}
    assert labels[kept["from"]] == later  # the newest word
    for one in (kept, later):
        httpx2.delete(f"http://127.0.0.1:{server.port}/streams/labelled/labels/{one['id']}")
