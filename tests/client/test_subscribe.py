"""A subscription loses nothing and gives nothing twice, whatever happens to its connection."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import pytest

import standout
from standout.client import Client
from standout.client.follower import Follower
from standout.errors import MalformedMessage, ServerUnreachable, StreamDeleted, StreamNotFound
from standout.schemas.live import History, PointColumns, Points, Status
from standout.schemas.streams import KeptObservation
from tests.client.cable import Cable
from tests.client.faces import client_of
from tests.client.test_client import series, times
from tests.serving import Served


@pytest.fixture
def cable(server: Served) -> Iterator[Cable]:
    with Cable(server.port).laid() as laid:
        yield laid


@pytest.fixture
def listener(face: str, cable: Cable) -> Iterator[Any]:
    client = client_of(face, f"http://127.0.0.1:{cable.port}", retry_for_s=20)
    yield client
    client.close()


@pytest.fixture
def sender(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def test_what_is_kept_is_given_with_its_verdict(
    listener: Any, sender: Client, stream_id: str
) -> None:
    values = series(200)
    values[70] = np.nan
    sender.send(stream_id, values, times(200), window=50)
    found = standout.detect(values, window=50)
    rows = list(islice(listener.subscribe(stream_id, after=0), 200))
    assert [row.seq for row in rows] == list(range(1, 201))
    assert rows[0].timestamp == "2026-01-01T00:00:00Z"
    for name in ("score", "expected", "lower", "upper", "anomaly"):
        told = [getattr(row, name) for row in rows]
        np.testing.assert_array_equal(np.array(told, np.float64), getattr(found, name))
    assert [row.value for row in rows[69:72]] == [values[69], None, values[71]]
    flagged = next(row for row in rows if row.anomaly)
    assert flagged.votes is not None
    assert sum(flagged.votes.values()) >= 3


def test_it_begins_with_what_is_new(listener: Any, sender: Client, stream_id: str) -> None:
    """Without `after`, what was kept before the first connection is not given."""
    sender.send(stream_id, series(50), times(50))
    seen: queue.Queue[int] = queue.Queue()

    def listen() -> None:
        for row in islice(listener.subscribe(stream_id), 1):
            seen.put(row.seq)

    thread = threading.Thread(target=listen)
    thread.start()
    last = 50
    while thread.is_alive():  # until one comes after the subscription
        sender.send(stream_id, 1.0, int(times(1, last)[0]))
        last += 1
        thread.join(0.02)
    assert 50 < seen.get() <= last


def test_it_goes_on_after_a_number(listener: Any, sender: Client, stream_id: str) -> None:
    sender.send(stream_id, series(30), times(30))
    rows = list(islice(listener.subscribe(stream_id, after=20), 10))
    assert [row.seq for row in rows] == list(range(21, 31))


def test_cuts_lose_nothing_and_double_nothing(
    listener: Any, sender: Client, stream_id: str, cable: Cable
) -> None:
    """Cut while it listens; more than a history comes meanwhile, and some of it late."""
    chance = np.random.default_rng(8)
    sent = 0

    def more(rows: int) -> None:
        nonlocal sent
        stamps = times(rows, 2 * sent)
        sender.send(stream_id, chance.normal(size=rows), stamps)
        late = stamps[: rows // 10] - 500_000  # older than the newest, each at a time of its own
        sender.send(stream_id, chance.normal(size=len(late)), late)
        sent += rows + len(late)

    more(100)
    rows = listener.subscribe(stream_id, after=0)
    seqs = [next(rows).seq for _ in range(sent)]
    for size in (10, 3_000, 1, 500):
        cable.cut()
        more(size)
        cable.mend()
        more(size)
        seqs += [next(rows).seq for _ in range(sent - len(seqs))]
    rows.close()
    assert seqs == list(range(1, sent + 1))
    assert cable.connections > 4


def test_a_server_that_is_away_is_given_up_in_the_end(face: str, cable: Cable) -> None:
    reasons: list[str] = []
    client = client_of(
        face, f"http://127.0.0.1:{cable.port}", retry_for_s=0.05, on_retry=reasons.append
    )
    cable.cut()
    with pytest.raises(ServerUnreachable, match="No server answers"):
        next(client.subscribe("a"))
    client.close()
    assert reasons


def test_a_stream_that_is_deleted_ends_it(listener: Any, sender: Client, stream_id: str) -> None:
    sender.send(stream_id, 1.0, 1)
    rows = listener.subscribe(stream_id, after=0)
    assert next(rows).seq == 1
    sender.delete(stream_id)
    with pytest.raises((StreamDeleted, StreamNotFound)):
        next(rows)


def points(*seqs: int) -> PointColumns:
    n = len(seqs)
    none: list[Any] = [None] * n
    return PointColumns(
        seq=list(seqs), time_us=[seq * 10 for seq in seqs], value=[1.0] * n, score=none,
        anomaly=none, votes=[0] * n, expected=none, lower=none, upper=none, late=[False] * n,
    )  # fmt: skip


def read(follower: Follower, message: Any) -> list[int]:
    follower.read(msgspec.json.encode(message))
    return [row.seq for row in follower.take()]


def test_a_history_that_overlaps_is_told_once() -> None:
    follower = Follower(None)
    assert read(follower, History({"created": "a"}, points(1, 2, 3))) == []
    assert read(follower, Points(points(4, 5))) == [4, 5]
    assert read(follower, Status({"created": "a"})) == []
    assert read(follower, History({"created": "a"}, points(3, 4, 5, 6, 7))) == [6, 7]
    assert read(follower, Points(points(6, 7))) == []


def test_what_is_missing_is_named() -> None:
    follower = Follower(2)
    follower.read(msgspec.json.encode(History({"created": "a"}, points(5, 7))))
    assert follower.missing == {3, 4, 6}
    assert follower.since == "1970-01-01T00:00:00.000070Z"
    assert [row.seq for row in follower.take()] == [5, 7]
    assert follower.missing == set()
    follower.read(msgspec.json.encode(Points(points(9))))
    assert (follower.missing, follower.since) == ({8}, "1970-01-01T00:00:00.000070Z")


def test_numbers_beyond_what_was_told_wait_for_those_before_them() -> None:
    """The count tells of late ones, and of ones that are not kept yet."""
    follower = Follower(2)
    follower.read(msgspec.json.encode(History({"created": "a", "count": 6}, points(3))))
    assert follower.missing == {4, 5, 6}
    found = [KeptObservation.model_construct(seq=seq) for seq in (4, 6)]
    assert [row.seq for row in follower.take(found)] == [3, 4]
    assert read(follower, Points(points(5, 6))) == [5, 6]


def test_what_is_no_longer_kept_is_passed_over() -> None:
    follower = Follower(2)
    follower.read(msgspec.json.encode(History({"created": "a", "count": 6}, points(5, 6))))
    assert follower.missing == {3, 4}
    assert [row.seq for row in follower.take([])] == [5, 6]
    follower.read(msgspec.json.encode(Points(points(7))))
    assert follower.missing == set()


def test_a_new_stream_of_the_same_id_is_noticed() -> None:
    follower = Follower(None)
    read(follower, History({"created": "a"}, points(1)))
    with pytest.raises(StreamDeleted):
        read(follower, History({"created": "b"}, points(1)))


@pytest.mark.parametrize("message", ["{}", "<html>", '{"type": "points"}', "\udcff"])
def test_what_no_server_of_ours_says_is_refused(message: str) -> None:
    with pytest.raises(MalformedMessage, match="is a Standout server there"):
        Follower(None).read(message.encode(errors="surrogateescape"))
