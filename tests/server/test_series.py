"""`/predict` with a list of values."""

from __future__ import annotations

from typing import Any

import httpx2
import numpy as np
import pytest

from tests.serving import Served


def predict(server: Served, body: Any) -> httpx2.Response:
    return httpx2.post(f"http://127.0.0.1:{server.port}/predict", json=body, timeout=60)


def test_flags_and_scores_are_aligned_with_the_values(server: Served) -> None:
    values: list[float | None] = np.random.default_rng(0).normal(20, 1, 300).round(2).tolist()
    values[200:206] = [90.0] * 6
    values[100] = None
    told = predict(server, {"values": values}).json()
    assert list(told) == ["warmup_points_dropped", "anomaly", "anomaly_score"]
    assert told["warmup_points_dropped"] == 19
    flags, scores = told["anomaly"], told["anomaly_score"]
    assert (len(flags), len(scores)) == (300, 300)
    silent = [i for i, score in enumerate(scores) if score is None]
    assert silent == [*range(19), 100]
    assert [i for i, flag in enumerate(flags) if flag is None] == silent
    assert all(flag == (score >= 0.6) for flag, score in zip(flags, scores, strict=True) if score)
    assert 1 in flags[200:206]
    assert max(s for s in scores if s) == max(scores[200:226])
    assert predict(server, {"values": values}).json() == told


@pytest.mark.parametrize(
    "values", [[], [0.13, 0.134, 0.132, 2.34, 0.133], [1] * 19, [1, None] * 19]
)
def test_too_few_points_get_a_message(server: Served, values: list[Any]) -> None:
    told = predict(server, {"values": values}).json()
    assert told == {
        "warmup_points_dropped": sum(v is not None for v in values),
        "anomaly": [None] * len(values),
        "anomaly_score": [None] * len(values),
        "message": "Need more than 19 points to run anomaly detection",
    }


def test_twenty_points_are_enough(server: Served) -> None:
    told = predict(server, {"values": [1.0] * 20}).json()
    assert told["anomaly"] == [None] * 19 + [0]
    assert "message" not in told


@pytest.mark.parametrize(
    "body",
    [
        {"values": ["a"]},
        {"values": [True]},
        {"values": [[1.0]]},
        {"values": None},
        {"values": 5},
        {"values": [1.0], "colour": 1},
        {"values": [1.0], "model_id": "m"},
        {"values": [1.0], "data": {}},
    ],
)
def test_bodies_that_are_none(server: Served, body: Any) -> None:
    answer = predict(server, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]


def test_bodies_that_cannot_be_read(server: Served) -> None:
    url = f"http://127.0.0.1:{server.port}/predict"
    for body in (b"", b"{", b'{"values": [Infinity]}', b'{"values": [1e999]}'):
        assert httpx2.post(url, content=body).status_code in {400, 422}
    many = b'{"values": [' + b"1," * 1_000_000 + b"1]}"
    answer = httpx2.post(url, content=many, timeout=60)
    assert (answer.status_code, "1,000,001" in answer.json()["detail"]) == (422, True)
    large = b'{"values": [' + b"1," * 5_000_000 + b"1]}"
    assert httpx2.post(url, content=large).status_code == 413
    row = b'{"model_id": "m", "data": {"a": "' + b"x" * (2 << 20) + b'"}}'
    assert httpx2.post(url, content=row).status_code == 413


def test_a_long_series_is_one_request(server: Served) -> None:
    values = np.random.default_rng(2).normal(20, 1, 200_000).round(4)
    values[150_000:150_040] = 90.0
    told = predict(server, {"values": values.tolist()}).json()
    assert len(told["anomaly"]) == len(values)
    assert 1 in told["anomaly"][150_000:150_040]
