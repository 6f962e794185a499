"""Observations of several channels: each is voted, in every form, over restarts and back out."""

from __future__ import annotations

import json
import math
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import standout
from tests.server.test_stream_life import put
from tests.server.test_watch import until
from tests.server.uploading import ARROW, CSV, JSON, NDJSON, arrow, post
from tests.serving import Served, served

N, D, WINDOW = 160, 3, 20
NAMES = ["inlet", "outlet", "0.5 kHz"]
Row = dict[str, Any]


def table(n: int = N, d: int = D, seed: int = 0) -> list[list[float | None]]:
    """Gaussian noise in each channel; a spike here and there, and gaps."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, d)).round(3) * 10.0 ** np.arange(d)
    for i in range(45, n, 13):
        values[i, i % d] *= 60
    rows: list[list[float | None]] = values.tolist()
    for i in range(7, n, 11):
        rows[i][i % d] = None
    return rows


def expected(rows: list[list[float | None]]) -> list[Row]:
    """What a stream of each channel alone says, and which of them leads."""
    alone = [
        standout.detect([row[c] for row in rows], detector="vote", window=WINDOW)
        for c in range(len(rows[0]))
    ]
    told = []
    for i in range(len(rows)):
        scores = [float(found.score[i]) for found in alone]
        known = [s for s in scores if not math.isnan(s)]
        lead = scores.index(max(known)) if known else None
        row: Row = {"anomaly": None, "score": None, "channel": None}
        if lead is not None:
            row = {"anomaly": int(scores[lead] >= 0.6), "score": scores[lead], "channel": str(lead)}
        told.append(row)
    return told


ROWS = table()
WANTED = expected(ROWS)


def told(answers: list[Row]) -> list[Row]:
    return [{name: row[name] for name in ("anomaly", "score", "channel")} for row in answers]


def frames(rows: list[list[float | None]], start: int = 0) -> list[Row]:
    return [{"timestamp": start + i, "value": row} for i, row in enumerate(rows)]


def test_the_series_is_worth_testing() -> None:
    assert {row["channel"] for row in WANTED} == {None, "0", "1", "2"}
    assert sum(row["anomaly"] == 1 for row in WANTED) >= 6


def test_each_channel_is_voted_on_its_own_in_every_frame(server: Served) -> None:
    sent = frames(ROWS)
    single = server.exchange(f"/ws/wide-1?detail=1&window={WINDOW}", *sent)
    (rows,) = server.exchange(f"/ws/wide-2?detail=1&window={WINDOW}", sent)
    columns = {"timestamp": list(range(N)), "value": ROWS}
    (as_columns,) = server.exchange(f"/ws/wide-3?detail=1&window={WINDOW}", columns)
    assert told(single) == told(rows) == WANTED
    assert single == rows
    for name in ("anomaly", "score", "channel"):
        assert as_columns[name] == [row[name] for row in WANTED]
    (plain,) = server.exchange("/ws/wide-1", {"timestamp": N, "value": ROWS[0]})
    assert set(plain) == {"timestamp", "anomaly", "channel"}


def body(form: str, rows: list[Row], names: list[str]) -> tuple[bytes, str]:
    if form == "rows":
        return json.dumps(rows).encode(), JSON
    if form == "columns":
        return json.dumps({key: [row[key] for row in rows] for key in rows[0]}).encode(), JSON
    if form == "ndjson":
        return "\n".join(map(json.dumps, rows)).encode(), NDJSON
    if form == "arrow lists":
        return arrow(pl.DataFrame(rows, schema_overrides={"value": pl.List(pl.Float64)})), ARROW
    if form == "arrow arrays":
        return arrow(pl.DataFrame(rows, schema_overrides={"value": pl.Array(pl.Float64, D)})), ARROW
    columns: dict[str, list[Any]] = {
        key: [row[key] for row in rows] for key in rows[0] if key != "value"
    }
    for i, name in enumerate(names):
        columns[f"value.{name}"] = [row["value"][i] for row in rows]
    frame = pl.DataFrame(columns)
    return (frame.write_csv().encode(), CSV) if form == "csv" else (arrow(frame), ARROW)


FORMS = ["rows", "columns", "ndjson", "arrow lists", "arrow arrays", "arrow columns", "csv"]


def read(form: str, content: bytes) -> list[Row]:
    if form == "rows":
        return list(json.loads(content))
    if form == "columns":
        found = json.loads(content)
        return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    if form == "ndjson":
        return [json.loads(line) for line in content.splitlines()]
    if form == "csv":
        types = {"channel": pl.String, "timestamp": pl.Int64}
        text = StringIO(content.decode())
        return pl.read_csv(text, schema_overrides=types, infer_schema_length=None).to_dicts()
    return pl.read_ipc_stream(BytesIO(content)).to_dicts()


def named(rows: list[Row], names: list[str]) -> list[Row]:
    return [
        row | {"channel": None if row["channel"] is None else names[int(row["channel"])]}
        for row in rows
    ]


@pytest.mark.parametrize("form", FORMS)
def test_an_upload_is_judged_as_a_stream_and_sent_again_the_same(server: Served, form: str) -> None:
    name = form.replace(" ", "-")
    put(server, name, {"channels": NAMES, "window": WINDOW})
    path = f"/streams/{name}/observations?detail=1"
    content, kind = body(form, frames(ROWS), NAMES)
    answer = post(server, path, content, kind)
    assert answer.status_code == 200, answer.text
    assert told(read(form, answer.content)) == named(WANTED, NAMES)
    # The whole again, and some that is new: what was stored answers as before.
    content, kind = body(form, frames(ROWS)[100:], NAMES)
    assert told(read(form, post(server, path, content, kind).content)) == named(WANTED[100:], NAMES)
    count = json.loads(post(server, f"{path}&verdicts=none", content, kind).content)
    assert (count["received"], count["stored"], count["refused"]) == (60, 0, 0)


@pytest.mark.parametrize("form", FORMS)
def test_the_first_observation_tells_the_channels(server: Served, form: str) -> None:
    name = "first-" + form.replace(" ", "-")
    path = f"/streams/{name}/observations?detail=1&window={WINDOW}"
    content, kind = body(form, frames(ROWS[:50]), NAMES)
    assert post(server, path, content, kind).status_code == 200
    by_name = form in {"csv", "arrow columns"}
    names = NAMES if by_name else ["0", "1", "2"]
    assert server.get(f"/streams/{name}").json()["channels"] == names
    content, kind = body("csv", frames(ROWS[50:], 50), names)
    answer = read("csv", post(server, path, content, kind).content)
    assert told(answer) == named(WANTED[50:], names)


def test_columns_go_by_their_names_in_any_order(server: Served) -> None:
    put(server, "order", {"channels": NAMES, "window": WINDOW})
    turned = [{"timestamp": i, "value": row[::-1]} for i, row in enumerate(ROWS)]
    content, kind = body("csv", turned, NAMES[::-1])
    answer = post(server, "/streams/order/observations?detail=1", content, kind)
    assert told(read("csv", answer.content)) == named(WANTED, NAMES)
    content, kind = body("csv", turned[:1], ["a", "b", "c"])
    answer = post(server, "/streams/order/observations", content, kind)
    assert answer.status_code == 400
    assert "'inlet', 'outlet', '0.5 kHz'" in answer.json()["detail"]


@pytest.mark.parametrize("pieces", [1, 4, 160])
def test_a_restart_changes_nothing(data_dir: Path, pieces: int) -> None:
    found: list[Row] = []
    sent = np.array_split(np.arange(N), pieces)
    with served(data_dir, streams={"default_window": WINDOW, "snapshot_every": 30}) as server:
        for part in sent[: pieces // 2]:
            (rows,) = server.exchange("/ws/w?detail=1", [frames(ROWS)[i] for i in part])
            found += rows
    with served(data_dir, streams={"default_window": WINDOW}) as server:
        for part in sent[pieces // 2 :]:
            (rows,) = server.exchange("/ws/w?detail=1", [frames(ROWS)[i] for i in part])
            found += rows
        assert told(found) == WANTED
        assert server.get("/streams/w").json()["count"] == N


def test_it_comes_out_as_it_went_in(server: Served) -> None:
    put(server, "out", {"channels": NAMES, "window": WINDOW})
    server.exchange("/ws/out", frames(ROWS))
    page = server.get(f"/streams/out/observations?limit={N}").json()["observations"]
    assert [list(row["values"].values()) for row in page] == ROWS
    assert list(page[0]["values"]) == NAMES
    assert told(page) == named(WANTED, NAMES)
    for row, kept in zip(ROWS, page, strict=True):
        leading = NAMES.index(kept["channel"]) if kept["channel"] else 0
        assert kept["value"] == row[leading]
    anomalies = server.get("/streams/out/anomalies").json()["anomalies"]
    assert [a["channel"] for a in anomalies] == [
        row["channel"] for row in named(WANTED, NAMES) if row["anomaly"]
    ]
    exports = {
        kind: server.get(f"/streams/out/observations?format={kind}").content
        for kind in ("csv", "arrow", "ndjson")
    }
    for i, row in enumerate(map(json.loads, exports.pop("ndjson").splitlines())):
        assert [row[f"value.{name}"] for name in NAMES] == ROWS[i]
        assert row["channel"] == page[i]["channel"]
    # An export can be sent to another stream, which then says the same.
    for kind, content in exports.items():
        path = f"/streams/again-{kind}/observations?detail=1&window={WINDOW}"
        answer = post(server, path, content, CSV if kind == "csv" else ARROW)
        assert answer.status_code == 200, answer.text
        again = server.get(f"/streams/again-{kind}/observations?limit={N}").json()["observations"]
        assert again == page


def test_the_page_hears_of_the_channel(server: Served) -> None:
    put(server, "live", {"channels": NAMES, "window": WINDOW})
    server.exchange("/ws/live", frames(ROWS[:100]))
    wanted = [row["channel"] for row in named(WANTED, NAMES)]
    with server.socket("/live/streams/live") as page:
        points = until(page, lambda m: m["type"] == "history")["points"]
        assert points["channel"] == wanted[:100]
        server.exchange("/ws/live", frames(ROWS[100:], 100))
        points = until(page, lambda m: m["type"] == "points")["points"]
        assert points["channel"] == wanted[100:]


def test_a_wrong_length_is_a_problem_in_its_place(server: Served) -> None:
    server.exchange(f"/ws/ragged?window={WINDOW}", frames(ROWS[:100]))
    wrong: list[Any] = [[1.0, 2.0], 5.0, [1.0] * 4]
    sent = [{"timestamp": 100 + i, "value": v} for i, v in enumerate([*wrong, None])]
    (answers,) = server.exchange("/ws/ragged?detail=1", sent)
    for answer, got in zip(answers, ("2 values", "one value", "4 values"), strict=False):
        assert answer["anomaly"] is None
        assert answer["problem"]["detail"] == (
            f"Stream 'ragged' has 3 channels, got {got}; it is not kept."
        )
    # No value at all is no value of each channel.
    assert "problem" not in answers[3]
    content, kind = body("ndjson", [*sent[:3], {"timestamp": 104, "value": [1, 2, 3]}], [])
    lines = read("ndjson", post(server, "/streams/ragged/observations", content, kind).content)
    assert ["problem" in line for line in lines] == [True, True, True, False]
    # Whoever sends one channel gets the same words.
    server.exchange("/ws/single", {"timestamp": 1, "value": 2.5})
    answer, fits = server.exchange(
        "/ws/single", {"timestamp": 2, "value": [1.0, 2.0]}, {"timestamp": 3, "value": [1.0]}
    )
    assert answer["problem"]["detail"].startswith("Stream 'single' has one channel, got 2 values")
    assert fits == {"timestamp": 3, "anomaly": None}
    assert server.get("/streams/single").json()["channels"] is None


@pytest.mark.parametrize(
    "frame",
    [
        {"timestamp": 1, "value": []},
        {"timestamp": 1, "value": [1.0] * 65},
        {"timestamp": 1, "value": [[1.0, 2.0]]},
        {"timestamp": [1], "value": [[]]},
        {"timestamp": [1], "value": [["x"]]},
        {"timestamp": [1, 2], "value": [[1.0, 2.0]]},
        [{"timestamp": 1, "value": [1.0] * 65}],
        [{"timestamp": 1, "value": [1.0, "x"]}],
    ],
)
def test_a_frame_that_cannot_be_used_is_a_problem(server: Served, frame: Any) -> None:
    said, code = server.refused("/ws/unusable", frame)
    assert (said[0]["type"], said[0]["status"], code) == ("/problems/malformed-message", 400, 1008)
    answer = post(server, "/streams/unusable/observations", json.dumps(frame), JSON)
    assert answer.status_code == 400
    assert server.get("/streams/unusable").json().get("count", 0) == 0


def test_late_conflicting_and_resent(server: Served) -> None:
    server.exchange("/ws/again", *frames([[1.0, 2.0], [3.0, 4.0]], 10))
    late, same, other, part = server.exchange(
        "/ws/again",
        {"timestamp": 5, "value": [1.0, None]},
        {"timestamp": 10, "value": [1.0, 2.0]},
        {"timestamp": 10, "value": [1.0, 2.5]},
        {"timestamp": 5, "value": [1.0, 7.0]},
    )
    assert late["late"] is True
    assert "problem" not in same
    assert "[1.0, 2.0] is stored, got [1.0, 2.5]" in other["problem"]["detail"]
    assert "problem" in part
    assert server.get("/streams/again").json()["count"] == 3


def test_many_streams_of_different_widths_in_one_upload(server: Served) -> None:
    rows = []
    for i in range(N):
        rows += [
            {"id": "mixed-3", "timestamp": i, "value": ROWS[i]},
            {"id": "mixed-1", "timestamp": i, "value": ROWS[i][0]},
            {"id": "mixed-2", "timestamp": i, "value": ROWS[i][:2]},
        ]
    path = f"/observations?detail=1&window={WINDOW}"
    answer = post(server, path, "\n".join(map(json.dumps, rows)), NDJSON)
    lines = [json.loads(line) for line in answer.content.splitlines()]
    assert told([row for row in lines if row["id"] == "mixed-3"]) == WANTED
    two = expected([row[:2] for row in ROWS])
    assert told([row for row in lines if row["id"] == "mixed-2"]) == two
    alone = standout.detect([row[0] for row in ROWS], detector="vote", window=WINDOW)
    scores = [row["score"] for row in lines if row["id"] == "mixed-1"]
    np.testing.assert_array_equal(np.array(scores, float), alone.score)
    assert [server.get(f"/streams/mixed-{d}").json()["channels"] for d in (1, 2, 3)] == [
        None,
        ["0", "1"],
        ["0", "1", "2"],
    ]
    again = post(server, path, json.dumps(rows), JSON)
    assert json.loads(again.content) == lines


def test_sixty_four_channels(server: Served) -> None:
    rows = table(60, 64, seed=4)
    answers = server.exchange(f"/ws/most?detail=1&window={WINDOW}", *frames(rows))
    assert told(answers) == expected(rows)
