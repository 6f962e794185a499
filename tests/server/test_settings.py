"""Settings of streams: what is kept of them, and what a second PUT may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.test_stream_life import put
from tests.server.uploading import FORMATS, rows_of, send
from tests.serving import Served, served

ALL: dict[str, Any] = {
    "unit": "m³/h",
    "tags": ["hall 3", "pump"],
    "retention": {"age_s": 3_600.0, "count": 500},
    "duplicates": "keep",
    "channels": ["inlet", "outlet"],
}


def test_settings_are_told_and_outlive_a_restart(data_dir: Path) -> None:
    with served(data_dir) as server:
        made = put(server, "whole", ALL)
        assert made.status_code == 201
        assert {name: made.json()[name] for name in ALL} == ALL
        by_number = put(server, "three", {"channels": 3, "retention": {"count": 9}})
        assert by_number.json()["channels"] == ["0", "1", "2"]
        assert by_number.json()["retention"] == {"age_s": None, "count": 9}
        plain = put(server, "plain").json()
        assert (plain["unit"], plain["tags"], plain["retention"]) == (None, [], None)
        assert (plain["duplicates"], plain["channels"]) == ("timestamp", None)
    with served(data_dir) as server:
        assert server.get("/streams/whole").json() == made.json()
        assert server.get("/streams/three").json() == by_number.json()
        assert put(server, "three", {"channels": 3}).status_code == 200
        assert put(server, "three", {"channels": ["0", "1", "2"]}).status_code == 200


def test_words_and_retention_may_change_and_the_rest_may_not(server: Served) -> None:
    put(server, "changing", ALL)
    for change, told in (
        ({"unit": "bar"}, {"unit": "bar"}),
        ({"unit": None}, {"unit": None}),
        ({"tags": ["b", "a", "b"]}, {"tags": ["b", "a"]}),
        ({"tags": []}, {"tags": []}),
        ({"retention": {"count": 7}}, {"retention": {"age_s": None, "count": 7}}),
        ({"retention": None}, {"retention": None}),
        ({"retention": {}}, {"retention": None}),
        ({"retention": {"age_s": 2.5}}, {"retention": {"age_s": 2.5, "count": None}}),
    ):
        before = server.get("/streams/changing").json()
        answer = put(server, "changing", change)
        assert (answer.status_code, answer.json()) == (200, before | told)
    for other in ({"duplicates": "timestamp"}, {"channels": ["inlet"]}, {"channels": 2}):
        before = server.get("/streams/changing").json()
        answer = put(server, "changing", {**other, "unit": "x"})
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/stream-settings-conflict"
        assert server.get("/streams/changing").json() == before


def test_a_stream_in_use_changes_too(server: Served) -> None:
    with server.socket("/ws/in-use"):
        assert put(server, "in-use", {"unit": "bar"}).json()["unit"] == "bar"
        assert server.get("/streams/in-use").json()["unit"] == "bar"
    assert put(server, "in-use", {"tags": ["x"]}).json()["unit"] == "bar"


def test_a_stream_of_one_channel_cannot_be_given_more(server: Served) -> None:
    send(server, "/streams/one/observations", FORMATS[0], rows_of([1.0, 2.0]))
    for _ in range(2):
        assert put(server, "one", {"channels": 2}).status_code == 409
        assert put(server, "one", {"channels": ["a", "b"]}).status_code == 409
    assert put(server, "one", {"channels": ["only"]}).json()["channels"] == ["only"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": 5},
        {"unit": "x" * 41},
        {"tags": "pump"},
        {"tags": [""]},
        {"tags": ["x" * 61]},
        {"tags": ["a\nb"]},
        {"tags": [str(i) for i in range(21)]},
        {"retention": {"age_s": 0}},
        {"retention": {"age_s": 1e300}},
        {"retention": {"count": 0}},
        {"retention": {"count": 1.5}},
        {"retention": {"days": 3}},
        {"duplicates": "drop"},
        {"channels": 0},
        {"channels": 65},
        {"channels": []},
        {"channels": ["a", "a"]},
        {"channels": ["a"] * 65},
        {"channels": [1]},
    ],
)
def test_a_wrong_setting_is_a_problem_and_makes_nothing(server: Served, wrong: Any) -> None:
    answer = put(server, "wrong", wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert server.get("/streams/wrong").status_code == 404
