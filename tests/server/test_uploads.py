"""``POST /streams/{id}/observations`` on a real server."""

from __future__ import annotations

import gzip
import json
import math
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl
import pytest

from standout.service.scoring import detect
from tests.server.uploading import (
    ARROW,
    CSV,
    FORMATS,
    JSON,
    NDJSON,
    STREAMED,
    Format,
    arrow,
    count,
    post,
    rows_of,
    send,
)
from tests.serving import Served, served

PLAIN_CSV = "timestamp,value\n1,1\n2,2\n"


def values(n: int, seed: int = 0) -> list[float | None]:
    random = np.random.default_rng(seed)
    made: list[float | None] = [round(float(v), 3) for v in random.standard_t(3, n)]
    for i in range(17, n, 23):
        made[i] = None
    return made


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_an_upload_is_answered_as_single_frames_are(server: Served, form: Format) -> None:
    sent = rows_of(values(300))
    single = server.exchange(f"/ws/frames-{form.name}?detail=1&window=60", *sent)
    path = f"/streams/upload-{form.name}/observations?detail=1&window=60"
    assert send(server, path, form, sent) == single


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_without_detail_only_the_flag_is_told(server: Served, form: Format) -> None:
    told = send(server, f"/streams/plain-{form.name}/observations", form, rows_of([1.0] * 3))
    assert told == [{"timestamp": i, "anomaly": None} for i in range(3)]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_frames_and_uploads_take_turns(data_dir: Path, form: Format) -> None:
    series = values(40_000, seed=2)
    sent = rows_of(series)
    told: list[dict[str, Any]] = []
    path = "/streams/turns/observations"
    with served(data_dir) as server:
        told += server.exchange("/ws/turns", *sent[:40])
        told += send(server, path, form, sent[40:39_000])
    with served(data_dir) as server:
        told += server.exchange("/ws/turns", sent[39_000:39_100])[0]
        told += send(server, path, form, sent[39_100:])
    found = detect(series, detector="vote")
    assert [row["timestamp"] for row in told] == list(range(40_000))
    assert [row["anomaly"] for row in told] == [
        None if math.isnan(a) else int(a) for a in found.anomaly
    ]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_what_is_sent_again_gets_its_stored_verdicts(data_dir: Path, form: Format) -> None:
    sent = rows_of(values(20_000, seed=3))
    path = "/streams/again/observations?detail=1"
    with served(data_dir) as server:
        first = send(server, path, form, sent)
        # The second half of it is new.
        half = sent[10_000:] + rows_of(values(10_000, seed=4), start=20_000)
        second = send(server, path, form, half)
        assert second[:10_000] == first[10_000:]
        assert count(server, path, form, half) == {
            "received": 20_000,
            "stored": 0,
            "anomalies": sum(row["anomaly"] == 1 for row in second),
            "late": 0,
            "refused": 0,
        }
        assert server.get("/streams/again").json()["count"] == 30_000


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_late_and_conflicting_rows_are_answered_in_their_places(
    server: Served, form: Format
) -> None:
    name = f"/streams/late-{form.name}/observations"
    send(server, name, form, rows_of([1.0] * 40, start=1_000))
    sent = [
        {"timestamp": 1_040, "value": 1.0},
        {"timestamp": 500, "value": 7.0},
        {"timestamp": 1_003, "value": 2.0},
        {"timestamp": 1_003, "value": 1.0},
        {"timestamp": 1_041, "value": 1.0},
        {"timestamp": 1_041, "value": 5.0},
    ]
    told = send(server, name, form, sent)
    assert [row.get("late", False) for row in told] == [False, True, False, False, False, False]
    assert [row["anomaly"] for row in told] == [0, None, None, None, 0, None]
    problems = [row.get("problem", {}).get("type") for row in told]
    conflict = "/problems/observation-conflict"
    assert problems == [None, None, conflict, None, None, conflict]
    assert count(server, name, form, sent) == {
        "received": 6,
        "stored": 0,
        "anomalies": 0,
        "late": 1,
        "refused": 2,
    }
    more = [{"timestamp": t, "value": 1.0} for t in (501, 1_042, 502)]
    wanted = {"received": 3, "stored": 3, "anomalies": 0, "late": 2, "refused": 0}
    assert count(server, name, form, more) == wanted


TIMES = [datetime(2024, 1, day, 12, tzinfo=UTC) for day in range(1, 4)]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(TIMES).cast(pl.Datetime("ns", "UTC")),
        pl.Series(TIMES).cast(pl.Datetime("us", "UTC")),
        pl.Series(TIMES).cast(pl.Datetime("ms")),
        pl.Series([int(t.timestamp()) for t in TIMES], dtype=pl.UInt32),
        pl.Series([t.timestamp() * 1000 for t in TIMES]),
        pl.Series([t.isoformat() for t in TIMES]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_arrow_timestamps_of_any_type_are_echoed(server: Served, column: pl.Series) -> None:
    path = f"/streams/arrow-{column.dtype}/observations".replace(" ", "").replace("μ", "u")
    sent = pl.DataFrame({"timestamp": column, "value": [1.0, 2.0, 3.0]})
    answer = post(server, path, arrow(sent), ARROW)
    assert answer.status_code == 200
    assert pl.read_ipc_stream(answer.content)["timestamp"].equals(column)
    kept = server.get(path).json()["observations"]
    assert [row["timestamp"] for row in kept] == [f"2024-01-0{i}T12:00:00Z" for i in (1, 2, 3)]


def test_zone_and_unit_are_those_of_the_socket(server: Served) -> None:
    path = "/streams/zone/observations"
    answer = post(server, f"{path}?tz=Europe/Paris&window=50", "timestamp,value\n2024-06-01,1", CSV)
    assert answer.text == "timestamp,anomaly,late,problem\n2024-06-01,,false,\n"
    told = server.get("/streams/zone").json()
    assert (told["tz"], told["window"], told["time_unit"]) == ("Europe/Paris", 50, None)
    assert told["last_timestamp"] == "2024-05-31T22:00:00Z"
    post(server, f"{path}?unit=ms", "timestamp,value\n1800000000000,1\n", CSV)
    told = server.get("/streams/zone").json()
    assert (told["time_unit"], told["last_timestamp"]) == ("ms", "2027-01-15T08:00:00Z")
    for query in ("tz=UTC", "window=60", "unit=s"):
        answer = post(server, f"{path}?{query}", PLAIN_CSV, CSV)
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "/problems/stream-settings-conflict",
        )
    assert server.get("/streams/zone").json()["count"] == 2


def test_one_json_observation_is_answered_by_one(server: Served) -> None:
    answer = post(server, "/streams/one/observations", '{"timestamp": "1", "value": null}', JSON)
    assert answer.json() == {"timestamp": "1", "anomaly": None}
    answer = post(
        server, "/streams/one/observations", '{"timestamp": "2", "value": 1}', JSON,
        idempotency_key="abc",
    )  # fmt: skip
    assert answer.status_code == 200


def test_gzip_is_read(server: Served) -> None:
    sent = rows_of(values(5_000))
    for form in FORMATS:
        path = f"/streams/zipped-{form.name}/observations?verdicts=none"
        half = len(body := form.write(sent)) // 2
        packed = gzip.compress(body[:half]) + gzip.compress(body[half:])
        answer = post(server, path, packed, form.media_type, content_encoding="gzip")
        assert answer.json()["received"] == 5_000
    for body, words in [(b"no gzip", "no gzip"), (packed[:-20], "breaks off")]:
        answer = post(
            server, "/streams/z/observations", body, ARROW, content_encoding="gzip"
        )  # fmt: skip
        # What came whole before the break is kept.
        told = answer.content if answer.status_code == 200 else answer.text.encode()
        assert words.encode() in told


MISTAKES = [
    (JSON, "nonsense", 400, "malformed-message", None),
    (JSON, "{}", 400, "malformed-message", None),
    (JSON, '[{"timestamp":1,"value":1},{"timestamp":2}]', 400, "malformed-message", 2),
    (JSON, '[{"timestamp":1,"value":1},{"timestamp":"x","value":1}]', 422, "invalid-timestamp", 2),
    (JSON, '{"timestamp":[1,2],"value":[1,"x"]}', 400, "malformed-message", 2),
    (JSON, '{"timestamp":[1,2],"value":[1]}', 400, "malformed-message", None),
    (JSON, '{"timestamp":[1,2],"value":1}', 400, "malformed-message", None),
    (JSON, '{"timestamp":1,"value":Infinity}', 400, "malformed-message", None),
    (JSON, '{"timestamp":1,"value":1e999}', 400, "malformed-message", None),
    (JSON, '{"timestamp":1,"value":1,"more":1}', 400, "malformed-message", None),
    (JSON, "", 422, "invalid-input", None),
    (JSON, "[]", 422, "invalid-input", None),
    (JSON, '{"timestamp":[],"value":[]}', 422, "invalid-input", None),
    (NDJSON, "\n\n", 422, "invalid-input", None),
    (NDJSON, '{"timestamp":"x","value":1}\n', 422, "invalid-timestamp", 1),
    (NDJSON, "[]", 400, "malformed-message", 1),
    (CSV, "", 422, "invalid-input", None),
    (CSV, "timestamp,value\n", 422, "invalid-input", None),
    (CSV, "timestamp,value\n,1\n", 422, "invalid-timestamp", 1),
    (CSV, "timestamp,value\n1e30,1\n", 422, "invalid-timestamp", 1),
    (CSV, "timestamp,value\n1,-inf\n", 400, "malformed-message", 1),
    (CSV, "a,b\n1,1\n", 400, "malformed-message", None),
    (ARROW, "", 422, "invalid-input", None),
    (ARROW, "timestamp,value\n1,1\n", 400, "malformed-message", None),
    ("text/plain", PLAIN_CSV, 415, "unsupported-media-type", None),
    (None, PLAIN_CSV, 415, "unsupported-media-type", None),
    ("text/csv; charset=latin-1", PLAIN_CSV, 415, "unsupported-media-type", None),
]


@pytest.mark.parametrize(("media_type", "body", "status", "problem", "row"), MISTAKES)
def test_a_body_that_is_wrong_from_the_start_changes_nothing(
    server: Served, *, media_type: str | None, body: str, status: int, problem: str, row: int | None
) -> None:
    for query in ("", "?verdicts=none"):
        answer = post(server, f"/streams/nothing/observations{query}", body, media_type)
        told = answer.json()
        assert (answer.status_code, told["type"]) == (status, f"/problems/{problem}")
        assert answer.headers["content-type"] == "application/problem+json"
        assert told.get("row") == row
    assert server.get("/streams/nothing").status_code == 404


def test_other_requests_that_cannot_be(server: Served) -> None:
    for path, status in [
        ("/streams/x%00/observations", 422),
        ("/streams/x/observations?window=9", 422),
        ("/streams/x/observations?tz=Nowhere", 422),
        ("/streams/x/observations?unit=h", 422),
        ("/streams/x/observations?verdicts=some", 422),
        ("/streams/x/observations?detail=maybe", 422),
    ]:
        assert post(server, path, PLAIN_CSV, CSV).status_code == status
    encoded = post(server, "/streams/x/observations", PLAIN_CSV, CSV, content_encoding="br")
    assert (encoded.status_code, encoded.json()["type"]) == (
        415,
        "/problems/unsupported-media-type",
    )
    assert server.get("/streams/x").status_code == 404


@pytest.mark.parametrize("form", STREAMED, ids=lambda form: form.name)
def test_a_mistake_later_on_ends_the_answer(server: Served, form: Format) -> None:
    good = rows_of(values(20_000))
    path = f"/streams/mistake-{form.name}/observations"
    bad = [*good, {"timestamp": 20_000, "value": 1.0}, *rows_of([1.0], start=20_001)]
    body = form.write(bad)
    if form.media_type == ARROW:
        frame = pl.DataFrame(bad, infer_schema_length=None)
        body = arrow(
            frame.with_columns(value=frame["value"].set(frame["timestamp"] == 20_000, math.inf))
        )
    elif form.media_type == CSV:
        body = body.replace(b"\n20000,1.0\n", b"\n20000,nonsense\n")
    else:
        body = body.replace(b'"timestamp": 20000, "value": 1.0', b'"timestamp": 20000')
    line = {CSV: 20_002, NDJSON: 20_001, ARROW: None}[form.media_type]
    told = form.read(post(server, path, body, form.media_type).content)
    assert [row["timestamp"] for row in told[:-1]] == list(range(20_000))
    last = told[-1] if form.media_type == NDJSON else told[-1]["problem"]
    assert (last["type"], last["status"]) == ("/problems/malformed-message", 400)
    assert (last["row"], last.get("line")) == (20_001, line)
    assert last["instance"] == path
    assert server.get(f"/streams/mistake-{form.name}").json()["count"] == 20_000
    counted = post(server, f"{path}?verdicts=none", body, form.media_type)
    assert counted.status_code == 400
    told = counted.json()
    assert (told["row"], told["received"], told["stored"]) == (20_001, 20_000, 0)


def test_a_timestamp_that_is_wrong_later_on(server: Served) -> None:
    body = "timestamp,value\n2024-01-01,1\n\n2024-01-02,2\nyesterday,3\n"
    answer = post(server, "/streams/when/observations", body, CSV)
    last = json.loads(pl.read_csv(answer.content)["problem"][-1])
    assert (last["type"], last["row"], last["line"]) == ("/problems/invalid-timestamp", 3, 5)
    assert server.get("/streams/when").json()["count"] == 2


def test_a_body_has_a_limit(data_dir: Path) -> None:
    with served(data_dir, max_upload_size="20KB") as server:
        path = "/streams/big/observations"
        body = Format("csv", CSV).write(rows_of([1.0] * 5_000))
        whole = post(server, path, body, CSV)
        assert (whole.status_code, whole.json()["type"]) == (413, "/problems/message-too-large")
        assert server.get("/streams/big").status_code == 404
        # Without a length it is found out on the way; a packed one counts unpacked.
        parts = (body[i : i + 1_000] for i in range(0, len(body), 1_000))
        url = f"http://127.0.0.1:{server.port}{path}"
        sent: list[tuple[bytes | Iterable[bytes], dict[str, str]]] = [
            (parts, {}),
            (gzip.compress(body), {"content-encoding": "gzip"}),
        ]
        for content, headers in sent:
            answer = httpx2.post(url, content=content, headers={"content-type": CSV, **headers})
            assert (answer.status_code, answer.json()["status"]) == (413, 413)


def test_the_store_must_be_writable(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    body = Format("csv", CSV).write(rows_of([1.0] * 10))
    path = "/streams/disk/observations"
    assert post(server, path, body, CSV).status_code == 200
    ledger = server.services.store._writer._ledger  # type: ignore[attr-defined]

    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(type(ledger), "append", full)
        more = Format("csv", CSV).write(rows_of([1.0] * 10, start=10))
        answer = post(server, path, more, CSV)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
    assert post(server, path, more, CSV).status_code == 200
    assert server.get("/streams/disk").json()["count"] == 20
