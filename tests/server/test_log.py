"""The log's newest lines, for the page that shows them."""

from __future__ import annotations

import json
import logging

import pytest
from structlog.testing import capture_logs

from standout.server import log_ring
from standout.server.log_ring import KEPT, MAX_TEXT, LogRing
from tests.server.tables import client, prices, train, upload
from tests.serving import Served


@pytest.fixture
def ring() -> LogRing:
    return LogRing()


def put(ring: LogRing, message: object, level: int = logging.INFO, error: bool = False) -> None:
    info = None
    if error:
        problem = ValueError("it broke")
        info = (ValueError, problem, None)
    ring.handle(logging.LogRecord("a", level, "", 0, message, (), info))


def test_lines_come_once_each(ring: LogRing) -> None:
    for i in range(5):
        put(ring, f"line {i}")
    first = ring.page(after=0, limit=100)
    assert [line.event for line in first.lines] == [f"line {i}" for i in range(5)]
    assert (first.first, first.next) == (1, 5)
    assert ring.page(after=5, limit=100).lines == []
    put(ring, "later", logging.ERROR)
    (line,) = ring.page(after=5, limit=100).lines
    assert (line.n, line.event, line.level) == (6, "later", "error")


def test_structured_lines_keep_their_fields(ring: LogRing) -> None:
    event = {"event": "client gone", "level": "info", "stream": "pump-7", "received": 3, "x": [1]}
    put(ring, event, error=True)
    (line,) = ring.page(after=0, limit=1).lines
    assert line.event == "client gone"
    assert line.fields == {
        "stream": "pump-7",
        "received": 3,
        "x": "[1]",
        "exception": "ValueError('it broke')",
    }


def test_it_is_bounded(ring: LogRing) -> None:
    for i in range(KEPT + 50):
        put(ring, f"line {i}")
    put(ring, "x" * (MAX_TEXT * 2))
    told = ring.page(after=0, limit=KEPT)
    assert len(told.lines) == KEPT
    assert told.first == 52
    assert len(told.lines[-1].event) == MAX_TEXT
    assert [line.n for line in ring.page(after=0, limit=2).lines] == [KEPT + 50, KEPT + 51]


def test_after_a_restart_the_numbers_begin_anew(ring: LogRing) -> None:
    put(ring, "after the restart")
    assert [line.n for line in ring.page(after=400, limit=10).lines] == [1]


def test_it_is_told_over_http(server: Served) -> None:
    answer = server.get("/log?limit=5")
    assert answer.status_code == 200
    assert set(answer.json()) == {"lines", "first", "next"}
    assert server.get("/log?after=-1").status_code == 422
    assert server.get("/log?limit=0").status_code == 422


def test_lines_come_over_a_socket_and_go_on_after_a_number(server: Served) -> None:
    log_ring.listen()
    logger = logging.getLogger("tests.log")
    logger.warning("before the socket")
    with server.socket("/live/log") as page:
        kept = json.loads(page.recv(20))
        assert kept["type"] == "lines"
        assert "before the socket" in [line["event"] for line in kept["lines"]]
        logger.warning("after it")
        fresh = json.loads(page.recv(20))
        assert fresh["first"] == kept["next"] + 1
        assert "after it" in [line["event"] for line in fresh["lines"]]
    with server.socket(f"/live/log?after={fresh['next']}") as page:
        told = json.loads(page.recv(20))
        assert told["next"] >= fresh["next"]
        assert all(line["n"] > fresh["next"] for line in told["lines"])


def test_a_number_that_is_none_is_a_problem(server: Served) -> None:
    said, code = server.refused("/live/log?after=x")
    assert (said[0]["status"], code) == (422, 1008)


def test_a_training_tells_its_stages(server: Served) -> None:
    """So that who waits for it can follow it; each line names the job."""
    with capture_logs() as lines, client(server) as asking:
        answer = train(asking, upload(asking, prices()))
    own = [line for line in lines if line.get("job") == answer["job"]["id"]]
    told = [line for line in own if "stage" in line]
    stages = ["start", "read", "features", "fit", "threshold", "scores", "write"]
    assert [line["stage"] for line in told] == stages
    assert (told[-1]["rows"], told[-1]["features"]) == (300, 10)
    assert answer["training_stats"]["fit_s"] == told[-1]["fit_s"] > 0
