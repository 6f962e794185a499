"""Detectors beside each other on a stream's own history, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest

from tests.serving import Served

START_US = 1_700_000_000_000_000
ROWS = 1_200
SPIKES = (400, 700, 1_000)


def iso(row: int) -> str:
    return f"{np.datetime64(START_US + row * 1_000_000, 'us')}Z"


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=300) as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def stream(asking: httpx2.Client) -> None:
    values = np.sin(np.arange(ROWS) / 8) + np.random.default_rng(4).normal(0, 0.05, ROWS)
    values[list(SPIKES)] += 12
    asking.put("/streams/judged", json={"time_unit": "us"})
    times = START_US + np.arange(ROWS) * 1_000_000
    body = {"timestamp": times.tolist(), "value": values.round(4).tolist()}
    assert asking.post("/streams/judged/observations", json=body).is_success


def compare(asking: httpx2.Client, name: str = "judged", **query: Any) -> dict[str, Any]:
    reply = asking.get(f"/streams/{name}/comparison", params=query)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def test_both_judge_the_whole_history(asking: httpx2.Client) -> None:
    told = compare(asking, px=100)
    assert (told["rows"], told["whole"], told["changeable"]) == (ROWS, True, False)
    assert [(one["asked"], one["detector"], one["own"]) for one in told["detectors"]] == [
        ("vote", "vote", True),
        ("auto", "novelty", False),
    ]
    assert len(told["at"]) == len(told["low"]) == len(told["detectors"][0]["peaks"]) == 100
    assert max(told["high"]) > 11


def test_the_own_detector_alarms_as_it_did(asking: httpx2.Client) -> None:
    """All of the history is there, so that its alarms are the ones that are stored."""
    own = compare(asking)["detectors"][0]
    stored = asking.get("/streams/judged/window", params={"px": 10}).json()
    assert own["flagged"] == stored["flagged"]
    assert [one["from"] for one in own["alarms"]] == [one["from"] for one in stored["anomalies"]]
    assert own["total_alarms"] == len(own["alarms"]) >= len(SPIKES)


def test_alarms_are_counted_against_labels(asking: httpx2.Client) -> None:
    words = {400: "real", 700: "false_alarm", 100: "real"}  # the last was missed by all
    for row, word in words.items():
        body = {"from": iso(row), "to": iso(row + 2), "label": word}
        assert asking.post("/streams/judged/labels", json=body).is_success
    told = compare(asking, detector=["vote", "zscore"])
    assert (told["real"], told["false_alarms"]) == (2, 1)
    for one in told["detectors"]:
        assert (one["found"], one["missed"], one["on_false_alarms"]) == (1, 1, 1)
        assert one["unlabelled"] == one["total_alarms"] - 2


def test_nothing_is_stored_by_it(asking: httpx2.Client) -> None:
    before = asking.get("/streams/judged").json()
    compare(asking)
    assert asking.get("/streams/judged").json() == before


def test_an_empty_stream_may_still_be_changed(asking: httpx2.Client) -> None:
    asking.put("/streams/empty", json={"detector": "auto"})
    told = compare(asking, "empty")
    assert (told["rows"], told["changeable"], told["from"]) == (0, True, None)
    assert [one["asked"] for one in told["detectors"]] == ["novelty", "vote"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("nobody/comparison", 404, "nobody"),
        ("judged/comparison?detector=guess", 422, "No detector is called 'guess'"),
        ("judged/comparison?px=0", 422, "px"),
        ("judged/comparison?" + "&".join(f"detector={i}" for i in range(5)), 422, "One to 4"),
        ("several/comparison", 422, "one channel"),
    ],
)
def test_what_cannot_be_compared_is_told(
    asking: httpx2.Client, path: str, status: int, words: str
) -> None:
    asking.put("/streams/several", json={"channels": 2})
    reply = asking.get(f"/streams/{path}")
    assert reply.status_code == status, reply.text
    assert words in reply.text
