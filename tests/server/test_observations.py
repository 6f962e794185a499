"""``/ws/{client_id}`` on a real server."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from websockets.asyncio.client import connect as async_connect
from websockets.exceptions import ConnectionClosed

from standout.service.scoring import detect
from tests.serving import Served, served


def values(n: int, seed: int = 0) -> list[float | None]:
    random = np.random.default_rng(seed)
    made: list[float | None] = [round(float(v), 3) for v in random.standard_t(3, n)]
    for i in range(17, n, 23):
        made[i] = None
    return made


def rows(series: Sequence[float | None], start: int = 0) -> list[dict[str, Any]]:
    return [{"timestamp": start + i, "value": v} for i, v in enumerate(series)]


def pieces(items: list[Any], size: int) -> list[list[Any]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def test_one_observation_is_answered_with_its_own_timestamp(server: Served) -> None:
    stamps = [1, "2024-01-01T00:00:00Z", "2024-01-02 00:00:00+02:00", "2024-01-03"]
    answers = server.exchange("/ws/echo", *[{"timestamp": t, "value": 1.5} for t in stamps])
    assert answers == [{"timestamp": t, "anomaly": None} for t in stamps]


def test_an_outlier_is_an_anomaly(server: Served) -> None:
    series = [1.0, 2.0, 3.0] * 20 + [99.0, 2.0]
    answers = server.exchange("/ws/spike?window=50", *rows(series))
    assert [a["anomaly"] for a in answers] == [None] * 30 + [0] * 30 + [1, 0]


def test_detail_tells_score_votes_and_range(server: Served) -> None:
    answers = server.exchange("/ws/detail?detail=1", *rows([1.0, 2.0, 3.0] * 12 + [99.0]))
    first, last = answers[0], answers[-1]
    assert first == {
        "timestamp": 0,
        "anomaly": None,
        "score": None,
        "votes": None,
        "expected": None,
        "lower": None,
        "upper": None,
    }
    assert last["anomaly"] == 1
    assert 0.6 <= last["score"] <= 1
    assert set(last["votes"]) == {"zscore", "iqr", "ewma", "moving_average", "isolation_forest"}
    assert sum(last["votes"].values()) >= 3
    assert last["lower"] <= last["expected"] <= last["upper"] < 99


def test_single_points_arrays_columns_and_the_library_agree(server: Served) -> None:
    series = values(400)
    sent = rows(series)
    single = server.exchange("/ws/single?detail=1&window=60", *sent)
    array = server.exchange("/ws/array?detail=1&window=60", *pieces(sent, 37))
    columns = server.exchange(
        "/ws/columns?detail=1&window=60",
        *[
            {"timestamp": [r["timestamp"] for r in part], "value": [r["value"] for r in part]}
            for part in pieces(sent, 53)
        ],
    )
    assert single == [answer for part in array for answer in part]
    turned = [
        dict(zip(part, row, strict=True))
        for part in columns
        for row in zip(*part.values(), strict=True)
    ]
    assert single == turned
    found = detect(series, window=60)
    scores = [math.nan if a["score"] is None else a["score"] for a in single]
    assert np.array(scores).tobytes() == found.score.tobytes()


def test_a_large_frame_is_scored_aside_and_agrees(server: Served) -> None:
    series = values(9_000, seed=1)
    answers = server.exchange(
        "/ws/large",
        {"timestamp": list(range(9_000)), "value": series},
        {"timestamp": 9_000, "value": 1},
    )
    found = detect([*series, 1.0], detector="vote")
    wanted = [None if math.isnan(a) else int(a) for a in found.anomaly]
    assert [*answers[0]["anomaly"], answers[1]["anomaly"]] == wanted


def test_resent_observations_get_their_stored_verdict(server: Served) -> None:
    sent = rows(values(120))
    first = server.exchange("/ws/again?detail=1", *sent)
    second = server.exchange("/ws/again?detail=1", *sent[:50], sent[50:])
    assert [*second[:50], *second[50]] == first
    summary = server.get("/streams/again").json()
    assert (summary["count"], summary["warmup_left"]) == (120, 0)


def test_resending_teaches_nothing(server: Served) -> None:
    sent = rows(values(200, seed=5))
    plain = server.exchange("/ws/plain?detail=1", *sent)
    doubled = server.exchange("/ws/doubled?detail=1", *[r for r in sent for _ in range(2)])
    assert doubled[::2] == plain
    assert doubled[1::2] == plain


def test_late_and_conflicting_observations_keep_the_socket_open(server: Served) -> None:
    sent = rows([1.0, 2.0, 3.0] * 20)
    odd = [
        {"timestamp": 7.5, "value": 500},
        {"timestamp": 8, "value": -1},
        {"timestamp": 7.5, "value": 500},
        {"timestamp": 7.5, "value": 1},
        {"timestamp": 60, "value": 1.0},
    ]
    answers = server.exchange("/ws/odd", *sent, *odd, odd)
    late, conflict, again, twice, fresh = answers[60:65]
    assert late == {"timestamp": 7.5, "anomaly": None, "late": True}
    assert conflict["anomaly"] is None
    assert conflict["problem"]["type"] == "/problems/observation-conflict"
    assert "3.0 is stored, got -1.0" in conflict["problem"]["detail"]
    assert again == late
    assert "500.0 is stored, got 1.0" in twice["problem"]["detail"]
    assert fresh == {"timestamp": 60, "anomaly": 0}
    assert answers[65] == [late, conflict, again, twice, fresh]
    assert server.get("/streams/odd").json()["count"] == 62


def test_late_values_do_not_disturb_the_state(server: Served) -> None:
    sent = rows(values(150, seed=2))
    plain = server.exchange("/ws/calm?detail=1", *sent)
    late = [{"timestamp": i + 0.5, "value": 1e9} for i in range(90)]
    mixed = server.exchange("/ws/mixed?detail=1", *sent[:100], late, *sent[100:])
    assert mixed[:100] + mixed[101:] == plain
    assert all(a["late"] for a in mixed[100])


def test_columns_with_late_rows_say_so(server: Served) -> None:
    frame = {"timestamp": [10, 5, 10, 11], "value": [1, 1, 2, None]}
    (answer,) = server.exchange("/ws/columnar", frame)
    assert answer["late"] == [False, True, False, False]
    assert [p and p["title"] for p in answer["problem"]] == [
        None,
        None,
        "Another value is stored at this timestamp",
        None,
    ]
    (answer,) = server.exchange("/ws/columnar", {"timestamp": [10, 11], "value": [None, 1]})
    assert "the value 1.0 is stored, got null" in answer["problem"][0]["detail"]
    assert "a missing value is stored, got 1.0" in answer["problem"][1]["detail"]


def test_an_empty_frame_is_answered_in_its_place(server: Served) -> None:
    one = {"timestamp": 1, "value": 1}
    columns: dict[str, list[int]] = {"timestamp": [], "value": []}
    answers = server.exchange("/ws/empty", [], one, columns)
    assert answers == [[], {"timestamp": 1, "anomaly": None}, {"timestamp": [], "anomaly": []}]


def test_missing_values_are_no_anomalies(server: Served) -> None:
    sent = rows([*([1.0, 2.0, 3.0] * 20), None, None, 2.0])
    assert [a["anomaly"] for a in server.exchange("/ws/gaps", *sent)[60:]] == [None, None, 0]


def test_nan_is_a_missing_value_wherever_json_is_read(server: Served) -> None:
    """As Python writes it: a gap in a file is no reason to close the socket."""
    with server.socket("/ws/nans") as socket:
        for sent, answered in (
            ('{"timestamp": "2024-01-01", "value": NaN}', [None]),
            ('[{"timestamp": "2024-01-02", "value": NaN}]', [None]),
            ('{"timestamp": ["2024-01-03", "2024-01-04"], "value": [1, NaN]}', [None, None]),
        ):
            socket.send(sent)
            told = json.loads(socket.recv())
            found = told["anomaly"] if isinstance(told, dict) else told[0]["anomaly"]
            assert (found if isinstance(found, list) else [found]) == answered
    base = f"http://127.0.0.1:{server.port}"
    headers = {"content-type": "application/json"}
    body = '[{"timestamp": "2024-01-05", "value": NaN}]'
    answer = httpx2.post(f"{base}/streams/nans/observations", content=body, headers=headers)
    assert answer.json() == [{"timestamp": "2024-01-05", "anomaly": None}]
    kept = server.get("/streams/nans/observations").json()["observations"]
    assert [row["value"] for row in kept] == [None, None, 1.0, None, None]
    body = '{"values": [' + "1, 2, " * 20 + "NaN]}"
    for path in ("/detect", "/predict"):
        told = httpx2.post(base + path, content=body, headers=headers, timeout=60).json()
        assert (len(told["anomaly"]), told["anomaly"][-1]) == (41, None)


def test_the_unit_of_numbers_is_told_back(server: Served) -> None:
    server.exchange("/ws/millis", {"timestamp": 1_700_000_000_000, "value": 1})
    server.exchange("/ws/given?unit=us", {"timestamp": 1_700_000_000_000, "value": 1})
    server.exchange("/ws/zoned?tz=Asia/Tokyo", {"timestamp": "2024-01-01 09:00", "value": 1})
    told = {i: server.get(f"/streams/{i}").json() for i in ("millis", "given", "zoned")}
    assert told["millis"]["time_unit"] == "ms"
    assert told["millis"]["last_timestamp"] == "2023-11-14T22:13:20Z"
    assert told["given"]["last_timestamp"] == "1970-01-20T16:13:20Z"
    assert told["zoned"]["last_timestamp"] == "2024-01-01T00:00:00Z"


def test_a_number_as_text_tells_the_unit_too(server: Served) -> None:
    server.exchange("/ws/texts", {"timestamp": "1700000000000", "value": 1})
    rows = [{"timestamp": "1700000000000", "value": 1}, {"timestamp": "5000000000", "value": 2}]
    path = f"http://127.0.0.1:{server.port}/streams/text-rows/observations"
    assert httpx2.post(path, json=rows).status_code == 200
    for stream in ("texts", "text-rows"):
        assert server.get(f"/streams/{stream}").json()["time_unit"] == "ms"
    # In the stream's unit, as a number would be: seconds by its size, were it the first.
    server.exchange("/ws/texts", {"timestamp": "5000000000", "value": 2})
    for stream in ("texts", "text-rows"):
        kept = server.get(f"/streams/{stream}/observations").json()["observations"]
        assert [row["timestamp"] for row in kept] == [
            "1970-02-27T20:53:20Z",
            "2023-11-14T22:13:20Z",
        ]
    for date in ("20240102", "2024-01-02"):
        server.exchange(f"/ws/date-{date}", {"timestamp": date, "value": 1})
        told = server.get(f"/streams/date-{date}").json()
        assert (told["time_unit"], told["last_timestamp"]) == (None, "2024-01-02T00:00:00Z")


def test_the_client_id_may_stand_in_the_query(server: Served) -> None:
    server.exchange("/ws?client_id=by%20query&window=20", {"timestamp": 1, "value": 1})
    assert server.get("/streams/by%20query").json()["window"] == 20
    said, code = server.refused("/ws?window=20")
    assert (said[0]["status"], code) == (422, 1008)


BAD_SOCKETS = [
    ("/ws/a%2Fb", "invalid-stream-id", 422),
    ("/ws/a%0Ab", "invalid-stream-id", 422),
    ("/ws/" + "x" * 201, "invalid-stream-id", 422),
    ("/ws/" + "x" * 10_000, "invalid-stream-id", 422),
    ("/ws/", "invalid-stream-id", 422),
    ("/ws/new?window=0", "invalid-parameter", 422),
    ("/ws/new?window=1000000", "invalid-parameter", 422),
    ("/ws/new?window=9", "invalid-parameter", 422),
    ("/ws/new?window=-5", "invalid-parameter", 422),
    ("/ws/new?window=ten", "invalid-parameter", 422),
    ("/ws/new?window=%C2%B9%C2%B2", "invalid-parameter", 422),
    ("/ws/new?detail=perhaps", "invalid-parameter", 422),
    ("/ws/new?tz=Mars/Olympus", "invalid-parameter", 422),
    ("/ws/new?tz=../../etc/passwd", "invalid-parameter", 422),
    ("/ws/new?unit=fortnights", "invalid-parameter", 422),
]


@pytest.mark.parametrize(("path", "problem", "status"), BAD_SOCKETS)
def test_a_socket_that_asks_for_nonsense(
    server: Served, path: str, problem: str, status: int
) -> None:
    said, code = server.refused(path)
    assert (said[0]["type"], said[0]["status"], code) == (f"/problems/{problem}", status, 1008)
    assert len(said) == 1
    assert "new" not in {s["id"] for s in server.get("/streams?limit=1000").json()["streams"]}


GOOD = {"timestamp": 1, "value": 1.0}
BAD_FRAMES: list[tuple[Any, str]] = [
    ("", "malformed-message"),
    ("{", "malformed-message"),
    ("null", "malformed-message"),
    ("3", "malformed-message"),
    (b"\xff\xfe\x00", "malformed-message"),
    ({}, "malformed-message"),
    ({"timestamp": 2}, "malformed-message"),
    ({"value": 2}, "malformed-message"),
    ({"timestamp": 2, "value": 1, "unit": "K"}, "malformed-message"),
    ({"timestamp": 2, "value": "1"}, "malformed-message"),
    ({"timestamp": 2, "value": True}, "malformed-message"),
    ({"timestamp": None, "value": 1}, "malformed-message"),
    ({"timestamp": {}, "value": 1}, "malformed-message"),
    ('{"timestamp": 2, "value": -Infinity}', "malformed-message"),
    ('{"timestamp": NaN, "value": 1}', "malformed-message"),
    ('{"timestamp": 2, "value": NaN', "malformed-message"),
    ('{"timestamp": 2, "value": 1e999}', "malformed-message"),
    ({"timestamp": [2, 3], "value": 1}, "malformed-message"),
    ({"timestamp": [2, 3], "value": [1]}, "malformed-message"),
    ([{"timestamp": 2, "value": 1}, 3], "malformed-message"),
    ({"timestamp": "yesterday", "value": 1}, "invalid-timestamp"),
    ({"timestamp": "", "value": 1}, "invalid-timestamp"),
    ({"timestamp": "2024-13-01", "value": 1}, "invalid-timestamp"),
    ({"timestamp": "x" * 5000, "value": 1}, "invalid-timestamp"),
    ({"timestamp": 1e300, "value": 1}, "invalid-timestamp"),
    ([GOOD, {"timestamp": 3, "value": 1}, {"timestamp": "?", "value": 1}], "invalid-timestamp"),
    ("[" * 100_000, "malformed-message"),
    ("x" * 2_000_000, "message-too-large"),
]


@pytest.mark.parametrize(
    ("frame", "problem"),
    BAD_FRAMES,
    ids=lambda x: str(x)[:40],
)
def test_a_frame_that_cannot_be_used(server: Served, frame: Any, problem: str) -> None:
    """What came before is answered, the frame is kept out whole, and the socket closes."""
    name = f"bad-{abs(hash(str(frame)))}"
    said, code = server.refused(f"/ws/{name}", GOOD, frame)
    assert said[0] == {"timestamp": 1, "anomaly": None}
    assert (said[1]["type"], code) == (f"/problems/{problem}", 1008)
    assert said[1]["detail"]
    assert server.get(f"/streams/{name}").json()["count"] == 1


async def test_a_frame_of_100_megabytes_is_cut_off(server: Served) -> None:
    url = f"ws://127.0.0.1:{server.port}/ws/huge"
    async with async_connect(url, max_size=None) as websocket:
        sending = asyncio.create_task(websocket.send("x" * 100_000_000))
        problem = json.loads(await websocket.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await websocket.recv()
        await asyncio.gather(sending, return_exceptions=True)
    assert (problem["type"], problem["status"]) == ("/problems/message-too-large", 413)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    again = await asyncio.to_thread(server.exchange, "/ws/huge", GOOD)
    assert again == [{"timestamp": 1, "anomaly": None}]


def test_other_settings_than_the_stream_was_made_with(server: Served) -> None:
    server.exchange("/ws/pinned?window=40", GOOD)
    said, code = server.refused("/ws/pinned?window=50")
    assert (said[0]["type"], code) == ("/problems/stream-settings-conflict", 1008)
    assert server.exchange("/ws/pinned", {"timestamp": 2, "value": 1})[0]["anomaly"] is None
    assert server.exchange("/ws/pinned?window=40", GOOD) == [{"timestamp": 1, "anomaly": None}]


def test_the_newest_connection_wins(server: Served) -> None:
    with server.socket("/ws/two") as old:
        old.send(json.dumps(GOOD))
        assert json.loads(old.recv(20))["anomaly"] is None
        with server.socket("/ws/two") as new:
            problem = json.loads(old.recv(20))
            assert problem["type"] == "/problems/connection-replaced"
            with pytest.raises(ConnectionClosed) as closed:
                old.recv(20)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            new.send(json.dumps(GOOD))
            assert json.loads(new.recv(20)) == {"timestamp": 1, "anomaly": None}
            assert server.get("/streams/two").json()["active"]
    wait_for(lambda: not server.get("/streams/two").json()["active"])


def test_a_client_that_never_reads_is_made_to_wait(tmp_path: Path) -> None:
    """It fills its own buffers and no more of the server's than its share; others go on."""
    with (
        served(tmp_path / "data", streams={"max_in_flight": 64}) as server,
        server.socket("/ws/deaf") as deaf,
    ):
        frame = json.dumps({"timestamp": list(range(2_000)), "value": [1.0] * 2_000})
        sent = 0

        def send_all() -> None:
            nonlocal sent
            # Answers fill the way back, then frames the way there.
            with suppress(ConnectionClosed, OSError):
                for _ in range(5_000):
                    deaf.send(frame)
                    sent += 1

        sender = threading.Thread(target=send_all)
        sender.start()
        before = -1
        while sent > before:
            before = sent
            time.sleep(0.7)
        assert 0 < sent < 5_000
        assert server.services.engine.backlog.rows <= 64 * 2_000
        answer = server.exchange("/ws/lively", GOOD)
        assert answer == [{"timestamp": 1, "anomaly": None}]
        deaf.socket.shutdown(socket.SHUT_RDWR)
        sender.join()


def test_a_restart_changes_nothing(data_dir: Path) -> None:
    series = values(500, seed=9)
    sent = rows(series)
    got: list[Any] = []
    for start in range(0, 500, 125):
        with served(data_dir, streams={"snapshot_every": 100}) as server:
            got += server.exchange("/ws/pump?detail=1&window=80", *sent[start : start + 125])
    found = detect(series, window=80)
    scores = [math.nan if a["score"] is None else a["score"] for a in got]
    assert np.array(scores).tobytes() == found.score.tobytes()
    with served(data_dir) as server:
        assert server.exchange("/ws/pump?detail=1", *sent) == got


def test_many_streams_at_once(server: Served) -> None:
    series = {f"many-{k}": values(60, seed=k) for k in range(40)}
    with ExitStack() as stack:
        sockets = {
            name: stack.enter_context(server.socket(f"/ws/{name}?window=20")) for name in series
        }
        for i in range(60):
            for name, websocket in sockets.items():
                websocket.send(json.dumps({"timestamp": i, "value": series[name][i]}))
        for name, websocket in sockets.items():
            answers = [json.loads(websocket.recv(20))["anomaly"] for _ in range(60)]
            found = detect(series[name], window=20).anomaly
            assert answers == [None if math.isnan(a) else int(a) for a in found]


def wait_for(holds: Any, timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
