"""What may pass is waited out, and doubles nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx2
import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import standout
from standout.client import Client
from standout.client.attempts import Retries
from standout.client.driving import Driver
from standout.client.sending import send
from standout.errors import (
    MalformedMessage,
    ServerUnreachable,
    StoreUnavailable,
    StreamDeleted,
    StreamNotFound,
)
from tests.client.faces import QUICK, mocked
from tests.client.faults import AFTER, FAULTS, Faulty, Script
from tests.client.test_client import assert_same, series, times

PROBLEM = {"title": "Title", "detail": "Why it is so."}
_numbers = itertools.count()


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_loses_or_doubles_anything(
    connected: Callable[..., Any], stream_id: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standout.client.sending.PIECE_ROWS", 100)
    script = Script([None, fault, fault, None, fault])
    reasons: list[str] = []
    client = connected(script, on_retry=reasons.append)
    values = series(300)
    told = client.send(stream_id, values, times(300), window=50)
    for thread in script.threads:
        thread.join()
    assert_same(told, standout.detect(values, window=50))
    assert told.problems == []
    assert not told.late.any()
    assert script.requests == ["POST"] * 6
    assert len(reasons) == 3
    summary = client.stream(stream_id)
    assert (summary.count, summary.anomalies) == (300, int((told.anomaly == 1).sum()))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_series_in_any_pieces_over_any_trouble_is_judged_as_by_detect(
    url: str, data: st.DataObject
) -> None:
    values = data.draw(
        st.lists(st.floats(width=32, allow_infinity=True, allow_nan=True) | st.none(), max_size=120)
    )
    steps = st.integers(1, 10**7)
    at = np.cumsum(data.draw(st.lists(steps, min_size=len(values), max_size=len(values))))
    stamps = (times(1)[0] + at).astype("datetime64[us]")
    cuts = sorted(data.draw(st.sets(st.integers(0, len(values)), max_size=3)) | {0, len(values)})
    script = Script(data.draw(st.lists(st.none() | st.sampled_from(FAULTS), max_size=12)))
    rows = data.draw(st.integers(1, 60))
    name = f"any {next(_numbers)}"
    driver = Driver(url, Faulty(script), timeout_s=10)
    asked = {"window": 10}
    parts = [
        driver.run(
            send(
                url, name, values[a:b], stamps[a:b], asked,
                retries=Retries(backoff=QUICK), piece_rows=rows,
            )
        )
        for a, b in itertools.pairwise(cuts)
    ]  # fmt: skip
    for thread in script.threads:
        thread.join()
    driver.close()
    found = standout.detect(values, window=10)
    for column in ("anomaly", "score", "expected", "lower", "upper", "votes"):
        told = np.concatenate([getattr(part, column) for part in parts] or [np.empty(0)])
        np.testing.assert_array_equal(told, getattr(found, column), err_msg=column)
    assert not any(part.problems or part.late.any() for part in parts)
    if values:
        with Client(url) as client:
            assert client.stream(name).count == len(values)


@pytest.mark.parametrize("fault", AFTER)
def test_a_delete_whose_answer_is_lost_is_a_delete(
    connected: Callable[..., Any], stream_id: str, fault: str
) -> None:
    client = connected(Script([None, fault]))
    client.make(stream_id)
    client.delete(stream_id)
    with pytest.raises(StreamNotFound):
        client.delete(stream_id)


@pytest.mark.parametrize("fault", FAULTS[:-1])
def test_questions_are_asked_again(
    connected: Callable[..., Any], stream_id: str, fault: str
) -> None:
    connected().send(stream_id, [1.0, 2.0], [1, 2])
    assert connected(Script([fault])).stream(stream_id).count == 2
    assert len(connected(Script([fault])).observations(stream_id)) == 2
    assert connected(Script([fault])).make(stream_id).id == stream_id
    assert stream_id in [stream.id for stream in connected(Script([fault])).streams()]


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ("refused", ServerUnreachable, "connection refused"),
        ("slow", ServerUnreachable, "timed out"),
        ("cut", ServerUnreachable, "broke off"),
        ("busy", StoreUnavailable, "The disk is full."),
        ("html", ServerUnreachable, "status 504"),
    ],
)
def test_trouble_that_stays_is_raised(
    connected: Callable[..., Any], stream_id: str, fault: str, kind: type[Exception], says: str
) -> None:
    script = Script([fault] * 1_000)
    client = connected(script, retry_for_s=0.05)
    with pytest.raises(kind, match=says):
        client.send(stream_id, [1.0], [1])
    assert len(script.requests) > 1


def test_health_is_asked_once(connected: Callable[..., Any]) -> None:
    script = Script(["refused"])
    with pytest.raises(ServerUnreachable, match="connection refused"):
        connected(script).health()
    assert len(script.requests) == 1


def test_a_server_that_is_not_well_tells_its_health(face: str) -> None:
    body = {
        "status": "unhealthy",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": "1",
        "store": "The disk is full.",
        "active_clients": 0,
    }
    client = mocked(face, lambda _: httpx2.Response(503, json=body))
    assert client.health().store == "The disk is full."
    client.close()


@pytest.mark.parametrize("status", [301, 400, 403, 404, 409, 413, 422, 500, 501])
def test_what_will_not_pass_is_not_asked_again(face: str, status: int) -> None:
    asked: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.method)
        return httpx2.Response(status, text="<html>no</html>")

    client = mocked(face, handler)
    with pytest.raises(ServerUnreachable, match=f"status {status}; is a Standout server there"):
        client.send("a", [1.0], [1])
    assert asked == ["POST"]
    client.close()


@pytest.mark.parametrize("act", ["send", "stream", "observations", "health"])
def test_another_server_is_noticed(face: str, act: str) -> None:
    client = mocked(face, lambda _: httpx2.Response(200, text="<html>Welcome</html>"))
    arguments = {"send": ("a", [1.0], [1]), "health": ()}.get(act, ("a",))
    with pytest.raises(MalformedMessage, match="is a Standout server there"):
        getattr(client, act)(*arguments)
    client.close()


def test_a_server_may_ask_to_wait(face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("standout.client.driving.time.sleep", waited.append)
    monkeypatch.setattr("standout.client.driving.asyncio.sleep", sleep)
    answers = iter([httpx2.Response(429, headers={"Retry-After": "7"}), httpx2.Response(404)])
    client = mocked(face, lambda _: next(answers))
    with pytest.raises(ServerUnreachable):
        client.stream("a")
    assert waited == [7.0]
    client.close()


def answer(rows: int, problem: dict[str, Any] | None = None) -> httpx2.Response:
    """Answer verdicts on so many rows, and with the problem that ended them."""
    n = rows + (problem is not None)
    text = [None] * rows + ([msgspec.json.encode(problem).decode()] if problem else [])
    columns: dict[str, Any] = dict.fromkeys(
        ("score", "expected", "lower", "upper"), pl.Series([None] * n, dtype=pl.Float64)
    )
    columns["anomaly"] = pl.Series([None] * n, dtype=pl.Int8)
    columns["timestamp"] = pl.Series([*range(rows), *[None] * (n - rows)], dtype=pl.Int64)
    columns["late"] = pl.Series([False] * rows + [None] * (n - rows), dtype=pl.Boolean)
    columns["problem"] = pl.Series(text, dtype=pl.String)
    buffer = BytesIO()
    pl.DataFrame(columns).write_ipc_stream(buffer)
    headers = {"content-type": "application/vnd.apache.arrow.stream"}
    return httpx2.Response(200, headers=headers, content=buffer.getvalue())


@pytest.mark.parametrize(
    ("slug", "status", "kind"),
    [
        ("store-unavailable", 503, None),
        (None, 200, None),
        ("stream-deleted", 409, StreamDeleted),
    ],
)
def test_an_answer_may_end_before_its_time(
    face: str, slug: str | None, status: int, kind: type[Exception] | None
) -> None:
    problem = {**PROBLEM, "type": f"/problems/{slug}", "status": status} if slug else None
    answers = [answer(3), answer(1, problem)]
    client = mocked(face, lambda _: answers.pop())
    if kind is None:
        assert len(client.send("a", [1, 2, 3], [1, 2, 3])) == 3
    else:
        with pytest.raises(kind, match="Why it is so"):
            client.send("a", [1, 2, 3], [1, 2, 3])
    assert len(answers) == (kind is not None)
    client.close()
