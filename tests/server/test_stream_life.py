"""``PUT`` and ``DELETE /streams/{id}``."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.server.uploading import CSV, FORMATS, post, rows_of, send
from tests.serving import READ_TIMEOUT_S, Served, served


def put(server: Served, name: str, settings: Any = None) -> httpx2.Response:
    url = f"http://127.0.0.1:{server.port}/streams/{name}"
    return httpx2.put(url) if settings is None else httpx2.put(url, json=settings)


def delete(server: Served, name: str) -> httpx2.Response:
    return httpx2.delete(f"http://127.0.0.1:{server.port}/streams/{name}")


def until_closed(websocket: ClientConnection) -> list[Any]:
    heard = []
    with suppress(ConnectionClosed):
        while True:
            heard.append(json.loads(websocket.recv(READ_TIMEOUT_S)))
    return heard


def test_a_stream_is_made_once(server: Served) -> None:
    settings = {
        "window": 40,
        "detector": "zscore",
        "params": {"z_limit": 2},
        "tz": "Asia/Tokyo",
        "time_unit": "ms",
    }
    made = put(server, "made", settings)
    assert made.status_code == 201
    told = made.json()
    assert {k: told[k] for k in settings if k != "params"} == {
        k: v for k, v in settings.items() if k != "params"
    }
    assert (told["count"], told["warmup_left"], told["active"]) == (0, 30, False)
    for same in (settings, None, {}, {"params": {"z_limit": 2.0, "fence": 1.5}}, {"window": 40}):
        again = put(server, "made", same)
        assert (again.status_code, again.json()) == (200, told)
    others: list[dict[str, Any]] = [
        {"window": 41},
        {"detector": "vote"},
        {"params": {}},
        {"params": {"z_limit": 3}},
        {"tz": "UTC"},
        {"time_unit": "s"},
    ]
    for other in others:
        answer = put(server, "made", other)
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "/problems/stream-settings-conflict",
        )
    assert server.get("/streams/made").json() == told


def test_settings_reach_the_verdicts(data_dir: Path) -> None:
    """A stricter stream of the same window differs, and does so after a restart."""
    series = [1.0, 2.0, 3.0, 2.0] * 15 + [4.2, 2.0] * 20
    sent = rows_of(series)
    with served(data_dir) as server:
        put(server, "strict", {"window": 50, "detector": "zscore", "params": {"z_limit": 1.1}})
        put(server, "loose", {"window": 50, "detector": "zscore", "params": {"z_limit": 9.0}})
        strict = server.exchange("/ws/strict", *sent[:70])
        loose = server.exchange("/ws/loose", *sent[:70])
    with served(data_dir) as server:
        strict += send(server, "/streams/strict/observations", FORMATS[0], sent[70:])
        loose += send(server, "/streams/loose/observations", FORMATS[0], sent[70:])
        put(server, "whole", {"window": 50, "detector": "zscore", "params": {"z_limit": 1.1}})
        assert server.exchange("/ws/whole", *sent) == strict
    assert sum(row["anomaly"] == 1 for row in strict[30:]) > 0
    assert sum(row["anomaly"] == 1 for row in loose[30:]) == 0


WRONG = [
    {"window": 9},
    {"window": 10_001},
    {"window": "many"},
    {"window": 50.5},
    {"detector": "nobody"},
    {"detector": 7},
    {"params": {"nothing": 1}},
    {"params": {"window": 50}},
    {"params": {"decider": "iqr"}},
    {"params": {"z_limit": -1}},
    {"params": {"z_limit": "3"}},
    {"params": {"z_limit": True}},
    {"params": {"seed": 1.5}},
    {"params": [1]},
    {"tz": "Nowhere/Town"},
    {"time_unit": "h"},
    {"colour": "red"},
    [],
]


@pytest.mark.parametrize("settings", WRONG, ids=str)
def test_settings_that_cannot_be(server: Served, settings: Any) -> None:
    answer = put(server, "wrong", settings)
    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert server.get("/streams/wrong").status_code == 404


def test_an_id_that_cannot_be(server: Served) -> None:
    assert put(server, "x%00", {}).status_code == 422
    assert delete(server, "x%00").status_code == 422
    assert delete(server, "nobody").status_code == 404


def test_a_deleted_stream_is_gone_and_can_come_back(data_dir: Path) -> None:
    with served(data_dir) as server:
        before = server.exchange("/ws/back", *rows_of([1.0, 2.0] * 30))
        assert before[-1]["anomaly"] == 0
        answer = delete(server, "back")
        assert (answer.status_code, answer.content) == (204, b"")
        for path in ("", "/anomalies", "/observations"):
            assert server.get(f"/streams/back{path}").status_code == 404
        assert delete(server, "back").status_code == 404
    with served(data_dir) as server:
        assert server.get("/streams/back").status_code == 404
        again = server.exchange("/ws/back?window=50", *rows_of([5.0, 6.0]))
        assert [row["anomaly"] for row in again] == [None, None]
        told = server.get("/streams/back").json()
        assert (told["count"], told["window"]) == (2, 50)


def test_a_connected_client_is_told(server: Served) -> None:
    with server.socket("/ws/told") as sending, server.socket("/live/streams/told") as watching:
        said = [json.loads(watching.recv(READ_TIMEOUT_S))]
        sending.send(json.dumps(rows_of([1.0, 2.0, 3.0])))
        assert len(json.loads(sending.recv(READ_TIMEOUT_S))) == 3
        assert delete(server, "told").status_code == 204
        last = json.loads(sending.recv(READ_TIMEOUT_S))
        assert (last["type"], last["status"]) == ("/problems/stream-deleted", 409)
        with pytest.raises(ConnectionClosed):
            sending.recv(READ_TIMEOUT_S)
        assert sending.protocol.close_code == 1008
        said += until_closed(watching)
        assert said[-1]["type"] == "/problems/stream-not-found"
        assert watching.protocol.close_code == 1008
    assert server.exchange("/ws/told", *rows_of([9.0]))[0]["anomaly"] is None
    assert server.get("/streams/told").json()["count"] == 1


def test_what_is_on_its_way_is_answered_before(server: Served) -> None:
    frames = [json.dumps(rows_of([1.0] * 100, start=100 * i)) for i in range(200)]
    with server.socket("/ws/way") as sending:
        for frame in frames[:100]:
            sending.send(frame)
        assert len(json.loads(sending.recv(READ_TIMEOUT_S))) == 100
        assert delete(server, "way").status_code == 204
        heard = until_closed(sending)
    assert heard[-1]["type"] == "/problems/stream-deleted"
    assert all(len(answer) == 100 for answer in heard[:-1])
    assert server.get("/streams/way").status_code == 404


def test_the_list_says_that_it_is_gone(server: Served) -> None:
    post(server, "/streams/listed/observations", "timestamp,value\n1,1\n", CSV)
    with server.socket("/live/streams") as watching:
        first = json.loads(watching.recv(READ_TIMEOUT_S))
        assert "listed" in [s["id"] for s in first["streams"]]
        delete(server, "listed")
        while "listed" not in json.loads(watching.recv(READ_TIMEOUT_S))["removed"]:
            pass
