"""Novelty by name over HTTP: streams that are made with it, and the list of detectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from websockets.sync.client import connect

from standout.detectors.online.novelty import NoveltyDetector
from tests.serving import Served, served

ROWS = 1_400
VALUES = (np.sin(np.arange(ROWS) / 9) + 0.1 * np.random.default_rng(0).normal(size=ROWS)).tolist()
VALUES[900] = 3.0
AT = {"timestamp": 9}


def put(server: Served, stream: str, **body: Any) -> httpx2.Response:
    return httpx2.put(f"http://127.0.0.1:{server.port}/streams/{stream}", json=body)


def send(server: Served, stream: str, first: int, last: int) -> list[dict[str, Any]]:
    rows = [{"timestamp": 1_700_000_000 + 60 * i, "value": VALUES[i]} for i in range(first, last)]
    path = f"http://127.0.0.1:{server.port}/streams/{stream}/observations?detail=1"
    answer = httpx2.post(path, json=rows)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def test_detectors_are_listed(server: Served) -> None:
    told = server.get("/detectors").json()
    assert told["auto"]["stream"] == "novelty"
    novelty = next(one for one in told["detectors"] if one["name"] == "novelty")
    assert novelty["params"]["properties"]["alarms_per_1000"]["maximum"] == 5
    only = server.get("/detectors?task=series").json()["detectors"]
    assert {one["task"] for one in only} == {"series"}
    assert server.get("/detectors?task=weather").status_code == 422


def test_a_stream_is_pinned_to_what_auto_means(server: Served) -> None:
    made = put(server, "n-auto", detector="auto")
    assert (made.status_code, made.json()["detector"]) == (201, "novelty")
    assert made.json()["warmup_left"] == 150
    assert put(server, "n-auto", detector="auto").status_code == 200
    assert put(server, "n-auto", detector="novelty").status_code == 200
    assert put(server, "n-auto", detector="vote").status_code == 409


def test_parameters_of_a_stream(server: Served) -> None:
    assert put(server, "n-1", detector="novelty", params={"alarms_per_1000": 1}).status_code == 201
    day = {"alarms_per_day": 1, "rows_per_day": 1440}
    assert put(server, "n-2", detector="novelty", params=day).status_code == 201
    refused = put(server, "n-3", detector="novelty", params={"alarms_per_day": 1})
    assert refused.status_code == 422
    assert "rows_per_day must be over 0" in refused.json()["detail"]
    refused = put(server, "n-3", detector="novelty", params={"z_limit": 1})
    assert "it has alarms_per_1000, alarms_per_day, level" in refused.json()["detail"]
    assert server.get("/streams/n-3").status_code == 404


def test_a_restart_changes_no_verdict(tmp_path: Path) -> None:
    params: dict[str, Any] = {"alarms_per_1000": 1.0}
    with served(tmp_path) as server:
        assert put(server, "n", detector="novelty", params=params).status_code == 201
        told = [*send(server, "n", 0, 500), *send(server, "n", 500, 950)]
        names = set(told[-1]["votes"])
        assert {"value", "shape_64", "continuation"} <= names
    with served(tmp_path) as server:
        told += send(server, "n", 950, ROWS)
        found = server.get("/streams/n/anomalies?limit=1000").json()["anomalies"]
    alone = NoveltyDetector(**params).judge_learn_many(np.array(VALUES).reshape(-1, 1))
    assert [one["score"] for one in told[:150]] == [None] * 150
    assert [one["score"] for one in told[150:]] == alone.score[150:].tolist()
    assert [one["expected"] for one in told[150:]] == alone.expected[150:].tolist()
    assert [one["seq"] for one in found] == (1 + np.flatnonzero(alone.score >= 0.6)).tolist()


def test_a_stream_is_made_with_the_detector_that_its_first_sender_names(server: Served) -> None:
    one = "timestamp,value\n1,2\n"
    base = f"http://127.0.0.1:{server.port}"
    for path, body in (
        ("/streams/d-one/observations?detector=auto", one),
        ("/observations?detector=novelty", "id,timestamp,value\nd-many,1,2\n"),
    ):
        answer = httpx2.post(base + path, content=body, headers={"content-type": "text/csv"})
        assert answer.status_code == 200, answer.text
    with connect(f"ws://127.0.0.1:{server.port}/ws/d-socket?detector=iqr") as socket:
        socket.send('{"timestamp": 1, "value": 2}')
        assert json.loads(socket.recv(5))["anomaly"] is None
    told = {name: server.get(f"/streams/{name}").json() for name in ("d-one", "d-many", "d-socket")}
    assert [one["detector"] for one in told.values()] == ["novelty", "novelty", "iqr"]
    # To name it again is fine, another one is not.
    for path, status in (("d-one?detector=novelty", 200), ("d-one?detector=vote", 409)):
        name, _, query = path.partition("?")
        answer = httpx2.post(f"{base}/streams/{name}/observations?{query}", json={"value": 1} | AT)
        assert answer.status_code == status, answer.text
    for query, problem in (("vote", "stream-settings-conflict"), ("nope", "unknown-detector")):
        with connect(f"ws://127.0.0.1:{server.port}/ws/d-socket?detector={query}") as socket:
            assert json.loads(socket.recv(5))["type"] == f"/problems/{problem}"
    refused = httpx2.post(
        f"{base}/streams/d-none/observations?detector=nope", json={"value": 1} | AT
    )
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-detector")
    assert server.get("/streams/d-none").status_code == 404
