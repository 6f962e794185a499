"""Several channels, numbers of one's own and settings, through the client of either kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import standout
from standout.client import Client
from standout.errors import InvalidInput, ObservationConflict, StreamSettingsConflict
from tests.client.test_client import times

WINDOW = 20
TABLE = np.random.default_rng(2).standard_t(3, (120, 3)).round(3)
TABLE[60, 1] = np.nan
TABLE[70, 2] = 500.0


def test_channels_go_out_and_come_back(client: Any, stream_id: str) -> None:
    told = client.send(stream_id, TABLE, times(120), window=WINDOW)
    alone = [standout.detect(column, detector="vote", window=WINDOW).score for column in TABLE.T]
    np.testing.assert_array_equal(told.score, np.fmax.reduce(alone))
    assert told.channel[70] == "2"
    assert told.channel[0] is None
    kept = client.observations(stream_id)
    np.testing.assert_array_equal(kept.values, TABLE)
    assert kept.channels == ("0", "1", "2")
    assert kept.channel.tolist() == told.channel.tolist()
    again = client.send(stream_id, TABLE, times(120))
    np.testing.assert_array_equal(again.score, told.score)
    refused = client.send(stream_id, TABLE[:, :2], times(120, 200))
    assert len(refused.problems) == 120
    rows = list(client.anomalies(stream_id))
    assert rows[-1].channel is not None
    assert set(rows[-1].values) == {"0", "1", "2"}


def test_equal_times_are_kept_under_numbers(client: Any, stream_id: str) -> None:
    values = TABLE[:, 0]
    moments = np.repeat(times(24), 5)
    made = client.make(stream_id, window=WINDOW, duplicates="keep", channels=["only"])
    assert (made.duplicates, made.channels) == ("keep", ["only"])
    told = client.send(stream_id, values, moments, seq=np.arange(120))
    wanted = standout.detect(values, detector="vote", window=WINDOW).score
    np.testing.assert_array_equal(told.score, wanted)
    again = client.send(stream_id, values, moments, seq=np.arange(120))
    np.testing.assert_array_equal(again.score, wanted)
    assert client.stream(stream_id).count == 120
    assert client.observations(stream_id).seq.tolist() == list(range(120))
    (other,) = client.send(stream_id, 99.0, moments[:1], seq=[0]).problems
    assert isinstance(other.error, ObservationConflict)
    for wrong in ([1, 2], [-1], [0.5], ["a"]):
        with pytest.raises(InvalidInput, match="seq"):
            client.send(stream_id, 1.0, moments[:1], seq=wrong)


def test_settings_are_made_and_changed(client: Any, stream_id: str) -> None:
    made = client.make(stream_id, value_unit="bar", tags=["a"], retention={"count": 5}, channels=2)
    assert (made.unit, made.tags, made.channels) == ("bar", ["a"], ["0", "1"])
    changed = client.make(stream_id, tags=[], retention={"age_s": 9})
    assert (changed.unit, changed.tags) == ("bar", [])
    assert changed.retention is not None
    assert (changed.retention.age_s, changed.retention.count) == (9, None)
    assert client.make(stream_id, retention={}).retention is None
    with pytest.raises(StreamSettingsConflict):
        client.make(stream_id, channels=3)


def test_a_socket_takes_channels_and_numbers(url: str, stream_id: str) -> None:
    with Client(url) as client:
        client.make(stream_id, duplicates="keep", channels=["a", "b"])
        with client.connect(stream_id) as stream:
            first = stream.send(1, [1.0, None], seq=0)
            assert (first.timestamp, first.seq) == (1, 0)
            assert stream.send(1, [2.0, float("nan")], seq=1).anomaly is None
            assert stream.send(1, [2.0, None], seq=1).problem is not None
        rows = client.subscribe(stream_id, after=0)
        assert [next(rows).seq, next(rows).seq] == [1, 2]
