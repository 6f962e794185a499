"""One observation after the other, over a connection that may be cut."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import standout
from standout.client import AsyncClient, Client
from standout.errors import (
    ConnectionReplaced,
    InvalidStreamId,
    InvalidTimestamp,
    ServerUnreachable,
    StreamSettingsConflict,
)
from standout.schemas.frames import Observation
from tests.client.cable import Cable
from tests.client.faces import QUICK
from tests.client.test_client import series, times
from tests.serving import Served, served


def test_cuts_lose_nothing_and_change_no_verdict(server: Served, stream_id: str) -> None:
    values = series(200)
    values[20] = math.nan
    answers = []
    with Cable(server.port).laid() as cable:
        client = Client(f"http://127.0.0.1:{cable.port}", backoff=QUICK)
        with client, client.connect(stream_id, window=50) as stream:
            for row, stamp in enumerate(times(200).tolist()):
                if row % 40 == 39:
                    cable.cut()
                    cable.mend()
                answers.append(stream.send(stamp, values[row]))
            summary = client.stream(stream_id)
        assert cable.connections > 4
    scores = np.array([answer.score for answer in answers], np.float64)
    np.testing.assert_array_equal(scores, standout.detect(values, window=50).score)
    assert summary.count == 200


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 31, tzinfo=UTC),
        datetime(2026, 1, 31, tzinfo=UTC).replace(tzinfo=None),
        date(2026, 1, 31),
        "2026-01-31",
        np.datetime64("2026-01-31", "s"),
        np.int64(1_769_817_600),
        1_769_817_600.0,
    ],
    ids=repr,
)
def test_a_time_may_be_of_any_kind(url: str, stream_id: str, moment: Any) -> None:
    with Client(url) as client:
        with client.connect(stream_id) as stream:
            stream.send(moment, np.float32(1))
        assert client.stream(stream_id).last_timestamp == "2026-01-31T00:00:00Z"


def test_a_refused_row_is_an_answer(url: str, stream_id: str) -> None:
    with Client(url) as client, client.connect(stream_id) as stream:
        stream.send(1, 2.0)
        refused = stream.send(1, 3.0)
        assert "2.0 is stored, got 3.0" in getattr(refused.problem, "detail", "")
        assert stream.send(2, None).anomaly is None
    assert stream.send(3, 1.0).timestamp == 3  # it connects again
    stream.close()


def test_a_refusal_of_the_server_is_raised(url: str, stream_id: str) -> None:
    with Client(url) as client:
        with client.connect(stream_id, window=50) as stream:
            stream.send(1, 2.0)
            with pytest.raises(InvalidTimestamp, match="soon"):
                stream.send("soon", 1.0)
            assert stream.send(2, 2.0).timestamp == 2
        with (
            client.connect(stream_id, window=60) as other,
            pytest.raises(StreamSettingsConflict, match="window 50, got 60"),
        ):
            other.send(3, 1.0)
        with pytest.raises(InvalidStreamId):
            client.connect("a/b")


def test_the_newest_of_two_wins(url: str, stream_id: str) -> None:
    with Client(url) as client, client.connect(stream_id) as old, client.connect(stream_id) as new:
        old.send(1, 1.0)
        new.send(2, 1.0)
        with pytest.raises(ConnectionReplaced):
            old.send(3, 1.0)


def test_a_server_that_is_away_is_given_up_in_the_end(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        port = server.port
    client = Client(f"http://127.0.0.1:{port}", backoff=QUICK, retry_for_s=0.02)
    with client, client.connect("a") as stream, pytest.raises(ServerUnreachable, match="refused"):
        stream.send(1, 1.0)


async def test_the_async_client_streams_ahead_of_the_answers(url: str, stream_id: str) -> None:
    async with AsyncClient(url) as client:
        await client.make(stream_id, window=50)
        source = [Observation(second, 1.0) for second in range(20)]
        answers = [answer async for answer in client.connect(stream_id).stream(source)]
    assert [answer.timestamp for answer in answers] == list(range(20))
