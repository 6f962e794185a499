"""Both faces of the client against a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import numpy as np
import pytest

import standout
from standout.client import AsyncClient, Client, Verdicts
from standout.client.sending import PIECE_ROWS
from standout.errors import (
    InvalidInput,
    InvalidParameter,
    InvalidStreamId,
    InvalidTimestamp,
    ObservationConflict,
    StreamNotFound,
    StreamSettingsConflict,
    UnknownDetector,
)
from standout.service.scoring import Detection
from standout.types import Values
from tests.serving import Served

START_US = 1_767_225_600_000_000
COLUMNS = ("anomaly", "score", "expected", "lower", "upper", "votes")


def series(rows: int, seed: int = 4) -> Values:
    values = np.random.default_rng(seed).normal(50, 3, rows)
    values[60::50] += 40
    return values


def times(rows: int, first: int = 0) -> np.ndarray[Any, Any]:
    return START_US + 1_000_000 * np.arange(first, first + rows)


def assert_same(told: Any, found: Detection) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(told, name), getattr(found, name), err_msg=name)


def test_verdicts_are_those_of_detect(client: Any, stream_id: str) -> None:
    values = series(500)
    values[[7, 300]] = np.nan
    told = client.send(stream_id, values, times(500), window=50)
    assert isinstance(told, Verdicts)
    assert_same(told, standout.detect(values, window=50))
    assert told.timestamp.tolist() == times(500).tolist()
    assert len(told) == 500
    assert told.problems == []
    assert not told.late.any()
    assert (told.anomaly == 1).sum() > 0


def test_more_than_a_piece_is_sent_in_pieces(client: Any, stream_id: str, server: Served) -> None:
    rows = 2 * PIECE_ROWS + 10
    values = series(rows)
    assert_same(
        client.send(stream_id, values, times(rows)), standout.detect(values, detector="vote")
    )
    assert client.stream(stream_id).count == rows


def test_nothing_is_sent_for_nothing(client: Any, stream_id: str) -> None:
    assert len(client.send(stream_id, [], [])) == 0
    with pytest.raises(StreamNotFound):
        client.stream(stream_id)


def test_what_is_late_or_contradicts_is_told(client: Any, stream_id: str) -> None:
    client.send(stream_id, [1.0, 2.0, 3.0], [100, 200, 300], unit="s")
    told = client.send(stream_id, [2.5, 9.0, 4.0], [150, 200, 400])
    assert told.late.tolist() == [True, False, False]
    assert [refusal.row for refusal in told.problems] == [1]
    assert isinstance(told.problems[0].error, ObservationConflict)
    assert "2.0 is stored, got 9.0" in str(told.problems[0].error)
    assert np.isnan(told.anomaly).all()
    assert client.stream(stream_id).count == 5


def test_zone_and_unit_are_those_of_the_stream(client: Any, stream_id: str) -> None:
    summary = client.make(stream_id, window=50, tz="Europe/Paris", unit="ms", params={"z_limit": 4})
    assert (summary.window, summary.tz, summary.time_unit) == (50, "Europe/Paris", "ms")
    client.send(stream_id, [1.0], ["2026-07-01T12:00:00"])
    client.send(stream_id, [2.0], [1_782_900_000_500])
    kept = client.observations(stream_id)
    assert kept.timestamp.tolist() == [
        datetime(2026, 7, 1, 10, tzinfo=UTC).replace(tzinfo=None),
        datetime(2026, 7, 1, 10, 0, 0, 500_000, tzinfo=UTC).replace(tzinfo=None),
    ]


def test_a_stream_is_made_found_and_deleted(client: Any, stream_id: str) -> None:
    made = client.make(stream_id, window=50)
    assert client.make(stream_id, window=50) == made == client.stream(stream_id)
    with pytest.raises(StreamSettingsConflict, match="made with window 50, got 60"):
        client.make(stream_id, window=60)
    with pytest.raises(StreamSettingsConflict, match="made with window 50, got 60"):
        client.send(stream_id, [1.0], [1], window=60)
    client.delete(stream_id)
    with pytest.raises(StreamNotFound, match="There is no stream"):
        client.stream(stream_id)
    with pytest.raises(StreamNotFound):
        client.delete(stream_id)


@pytest.mark.parametrize("odd", ["a b?&#%", "ü", ".", "..", "%2F"])
def test_an_id_may_be_odd(client: Any, odd: str) -> None:
    assert client.make(odd).id == odd
    client.send(odd, 1.0, 1)
    assert client.stream(odd).count == 1
    client.delete(odd)


def test_all_pages_of_streams_are_given(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standout.client.operations.PAGE_ROWS", 3)
    names = [f"page {number}" for number in range(8)]
    for name in names:
        client.make(name)
    found = [stream.id for stream in client.streams()]
    assert found == sorted(found)
    assert [name for name in found if name.startswith("page ")] == names


def test_all_pages_of_anomalies_are_given(
    client: Any, stream_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standout.client.operations.PAGE_ROWS", 3)
    told = client.send(stream_id, series(1_000), times(1_000))
    flagged = np.flatnonzero(told.anomaly == 1)
    assert len(flagged) > 9
    found = list(client.anomalies(stream_id))
    assert [anomaly.seq for anomaly in found] == (flagged + 1).tolist()
    assert [anomaly.score for anomaly in found] == told.score[flagged].tolist()
    from_, to = (np.datetime64(int(times(1_000)[row]), "us") for row in flagged[[2, 5]])
    part = list(client.anomalies(stream_id, from_, to))
    assert [anomaly.seq for anomaly in part] == (flagged[2:5] + 1).tolist()


def test_observations_come_back_as_they_are_kept(client: Any, stream_id: str) -> None:
    values = series(300)
    values[5] = np.nan
    told = client.send(stream_id, values, times(300))
    kept = client.observations(stream_id)
    np.testing.assert_array_equal(kept.value, values)
    np.testing.assert_array_equal(kept.timestamp, times(300).astype("datetime64[us]"))
    for name in (*COLUMNS, "late"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(told, name))
    part = client.observations(
        stream_id, datetime(2026, 1, 1, 0, 1, tzinfo=UTC), "2026-01-01T00:02:00Z"
    )
    np.testing.assert_array_equal(part.value, values[60:120])
    assert len(client.observations(stream_id, "2027-01-01")) == 0


def test_the_arrays_may_be_written(client: Any, stream_id: str) -> None:
    told, kept = client.send(stream_id, [1.0, 2.0], [1, 2]), client.observations(stream_id)
    for columns in (told, kept):
        for name in (*COLUMNS, "late"):
            getattr(columns, name)[0] = 0
    kept.value[0] = 0


@pytest.mark.parametrize(
    ("act", "kind", "says"),
    [
        (lambda c: c.send("x", [1], [1], window=5), InvalidInput, "window"),
        (lambda c: c.send("x", [1], [1], tz="Mars/Crater"), InvalidParameter, "Mars/Crater"),
        (lambda c: c.send("x/y", [1], [1]), InvalidStreamId, "no slash"),
        (lambda c: c.send("x" * 300, [1], [1]), InvalidStreamId, "200 characters"),
        (lambda c: c.send("x", [1, 2], [1]), InvalidInput, "each of 2 values, got 1"),
        (lambda c: c.send("x", [1]), InvalidInput, "no timestamps"),
        (lambda c: c.make("x", detector="oracle"), UnknownDetector, "oracle"),
        (lambda c: c.anomalies("nobody"), StreamNotFound, "nobody"),
        (lambda c: c.observations("nobody"), StreamNotFound, "nobody"),
        (lambda c: c.subscribe("nobody"), StreamNotFound, "nobody"),
    ],
)
def test_a_problem_is_raised_as_its_error(
    client: Any, act: Callable[[Any], Any], kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        list(act(client))


def test_a_row_is_counted_over_all_pieces(
    client: Any, stream_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standout.client.sending.PIECE_ROWS", 10)
    stamps = [f"2026-01-01T00:00:{second:02}Z" for second in range(25)]
    stamps[17] = "soon"
    with pytest.raises(InvalidTimestamp, match=r"^Row 18: 'soon' is no time") as caught:
        client.send(stream_id, range(25), stamps)
    assert caught.value.row == 18
    assert client.stream(stream_id).count == 17


def test_health_tells_how_the_server_is(client: Any) -> None:
    assert (client.health().status, client.health().store) == ("healthy", "ok")


def test_a_client_of_httpx2_is_used_and_stays_open(url: str, stream_id: str) -> None:
    with httpx2.Client(trust_env=False) as http:
        with Client(url, transport=http) as client:
            client.send(stream_id, 1.0, 1)
        assert not http.is_closed


async def test_an_async_client_of_httpx2_is_used_and_stays_open(url: str, stream_id: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        async with AsyncClient(url, transport=http) as client:
            await client.send(stream_id, 1.0, 1)
        assert not http.is_closed


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_address_that_is_none_is_refused(kind: Callable[[str], object]) -> None:
    with pytest.raises(InvalidParameter, match="'pump' is not the address of a server"):
        kind("pump")
