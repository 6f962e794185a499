"""A page that comes back is told what it has missed, once; and nobody reads what is unchanged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from standout.domain.records import Snapshot, Stream
from standout.server.live import watch
from standout.service.summary_cache import SummaryCache
from standout.store.sqlite import SqliteStore
from tests.server.test_stream_life import delete, put
from tests.server.test_watch import feed, until
from tests.serving import Served


def messages(page: ClientConnection) -> Iterator[dict[str, Any]]:
    while True:
        yield json.loads(page.recv(20))


def test_what_was_missed_comes_first_then_what_is_new(server: Served) -> None:
    feed(server, "missed", range(100))
    # One that came late has a high number and an old time.
    server.exchange("/ws/missed", {"timestamp": 50.5, "value": 1.0})
    with server.socket("/live/streams/missed?after=95") as page:
        told = messages(page)
        status = next(told)
        assert (status["type"], status["stream"]["count"]) == ("status", 101)
        missed = next(message for message in told if message["type"] != "status")
        assert missed["type"] == "points"
        assert missed["points"]["seq"] == [96, 97, 98, 99, 100, 101]
        assert missed["points"]["late"] == [False] * 5 + [True]
        feed(server, "missed", range(100, 110))
        seen: list[int] = []
        while len(seen) < 10:
            message = next(told)
            assert message["type"] != "history"
            seen += message["points"]["seq"] if message["type"] == "points" else []
        assert seen == list(range(102, 112))


def test_a_page_that_missed_nothing_is_told_nothing_twice(server: Served) -> None:
    feed(server, "nothing", range(10))
    with server.socket("/live/streams/nothing?after=10") as page:
        until(page, lambda m: m["type"] == "status")
        feed(server, "nothing", range(10, 12))
        points = until(page, lambda m: m["type"] == "points")["points"]
        assert points["seq"][0] == 11


def test_too_much_or_no_longer_kept_begins_anew(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(server, "much", range(60))
    monkeypatch.setattr(watch, "MAX_MISSED", 40)
    monkeypatch.setattr(watch, "MESSAGE_ROWS", 15)
    for after, kind in ((19, "history"), (1_000, "history"), (20, "points")):
        with server.socket(f"/live/streams/much?after={after}") as page:
            first = until(page, lambda m: m["type"] in {"history", "points"})
            assert first["type"] == kind
            if kind == "points":
                assert first["points"]["seq"] == list(range(21, 36))
    record = server.services.store.stream(0, "much")
    assert record is not None
    server.services.store.trim(record, before_us=30_000_000).result()
    for after, kind in ((25, "history"), (30, "points")):
        with server.socket(f"/live/streams/much?after={after}") as page:
            first = until(page, lambda m: m["type"] in {"history", "points"})
            assert first["type"] == kind


def test_cuts_under_load_lose_nothing_and_double_nothing(server: Served) -> None:
    feed(server, "loaded", range(10))
    last = 4_000
    sender = threading.Thread(target=feed, args=(server, "loaded", range(10, last)))
    with server.socket("/live/streams/loaded") as page:
        seen = until(page, lambda m: m["type"] == "history")["points"]["seq"]
    sender.start()
    while len(seen) < last:
        with server.socket(f"/live/streams/loaded?after={seen[-1]}") as page:
            for _ in range(3):
                message = json.loads(page.recv(20))
                assert message["type"] != "history"
                seen += message["points"]["seq"] if message["type"] == "points" else []
                if len(seen) == last:
                    break
    sender.join()
    assert seen == list(range(1, last + 1))


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "9" * 30])
def test_a_number_that_is_none_is_a_problem(server: Served, after: str) -> None:
    feed(server, "numbers", range(3))
    said, code = server.refused(f"/live/streams/numbers?after={after}")
    assert (said[0]["type"], code) == ("/problems/invalid-parameter", 1008)


def test_streams_that_nobody_uses_are_read_once(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(5):
        feed(server, f"idle-{i}", range(3))
    reads: list[str] = []
    snapshot = SqliteStore.snapshot

    def reading(self: SqliteStore, stream: Stream) -> Snapshot | None:
        reads.append(stream.id)
        return snapshot(self, stream)

    monkeypatch.setattr(SqliteStore, "snapshot", reading)
    names = {f"idle-{i}" for i in range(5)}

    def standing() -> dict[str, Any]:
        page = server.get("/streams?limit=1000").json()["streams"]
        return {s["id"]: s for s in page if s["id"] in names}

    before = standing()
    # A stream that was just let go of may be read twice.
    standing()
    reads.clear()
    assert standing() == before
    assert not names & set(reads)

    feed(server, "idle-2", range(3, 8))
    put(server, "idle-3", {"unit": "bar"})
    delete(server, "idle-4")
    feed(server, "idle-4", range(2))
    now = standing()
    assert now["idle-2"]["count"] == 8
    assert now["idle-3"]["unit"] == "bar"
    assert now["idle-4"]["count"] == 2
    assert now["idle-0"] == before["idle-0"]
    with server.socket("/ws/idle-0"):
        assert standing()["idle-0"]["active"] is True
    feed(server, "idle-1", range(3, 4))
    assert standing()["idle-1"]["count"] == 4


def test_what_is_read_while_a_stream_is_loaded_is_not_kept() -> None:
    cache = SummaryCache()
    record, summary = object(), object()
    record = type("Record", (), {"id": "a"})()
    ticket = cache.ticket
    cache.forget("b")
    cache.put(record, summary, ticket)  # type: ignore[arg-type]
    assert cache.get(record) is None
    cache.put(record, summary, cache.ticket)  # type: ignore[arg-type]
    assert cache.get(record) is summary
    cache.forget("a")
    assert cache.get(record) is None
