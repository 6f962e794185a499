"""The timeline of all streams, and what waits for a label."""

from __future__ import annotations

import time
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.serving import Served

START_US = 1_700_000_000_000_000
HOUR = 3_600


def upload(server: Served, name: str, values: Any, step_s: int = 60) -> None:
    times = START_US + np.arange(len(values)) * step_s * 1_000_000
    columns = {"timestamp": times.tolist(), "value": [float(v) for v in values]}
    url = f"http://127.0.0.1:{server.port}/streams/{name}/observations"
    assert httpx2.post(url, json=columns, timeout=60).status_code == 200


@pytest.fixture(scope="module", autouse=True)
def streams(server: Served) -> None:
    values = np.random.default_rng(1).uniform(-1, 1, 600).round(4)
    upload(server, "calm", values)
    values[[200, 400, 599]] += 40
    upload(server, "loud", values)


def timeline(server: Served, query: str = "") -> dict[str, Any]:
    answer = server.get(f"/timeline?{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def lane(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in told["lanes"] if one["id"] == name)


def test_each_bucket_tells_its_highest_score(server: Served) -> None:
    told = timeline(server, f"span={10 * HOUR}&buckets=10")
    assert told["align"] == "newest"
    loud = lane(told, "loud")
    rows = server.get("/streams/loud/observations?limit=1000").json()["observations"]
    begin = loud["from_us"]
    highest: list[float | None] = [-1] * 10
    flagged = [0] * 10
    for row in rows:
        at_us = int(np.datetime64(row["timestamp"].rstrip("Z"), "us").astype(np.int64))
        at = (at_us - begin) // (HOUR * 1_000_000)
        if not 0 <= at < 10:
            continue
        known = [v for v in (highest[at], row["score"]) if v is not None and v >= 0]
        highest[at] = round(max(known), 3) if known else None
        flagged[at] += row["anomaly"] == 1
    assert loud["peaks"] == highest
    assert loud["flagged"] == flagged
    assert sum(flagged) >= 3
    calm = lane(told, "calm")["peaks"]
    both = zip(loud["peaks"], calm, strict=True)
    assert told["all"] == [max((v for v in p if v is not None), default=None) for p in both]


def test_what_goes_on_is_named(server: Served) -> None:
    told = timeline(server)
    assert lane(told, "loud")["ongoing"]["last_seq"] == 600
    assert lane(told, "calm")["ongoing"] is None


def test_aligned_to_now_old_streams_are_empty(server: Served) -> None:
    told = timeline(server, "align=now")
    assert told["align"] == "now"
    assert told["from"] is not None
    assert set(told["all"]) == {-1}


def test_lanes_come_in_pages(server: Served) -> None:
    first = timeline(server, "limit=1")
    assert [one["id"] for one in first["lanes"]] == ["calm"]
    assert first["streams"] == 2
    rest = timeline(server, f"limit=1&after={first['next']}")
    assert [one["id"] for one in rest["lanes"]] == ["loud"]
    assert rest["next"] is None
    assert rest["all"] == first["all"]


def test_a_label_empties_the_queue_at_once(server: Served) -> None:
    before = server.get("/anomalies/unlabelled").json()
    assert before["total"] == timeline(server)["to_label"] == len(before["anomalies"])
    first = before["anomalies"][0]
    assert (first["stream"], first["anomaly"]["ongoing"]) == ("loud", True)
    url = f"http://127.0.0.1:{server.port}/streams/loud/labels"
    body = {"from": first["anomaly"]["from"], "to": first["anomaly"]["to"], "label": "false_alarm"}
    kept = httpx2.post(url, json=body).json()
    after = server.get("/anomalies/unlabelled").json()
    assert after["total"] == before["total"] - 1
    assert after["last_labelled"] is not None
    told = timeline(server)
    assert (told["false_alarms"], told["labelled"], told["real"]) == (1, 1, 0)
    assert lane(told, "loud")["ongoing"] is None  # a false alarm needs no look
    assert httpx2.delete(f"{url}/{kept['id']}").status_code == 204
    assert server.get("/anomalies/unlabelled").json()["total"] == before["total"]


def test_new_observations_are_seen(server: Served) -> None:
    upload(server, "grows", np.random.default_rng(2).uniform(-1, 1, 60))
    told = timeline(server, "span=7200&buckets=4")
    url = f"http://127.0.0.1:{server.port}/streams/grows/observations"
    later = START_US + 90 * 60 * 1_000_000
    for _ in range(40):
        httpx2.post(url, json=[{"timestamp": later, "value": 60.0}])
        again = timeline(server, "span=7200&buckets=4")
        if lane(again, "grows")["to_us"] != lane(told, "grows")["to_us"]:
            break
        time.sleep(0.1)
    assert sum(lane(again, "grows")["flagged"]) == 1
    assert httpx2.delete(url.removesuffix("/observations")).status_code == 204


@pytest.mark.parametrize(
    "query", ["span=0", "span=-1", "span=1e99", "buckets=0", "buckets=401", "align=x", "limit=0"]
)
def test_what_cannot_be_a_timeline_is_refused(server: Served, query: str) -> None:
    for path in ("/timeline", "/anomalies/unlabelled"):
        answer = server.get(f"{path}?{query}")
        assert answer.status_code == 422, answer.text
