"""``POST /observations``: many streams in one upload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.server.uploading import (
    ARROW,
    CSV,
    FORMATS,
    JSON,
    NDJSON,
    Format,
    arrow,
    count,
    post,
    send,
)
from tests.serving import Served, served


def rows_of(streams: int, each: int, prefix: str = "s", start: int = 0) -> list[dict[str, Any]]:
    """Rows whose streams take turns."""
    random = np.random.default_rng(5)
    return [
        {"id": f"{prefix}{s}", "timestamp": start + t, "value": round(float(random.normal()), 3)}
        for t in range(each)
        for s in range(streams)
    ]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_each_stream_is_answered_as_alone(server: Served, form: Format) -> None:
    sent = rows_of(7, 60, prefix=f"{form.name}-")
    told = send(server, "/observations?detail=1&window=40", form, sent)
    assert [(row["id"], row["timestamp"]) for row in told] == [
        (row["id"], row["timestamp"]) for row in sent
    ]
    for name in {row["id"] for row in sent}:
        alone = [
            {"timestamp": row["timestamp"], "value": row["value"]}
            for row in sent
            if row["id"] == name
        ]
        single = server.exchange(f"/ws/alone-{name}?detail=1&window=40", *alone)
        assert [
            {k: v for k, v in row.items() if k != "id"} for row in told if row["id"] == name
        ] == single


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_old_late_and_conflicting_rows(server: Served, form: Format) -> None:
    sent = rows_of(3, 40, prefix=f"mixed-{form.name}-")
    send(server, "/observations", form, sent)
    names = [f"mixed-{form.name}-{i}" for i in range(3)]
    more = [
        {"id": names[0], "timestamp": 100, "value": 1.0},
        {"id": names[1], "timestamp": -1, "value": 1.0},
        {"id": names[2], "timestamp": 5, "value": 99.0},
        {"id": names[1], "timestamp": 100, "value": 1.0},
        sent[0],
    ]
    told = send(server, "/observations", form, more)
    assert [row["id"] for row in told] == [row["id"] for row in more]
    assert [row.get("late", False) for row in told] == [False, True, False, False, False]
    assert [row.get("problem", {}).get("title") for row in told] == [
        None,
        None,
        "Another value is stored at this timestamp",
        None,
        None,
    ]
    assert count(server, "/observations", form, more) == {
        "received": 5,
        "stored": 0,
        "anomalies": 0,
        "late": 1,
        "refused": 1,
    }


def test_thousands_of_streams_in_one_upload(data_dir: Path) -> None:
    frame = pl.DataFrame(rows_of(3_000, 4, prefix="dev-"))
    with served(data_dir) as server:
        answer = post(server, "/observations?verdicts=none", arrow(frame), ARROW)
        assert answer.json()["stored"] == 12_000
        again = post(server, "/observations?verdicts=none", frame.write_csv(), CSV)
        assert (again.json()["received"], again.json()["stored"]) == (12_000, 0)
        told = server.get("/streams/dev-2999").json()
        assert (told["count"], told["warmup_left"], told["time_unit"]) == (4, 26, "s")


def test_streams_are_let_go_of(server: Served) -> None:
    send(server, "/observations", FORMATS[0], rows_of(300, 2, prefix="gone-"))
    for _ in range(500):
        found = [server.services.loader.loaded(f"gone-{i}") for i in range(300)]
        holders = sum(live.holders for live in found if live is not None)
        if not holders:
            break
        server.get("/health")
    assert holders == 0


def test_streams_with_zones_and_units_of_their_own(server: Served) -> None:
    post(
        server, "/streams/tokyo/observations?tz=Asia/Tokyo", "timestamp,value\n2024-01-01,1\n", CSV
    )
    post(server, "/streams/milli/observations?unit=ms", "timestamp,value\n0,1\n", CSV)
    body = (
        "id,timestamp,value\n"
        "tokyo,2024-01-02,1\nmilli,5,1\nutc,2024-01-02,1\nseconds,5,1\nmilli,6,1\n"
    )
    answer = post(server, "/observations", body, CSV)
    assert answer.status_code == 200, answer.text
    last = {n: server.get(f"/streams/{n}").json() for n in ("tokyo", "milli", "utc", "seconds")}
    assert {name: told["last_timestamp"] for name, told in last.items()} == {
        "tokyo": "2024-01-01T15:00:00Z",
        "milli": "1970-01-01T00:00:00.006000Z",
        "utc": "2024-01-02T00:00:00Z",
        "seconds": "1970-01-01T00:00:05Z",
    }
    assert last["milli"]["time_unit"] == "ms"
    wrong = post(server, "/observations", "id,timestamp,value\nmilli,7,1\ntokyo,never,1\n", CSV)
    assert json.loads(pl.read_csv(wrong.content)["problem"][-1])["row"] == 2


def test_other_settings_than_a_stream_has(server: Served) -> None:
    post(server, "/streams/small/observations?window=20", "timestamp,value\n1,1\n", CSV)
    body = "id,timestamp,value\nnew,1,1\nsmall,2,2\n"
    answer = post(server, "/observations?window=30&verdicts=none", body, CSV)
    assert (answer.status_code, answer.json()["received"]) == (409, 0)
    assert server.get("/streams/new").status_code == 404


@pytest.mark.parametrize("bad", ["a/b", "", "x" * 201])
@pytest.mark.parametrize("media_type", [CSV, NDJSON, JSON, ARROW])
def test_a_bad_id_is_named_by_its_row(server: Served, bad: str, media_type: str) -> None:
    rows = rows_of(2, 3, prefix="fine-")
    rows.insert(4, {"id": bad, "timestamp": 9, "value": 1.0})
    form = next(f for f in FORMATS if f.media_type == media_type)
    answer = post(server, "/observations?verdicts=none", form.write(rows), media_type)
    told = answer.json()
    assert (answer.status_code, told["type"], told["row"]) == (
        422,
        "/problems/invalid-stream-id",
        5,
    )
    assert told.get("received", 0) == (0 if media_type == JSON else 4)


MISTAKES = [
    (JSON, '[{"timestamp":1,"value":1}]', 400),
    (JSON, '{"id":"a","timestamp":1,"value":1}', 400),
    (JSON, '{"id":["a"],"timestamp":[1,2],"value":[1,2]}', 400),
    (JSON, "[]", 422),
    (JSON, "", 422),
    (NDJSON, '{"timestamp":1,"value":1}', 400),
    (NDJSON, '{"id":7,"timestamp":1,"value":1}', 400),
    (CSV, "timestamp,value\n1,1\n", 400),
    (CSV, "id,timestamp,value\n", 422),
    (CSV, "id,timestamp,value\na,x,1\n", 422),
    ("text/html", "", 415),
]


@pytest.mark.parametrize(("media_type", "body", "status"), MISTAKES)
def test_bodies_that_cannot_be(server: Served, media_type: str, body: str, status: int) -> None:
    answer = post(server, "/observations", body, media_type)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert server.get("/streams/a").status_code == 404
