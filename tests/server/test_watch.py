"""What the pages listen to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from websockets.sync.client import ClientConnection

from tests.serving import Served


def until(websocket: ClientConnection, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(websocket.recv(20))
        if holds(message):
            return message


def feed(server: Served, name: str, times: range) -> None:
    server.exchange(f"/ws/{name}", *[{"timestamp": t, "value": t % 5} for t in times])


def test_history_then_each_new_row_once_in_order(server: Served) -> None:
    feed(server, "watched", range(100))
    with server.socket("/live/streams/watched") as page:
        history = until(page, lambda m: m["type"] == "history")
        assert history["stream"]["id"] == "watched"
        assert history["points"]["seq"] == list(range(1, 101))
        assert history["points"]["time_us"][-1] == 99_000_000
        assert history["points"]["score"][0] is None
        assert history["points"]["anomaly"][:30] == [None] * 30
        feed(server, "watched", range(100, 300))
        seen: list[int] = []
        while len(seen) < 200:
            points = until(page, lambda m: m["type"] == "points")["points"]
            assert {len(column) for column in points.values()} == {len(points["seq"])}
            seen += points["seq"]
        assert seen == list(range(101, 301))


def test_history_is_the_newest(server: Served) -> None:
    columns = {"timestamp": list(range(5_000)), "value": [1.0] * 5_000}
    server.exchange("/ws/long", columns)
    with server.socket("/live/streams/long") as page:
        points = until(page, lambda m: m["type"] == "history")["points"]
        assert points["seq"] == list(range(3_001, 5_001))


def test_a_page_that_falls_behind_gets_a_new_history(server: Served) -> None:
    feed(server, "flood", range(10))
    with server.socket("/live/streams/flood") as page:
        until(page, lambda m: m["type"] == "history")
        frames = [
            {"timestamp": list(range(t, t + 15_000)), "value": [1.0] * 15_000}
            for t in range(100, 90_100, 15_000)
        ]
        server.exchange("/ws/flood", *frames)
        last = 0
        while last < 90_010:
            message = until(page, lambda m: m["type"] in {"history", "points"})
            seq = message["points"]["seq"]
            assert seq == list(range(seq[0], seq[0] + len(seq)))
            assert message["type"] == "history" or seq[0] == last + 1 or last == 0
            last = seq[-1]


def test_status_follows_the_client(server: Served) -> None:
    feed(server, "status", range(3))
    with server.socket("/live/streams/status") as page:
        until(page, lambda m: m["type"] == "status" and not m["stream"]["active"])
        with server.socket("/ws/status"):
            told = until(page, lambda m: m["type"] == "status" and m["stream"]["active"])
            assert told["stream"]["count"] == 3
        until(page, lambda m: m["type"] == "status" and not m["stream"]["active"])


def test_the_overview_hears_of_new_streams(server: Served) -> None:
    with server.socket("/live/streams") as page:
        first = json.loads(page.recv(20))
        assert first["type"] == "streams"
        known = {s["id"] for s in first["streams"]}
        assert "newcomer" not in known
        feed(server, "newcomer", range(40))
        told = until(page, lambda m: any(s["id"] == "newcomer" for s in m["streams"]))
        assert told["removed"] == []


def test_an_unknown_stream_is_a_problem(server: Served) -> None:
    said, code = server.refused("/live/streams/nobody")
    assert (said[0]["type"], said[0]["status"], code) == ("/problems/stream-not-found", 404, 1008)


def test_batches_come_at_most_twenty_times_a_second(server: Served) -> None:
    """However fast observations come, a page hears of them in few batches, and of each."""
    feed(server, "fast", range(10))
    sent = 600
    with server.socket("/live/streams/fast") as page:
        until(page, lambda m: m["type"] == "history")
        begun = time.monotonic()
        batches, seen = 0, 0
        with server.socket("/ws/fast") as client:
            for t in range(10, 10 + sent):
                client.send(json.dumps({"timestamp": t, "value": 1.0}))
            while seen < sent:
                points = until(page, lambda m: m["type"] == "points")["points"]
                batches += 1
                seen += len(points["seq"])
        assert seen == sent
        assert batches <= (time.monotonic() - begun) * 20 + 2
