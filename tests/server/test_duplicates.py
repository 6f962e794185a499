"""``duplicates=keep``: equal timestamps are all kept, and the sender's own number is the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import standout
from tests.server.test_channels import body, read
from tests.server.test_stream_life import put
from tests.server.uploading import ARROW, CSV, JSON, post
from tests.serving import Served, served

WINDOW = 20
VALUES = np.random.default_rng(5).standard_t(3, 240).round(3).tolist()
SCORES = standout.detect(VALUES, detector="vote", window=WINDOW).score
KEEP = {"duplicates": "keep", "window": WINDOW}
FORMS = ["rows", "columns", "ndjson", "arrow columns", "csv"]


def rows(first: int, last: int) -> list[dict[str, Any]]:
    """Five at each timestamp, the numbers with gaps."""
    return [{"timestamp": i // 5, "value": VALUES[i], "seq": 3 * i} for i in range(first, last)]


def scores(answers: list[dict[str, Any]]) -> Any:
    return np.array([row["score"] for row in answers], float)


def written(form: str, sent: list[dict[str, Any]]) -> tuple[bytes, str]:
    if form in {"csv", "arrow columns"}:
        content, kind = body(form, [row | {"value": [row["value"]]} for row in sent], ["v"])
        return content.replace(b"value.v", b"value") if form == "csv" else content, kind
    return body(form, sent, [])


def test_every_row_of_a_timestamp_is_kept_and_scored(server: Served) -> None:
    put(server, "kept", KEEP)
    answers = server.exchange("/ws/kept?detail=1", *rows(0, 240))
    np.testing.assert_array_equal(scores(answers), SCORES)
    assert [row["seq"] for row in answers] == [3 * i for i in range(240)]
    assert server.get("/streams/kept").json()["count"] == 240


@pytest.mark.parametrize("form", FORMS)
def test_uploads_are_judged_as_a_stream_and_once(server: Served, form: str) -> None:
    name = "up-" + form.replace(" ", "-")
    put(server, name, KEEP)
    path = f"/streams/{name}/observations?detail=1"
    for first, last in ((0, 100), (60, 240), (0, 240)):
        content, kind = written(form, rows(first, last))
        answer = post(server, path, content, kind)
        assert answer.status_code == 200, answer.text
        found = read(form, answer.content)
        np.testing.assert_array_equal(scores(found), SCORES[first:last])
        assert [row["seq"] for row in found] == [3 * i for i in range(first, last)]
    assert server.get(f"/streams/{name}").json()["count"] == 240


@pytest.mark.parametrize("cut", [3, 101, 104, 200])
def test_a_restart_in_the_middle_of_a_timestamp_changes_nothing(data_dir: Path, cut: int) -> None:
    with served(data_dir, streams={"snapshot_every": 40}) as server:
        put(server, "k", KEEP)
        found = server.exchange("/ws/k?detail=1", *rows(0, cut))
    with served(data_dir) as server:
        again = server.exchange("/ws/k?detail=1", *rows(max(cut - 7, 0), cut))
        assert again == found[-len(again) :]
        found += server.exchange("/ws/k?detail=1", *rows(cut, 240))
    np.testing.assert_array_equal(scores(found), SCORES)


def test_a_number_means_one_observation(server: Served) -> None:
    put(server, "one", KEEP)
    first = server.exchange("/ws/one?detail=1", *rows(0, 60))
    sent = [
        {"timestamp": 5, "value": VALUES[25], "seq": 75},
        {"timestamp": 5, "value": 99.0, "seq": 75},
        {"timestamp": 6, "value": VALUES[25], "seq": 75},
        {"timestamp": 11, "value": 1.0, "seq": 178},
        {"timestamp": 3, "value": 1.0, "seq": 1_000},
        {"timestamp": 11, "value": 1.0, "seq": 999},
        {"timestamp": 11, "value": 1.0, "seq": 1_001},
    ]
    same, value, time, between, back, lower, new = server.exchange("/ws/one?detail=1", *sent)
    assert same == first[25]
    assert value["problem"]["type"] == "/problems/observation-conflict"
    assert "Under seq 75 the value" in value["problem"]["detail"]
    assert time["problem"]["type"] == "/problems/observation-conflict"
    # Between two that there are, back in time, or below the highest number: kept, and late.
    assert [row.get("late") for row in (between, back, lower, new)] == [None, True, True, None]
    assert [row["anomaly"] for row in (back, lower)] == [None, None]
    assert new["anomaly"] in {0, 1}
    # An array in which numbers repeat answers each in its place.
    (answers,) = server.exchange(
        "/ws/one",
        [{"timestamp": 20, "value": v, "seq": s} for v, s in ((1, 2_000), (2, 2_000), (1, 2_000))],
    )
    assert ["problem" in row for row in answers] == [False, True, False]


@pytest.mark.parametrize("form", ["rows", "ndjson", "csv", "arrow columns"])
def test_a_row_without_a_number_is_a_problem(server: Served, form: str) -> None:
    put(server, "numbered", KEEP)
    sent = [{k: v for k, v in row.items() if k != "seq"} for row in rows(0, 3)]
    content, kind = written(form, sent)
    answer = post(server, "/streams/numbered/observations", content, kind)
    assert (answer.status_code, answer.json()["row"]) == (400, 1)
    assert "duplicates=keep" in answer.json()["detail"]
    said, code = server.refused("/ws/numbered", sent[0])
    assert (said[0]["status"], code) == (400, 1008)
    assert server.get("/streams/numbered").json()["count"] == 0


@pytest.mark.parametrize("seq", [-1, 1.5, "7", 2**63, None])
def test_a_number_that_is_none_is_a_problem(server: Served, seq: Any) -> None:
    put(server, "wrong-number", KEEP)
    row = {"timestamp": 1, "value": 1.0, "seq": seq}
    for sent in (row, [row], {key: [value] for key, value in row.items()}):
        said, code = server.refused("/ws/wrong-number", sent)
        assert (said[0]["status"], code) == (400, 1008)
        answer = post(server, "/streams/wrong-number/observations", json.dumps(sent), JSON)
        assert answer.status_code == 400
    text = f"timestamp,value,seq\n1,1.0,{'' if seq is None else seq}\n"
    if seq != "7":
        answer = post(server, "/streams/wrong-number/observations", text, CSV)
        assert answer.status_code == 400


def test_the_highest_number_is_taken(server: Served) -> None:
    put(server, "highest", KEEP)
    sent = [{"timestamp": 1, "value": 1.0, "seq": s} for s in (0, 2**63 - 1)]
    assert ["problem" in row for row in server.exchange("/ws/highest", *sent)] == [False, False]
    assert ["problem" in row for row in server.exchange("/ws/highest", *sent)] == [False, False]
    assert server.get("/streams/highest").json()["count"] == 2


def test_a_stream_of_timestamps_does_not_use_numbers(server: Served) -> None:
    answers = server.exchange(
        "/ws/plain", *[{"timestamp": 1, "value": v, "seq": v} for v in (1, 2)]
    )
    assert "seq" not in answers[0]
    assert answers[1]["problem"]["type"] == "/problems/observation-conflict"


def test_pages_and_exports_part_no_timestamp_wrongly(server: Served) -> None:
    put(server, "paged", KEEP)
    server.exchange("/ws/paged", rows(0, 240))
    seen: list[int] = []
    path = "/streams/paged/observations?limit=7"
    while True:
        page = server.get(path).json()
        seen += [row["client_seq"] for row in page["observations"]]
        if page["next"] is None:
            break
        path = f"/streams/paged/observations?limit=7&after={page['next']}"
    assert seen == [3 * i for i in range(240)]
    whole = server.get("/streams/paged/observations?limit=1000").json()["observations"]
    for form, kind in (("csv", CSV), ("arrow", ARROW)):
        export = server.get(f"/streams/paged/observations?format={form}").content
        put(server, f"copy-{form}", KEEP)
        assert post(server, f"/streams/copy-{form}/observations", export, kind).status_code == 200
        copy = server.get(f"/streams/copy-{form}/observations?limit=1000").json()["observations"]
        assert copy == whole


def test_many_streams_some_with_numbers(server: Served) -> None:
    put(server, "many-keep", KEEP)
    sent = []
    for i in range(240):
        sent.append({"id": "many-keep", **rows(i, i + 1)[0]})
        sent.append({"id": "many-plain", "timestamp": i, "value": VALUES[i]})
    content = "\n".join(map(json.dumps, sent)).encode()
    for _ in range(2):
        path = f"/observations?detail=1&window={WINDOW}"
        answer = post(server, path, content, "application/x-ndjson")
        lines = [json.loads(line) for line in answer.content.splitlines()]
        kept = [row for row in lines if row["id"] == "many-keep"]
        np.testing.assert_array_equal(scores(kept), SCORES)
        assert [row["seq"] for row in kept] == [3 * i for i in range(240)]
        plain = [row for row in lines if row["id"] == "many-plain"]
        np.testing.assert_array_equal(scores(plain), SCORES)
        assert all("seq" not in row for row in plain)
    del sent[100]["seq"]
    answer = post(server, "/observations", "\n".join(map(json.dumps, sent)), "application/x-ndjson")
    last = json.loads(answer.content.splitlines()[-1])
    assert (last["status"], last["row"]) == (400, 101)


def test_several_channels_and_numbers_go_together(data_dir: Path) -> None:
    wide = [{**row, "value": [row["value"], -row["value"]]} for row in rows(0, 120)]
    with served(data_dir) as server:
        put(server, "both", {**KEEP, "channels": 2})
        found = server.exchange("/ws/both?detail=1", *wide[:70])
    with served(data_dir) as server:
        found += server.exchange("/ws/both?detail=1", *wide[65:])[5:]
        assert server.get("/streams/both").json()["count"] == 120
        assert {row["channel"] for row in found} >= {None, "0"}
        assert [row["seq"] for row in found] == [row["seq"] for row in wide]
        np.testing.assert_array_equal(
            scores(found) >= 0.6,
            standout.detect(VALUES[:120], detector="vote", window=WINDOW).score >= 0.6,
        )
