"""How surely each voter judged one observation, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from standout.service import strengths as strengths_service
from tests.serving import Served, served

START_US = 1_700_000_000_000_000
ROWS = 700
SPIKES = (200, 400, 640)


def iso(row: int) -> str:
    return f"{np.datetime64(START_US + row * 1_000_000, 'us')}Z"


def values() -> np.ndarray:
    found = np.sin(np.arange(ROWS) / 8) + np.random.default_rng(4).normal(0, 0.05, ROWS)
    found[list(SPIKES)] += 12
    return found.round(4)


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with own(server) as client:
        yield client


def own(server: Served) -> httpx2.Client:
    return httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=300)


def send(asking: httpx2.Client, name: str, rows: range, **settings: Any) -> None:
    asking.put(f"/streams/{name}", json={"time_unit": "us", **settings})
    times = START_US + np.arange(rows.start, rows.stop) * 1_000_000
    body = {"timestamp": times.tolist(), "value": values()[rows.start : rows.stop].tolist()}
    reply = asking.post(f"/streams/{name}/observations", json=body)
    assert reply.is_success, reply.text


def strengths(asking: httpx2.Client, name: str, at: str) -> dict[str, Any]:
    reply = asking.get(f"/streams/{name}/strengths", params={"at": at})
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


@pytest.mark.parametrize("detector", ["vote", "iqr", "novelty", "novelty_core", "baseline"])
def test_who_votes_has_a_score_over_the_threshold(asking: httpx2.Client, detector: str) -> None:
    name = f"strong-{detector}"
    send(asking, name, range(350), detector=detector)
    send(asking, name, range(350, ROWS))
    rows = asking.get(f"/streams/{name}/observations", params={"limit": 1_000}).json()
    flagged = [one for one in rows["observations"] if one["anomaly"] == 1]
    assert flagged
    for one in [*flagged[-3:], rows["observations"][600]]:
        told = strengths(asking, name, one["timestamp"])
        assert (told["seq"], told["score"]) == (one["seq"], one["score"])
        assert told["reason"] is None
        votes = {who: int(score >= 0.6) for who, score in told["strengths"].items()}
        assert votes == one["votes"]
        assert all(0 <= score <= 1 for score in told["strengths"].values())


def test_the_score_of_the_vote_is_its_median_voter(asking: httpx2.Client) -> None:
    told = strengths(asking, "strong-vote", iso(400))
    assert sorted(told["strengths"].values())[2] == told["score"]
    again = strengths(asking, "strong-vote", iso(400))
    assert again == told


def test_what_came_late_was_not_learnt(asking: httpx2.Client) -> None:
    send(asking, "strong-late", range(300))
    send(asking, "strong-late", range(310, 500))
    send(asking, "strong-late", range(300, 310))
    told = strengths(asking, "strong-late", iso(400))
    assert told["reason"] is None
    assert told["strengths"] is not None
    late = strengths(asking, "strong-late", iso(305))
    assert (late["strengths"], late["score"]) == (None, None)
    assert late["reason"] == "It was not scored."


def test_the_leading_channel_is_told(asking: httpx2.Client) -> None:
    asking.put("/streams/strong-wide", json={"time_unit": "us", "channels": ["inlet", "outlet"]})
    both = [[float(a), float(b)] for a, b in zip(values()[::-1], values(), strict=True)]
    times = [START_US + row * 1_000_000 for row in range(ROWS)]
    body = {"timestamp": times, "value": both}
    assert asking.post("/streams/strong-wide/observations", json=body).is_success
    told = strengths(asking, "strong-wide", iso(400))
    assert told["channel"] == "outlet"
    assert told["strengths"] is not None
    assert sorted(told["strengths"].values())[2] == told["score"]


def test_nothing_is_told_once_rows_were_removed(tmp_path: Path) -> None:
    """What was learnt from them cannot be learnt again."""
    n = 8_000
    noise = np.random.default_rng(2).normal(0, 1, n).round(4)
    noise[n - 100] = 30
    times = START_US + np.arange(n) * 1_000_000
    often = {"retention_every_s": 0.05}
    with served(tmp_path / "data", streams=often) as server, own(server) as http:
        http.put("/streams/short", json={"time_unit": "us", "retention": {"count": 500}})
        for part in (slice(0, 4_000), slice(4_000, n)):
            columns = {"timestamp": times[part].tolist(), "value": noise[part].tolist()}
            assert http.post("/streams/short/observations", json=columns).is_success
        first = 1
        until = time.monotonic() + 20
        while first == 1 and time.monotonic() < until:
            page = http.get("/streams/short/observations", params={"limit": 1}).json()
            first = page["observations"][0]["seq"]
        assert first > 1
        told = strengths(http, "short", iso(n - 100))
    assert told["strengths"] is None
    assert told["reason"] == "Retention has removed rows from before it."
    assert told["score"] > 0.6


def test_a_long_history_is_not_judged_anew(
    asking: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(asking, "strong-long", range(ROWS))
    monkeypatch.setattr(strengths_service, "MOST_ROWS", 500)
    told = strengths(asking, "strong-long", iso(640))
    assert told["strengths"] is None
    assert told["reason"] == "More than 500 rows lie before it."
    assert strengths(asking, "strong-long", iso(400))["strengths"] is not None


def test_a_time_without_an_observation_is_a_422(asking: httpx2.Client) -> None:
    reply = asking.get("/streams/strong-vote/strengths", params={"at": "2031-01-01T00:00:00Z"})
    assert reply.status_code == 422
    assert "has no observation at 2031-01-01T00:00:00Z" in reply.json()["detail"]
    assert asking.get("/streams/nobody/strengths", params={"at": "1"}).status_code == 404
    assert asking.get("/streams/strong-vote/strengths", params={"at": "soon"}).status_code == 422
