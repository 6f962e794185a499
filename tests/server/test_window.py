"""Windows over HTTP: what a chart of some pixels shows."""

from __future__ import annotations

import json
import struct
from typing import Any

import httpx2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving import Served

BINARY = "application/octet-stream"
START_US = 1_700_000_000_000_000
ROWS = 3_000
SPIKES = (500, 1_200, 1_201, 1_202, 2_800)


def upload(server: Served, name: str, values: Any, step_us: int = 1_000_000) -> None:
    times = START_US + np.arange(len(values)) * step_us
    columns = {
        "timestamp": times.tolist(),
        "value": [None if np.isnan(v) else float(v) for v in values],
    }
    url = f"http://127.0.0.1:{server.port}/streams/{name}/observations"
    assert httpx2.post(url, json=columns, timeout=60).status_code == 200


@pytest.fixture(scope="module", autouse=True)
def stream(server: Served) -> None:
    values = np.random.default_rng(3).uniform(-1, 1, ROWS).round(4)
    values[list(SPIKES)] += 40
    values[2_000:2_010] = np.nan
    upload(server, "pump", values)


def iso(row: float) -> str:
    us = START_US + round(row * 1e6)
    return str(np.datetime64(us, "us")) + "Z"


def window(server: Served, query: str = "") -> dict[str, Any]:
    answer = server.get(f"/streams/pump/window?{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    (length,) = struct.unpack("<I", content[:4])
    header = json.loads(content[4 : 4 + length])
    begin = 4 + length
    assert begin % 8 == 0
    numbers = np.frombuffer(content[begin:], "<f8").reshape(len(header["columns"]), header["n"])
    return header, dict(zip(header["columns"], numbers, strict=True))


def test_json_and_binary_tell_the_same(server: Served) -> None:
    told = window(server, "px=300")
    answer = server.get("/streams/pump/window?px=300", Accept=BINARY)
    assert answer.headers["content-type"] == BINARY
    assert "Accept" in answer.headers["vary"]
    header, columns = unpacked(answer.content)
    data = told.pop("data")
    assert header == told
    assert header["n"] <= 300
    for name, column in columns.items():
        plain = np.array([np.nan if v is None else v for v in data[name]])
        np.testing.assert_array_equal(column, plain)


def test_the_query_goes_before_accept(server: Served) -> None:
    binary = server.get("/streams/pump/window?format=binary", Accept="application/json")
    assert binary.headers["content-type"] == BINARY
    plain = server.get("/streams/pump/window?format=json", Accept=BINARY)
    assert plain.headers["content-type"] == "application/json"
    assert server.get("/streams/pump/window").headers["content-type"] == "application/json"


def test_few_rows_are_told_as_they_are(server: Served) -> None:
    told = window(server, f"from={iso(495)}&to={iso(505)}&px=1000")
    data = told["data"]
    assert data["count"] == [1] * 10
    assert data["time_us"] == [START_US + i * 1_000_000 for i in range(495, 505)]
    assert data["min"] == data["max"]
    assert max(data["max"]) > 38
    stored = server.get(f"/streams/pump/observations?from={iso(495)}&to={iso(505)}").json()
    assert data["peak"] == [one["score"] for one in stored["observations"]]
    voters = list(stored["observations"][5]["votes"])
    assert told["voters"] == voters
    for name in voters:
        assert data[f"votes.{name}"] == [o["votes"][name] for o in stored["observations"]]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_spike_is_lost_at_any_zoom(server: Served, data: st.DataObject) -> None:
    low = data.draw(st.integers(-50, ROWS - 1))
    high = data.draw(st.integers(low + 1, ROWS + 50))
    px = data.draw(st.integers(1, 2_000))
    told = window(server, f"from={iso(low)}&to={iso(high)}&px={px}")
    rows = server.get(
        f"/streams/pump/observations?from={iso(low)}&to={iso(high)}", Accept="application/x-ndjson"
    )
    stored = [json.loads(line) for line in rows.text.splitlines()]
    columns = told["data"]
    assert told["n"] <= px
    assert sum(columns["count"]) == len(stored) == told["rows"]
    flagged = sum(one["anomaly"] == 1 for one in stored)
    assert sum(columns["anomalies"]) == flagged == told["flagged"]
    for name, column, pick in (
        ("value", "max", max),
        ("value", "min", min),
        ("score", "peak", max),
    ):
        known = [one[name] for one in stored if one[name] is not None]
        shown = [v for v in columns[column] if v is not None]
        assert pick(known, default=None) == pick(shown, default=None)
    for row in SPIKES:
        if low <= row < high:
            at = START_US + row * 1_000_000
            spans = zip(columns["time_us"], columns["end_us"], columns["max"], strict=True)
            assert any(begin <= at <= end and top > 38 for begin, end, top in spans)


@pytest.mark.parametrize(("low", "high"), [(0, ROWS), (400, 1_202), (1_201, 1_300), (501, 1_200)])
def test_its_bounds_are_those_of_the_anomalies(server: Served, low: int, high: int) -> None:
    bounds = f"from={iso(low)}&to={iso(high)}"
    told = window(server, f"{bounds}&px=50")
    page = server.get(f"/streams/pump/anomalies?{bounds}&limit=1000").json()
    assert told["flagged"] == len(page["anomalies"])
    inside = {one["seq"] for one in page["anomalies"]}
    covered = {seq for one in told["anomalies"] for seq in range(one["seq"], one["last_seq"] + 1)}
    assert inside <= covered
    for one in told["anomalies"]:
        assert inside & set(range(one["seq"], one["last_seq"] + 1))


def test_an_anomaly_over_an_edge_is_told_whole(server: Served) -> None:
    whole = next(o for o in window(server, "px=10")["anomalies"] if o["seq"] == 1_201)
    assert whole["count"] >= 2
    cut = window(server, f"from={iso(1_201)}&to={iso(1_300)}&px=10")["anomalies"][0]
    assert (cut["seq"], cut["from"], cut["count"]) == (1_201, whole["from"], whole["count"])


def test_the_newest_anomalies_are_told_where_there_are_too_many(server: Served) -> None:
    every = window(server, "px=10&limit=1000")
    few = window(server, "px=10&limit=2")
    assert few["anomalies"] == every["anomalies"][-2:]
    assert few["anomalies_cut"]
    assert not every["anomalies_cut"]
    assert window(server, "px=10&limit=0&votes=false")["anomalies"] == []


def test_seq_and_rate_let_the_feed_go_on(server: Served) -> None:
    told = window(server, "px=10")
    assert told["seq"] == ROWS
    assert told["rate"] == 1.0
    assert told["step_us"] == 1_000_000


def test_a_label_comes_with_its_anomaly(server: Served) -> None:
    one = window(server, "px=10")["anomalies"][0]
    body = {"from": one["from"], "to": one["to"], "label": "real", "who": "mk"}
    url = f"http://127.0.0.1:{server.port}/streams/pump/labels"
    kept = httpx2.post(url, json=body).json()
    told = window(server, "px=10")
    assert told["anomalies"][0]["label"] == kept
    assert told["labels"] == [kept]
    assert httpx2.delete(f"{url}/{kept['id']}").status_code == 204
    assert window(server, "px=10")["anomalies"][0]["label"] is None


def test_a_stream_without_rows_has_an_empty_window(server: Served) -> None:
    assert httpx2.put(f"http://127.0.0.1:{server.port}/streams/none").status_code == 201
    told = server.get("/streams/none/window").json()
    assert (told["n"], told["seq"], told["anomalies"]) == (0, 0, [])
    header, columns = unpacked(server.get("/streams/none/window", Accept=BINARY).content)
    assert header["n"] == 0
    assert all(len(column) == 0 for column in columns.values())


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("px=0", 422),
        ("px=5000", 422),
        ("px=x", 422),
        ("limit=1001", 422),
        ("format=xml", 422),
        ("from=nonsense", 422),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422),
    ],
)
def test_what_cannot_be_a_window_is_refused(server: Served, query: str, status: int) -> None:
    answer = server.get(f"/streams/pump/window?{query}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert server.get("/streams/nobody/window").status_code == 404


def test_many_rows_make_no_more_columns(server: Served) -> None:
    """Beyond what is read row by row, blocks are summed up; extremes stay exact."""
    values = np.random.default_rng(5).uniform(-1, 1, 60_000)
    values[[31_234, 59_999]] = 50
    upload(server, "long", values, step_us=100_000)
    told = server.get("/streams/long/window?px=400").json()
    assert told["n"] <= 400
    assert told["rows"] == 60_000
    assert max(told["data"]["max"]) == 50
    assert told["votes_of"] == "flagged"
    assert {"seq": 31_235}.items() <= next(
        o for o in told["anomalies"] if o["seq"] == 31_235
    ).items()
