"""Streams over HTTP, and how errors are told."""

from __future__ import annotations

from urllib.parse import quote

import httpx2
import pytest
from starlette.routing import Route

from standout.server.app import create_app
from tests.serving import Served

SPIKY = [*([1.0, 2.0, 3.0] * 20), 50.0, 2.0, 3.0, -40.0, 1.0]


@pytest.fixture(scope="module", autouse=True)
def _streams(server: Served) -> None:
    for name in ("b", "a", "c 1", "ü~%"):
        server.exchange(
            "/ws/" + quote(name),
            *[{"timestamp": 1_700_000_000 + 60 * i, "value": v} for i, v in enumerate(SPIKY)],
        )


def test_the_root_greets_programs(server: Served) -> None:
    answer = server.get("/")
    assert answer.headers["content-type"] == "application/json"
    assert "accept" in answer.headers["vary"].lower()
    assert set(answer.json()) == {"message", "version", "docs", "active_clients"}


def test_the_root_shows_browsers_a_page(server: Served) -> None:
    answer = server.get("/", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert answer.headers["content-type"].startswith("text/html")
    assert "accept" in answer.headers["vary"].lower()


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_client_that_is_none_is_told_in_kind(server: Served, accept: str) -> None:
    answer = server.get("/client/nobody", accept=accept)
    assert (answer.status_code, "accept" in answer.headers["vary"].lower()) == (404, True)
    wanted = "text/html" if accept == "text/html" else "application/problem+json"
    assert answer.headers["content-type"].startswith(wanted)


def test_active_clients_are_listed(server: Served) -> None:
    with server.socket("/ws/here"):
        assert "here" in server.get("/").json()["active_clients"]
        assert server.get("/client/here").json()["active"] is True
        assert server.get("/health").json()["active_clients"] == 1


def test_health(server: Served) -> None:
    answer = server.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")


def test_a_stream_tells_how_it_stands(server: Served) -> None:
    told = server.get("/streams/a").json()
    assert {k: told[k] for k in ("id", "window", "detector", "count", "warmup_left", "tz")} == {
        "id": "a",
        "window": 100,
        "detector": "vote",
        "count": 65,
        "warmup_left": 0,
        "tz": "UTC",
    }
    assert told["anomalies"] == 2
    assert told["last_timestamp"] == "2023-11-14T23:17:20Z"
    assert told["last_value"] == 1.0


def test_streams_page_by_id(server: Served) -> None:
    whole = [s["id"] for s in server.get("/streams?limit=1000").json()["streams"]]
    assert whole == sorted(whole)
    seen: list[str] = []
    path = "/streams?limit=2"
    while True:
        page = server.get(path).json()
        seen += [s["id"] for s in page["streams"]]
        if page["next"] is None:
            break
        path = "/streams?limit=2&after=" + quote(page["next"])
    assert seen == whole


def test_anomalies_page_and_filter_by_time(server: Served) -> None:
    whole = server.get("/streams/a/anomalies").json()
    assert [a["value"] for a in whole["anomalies"]] == [50.0, -40.0]
    assert whole["next"] is None
    first = whole["anomalies"][0]
    assert first["score"] >= 0.6
    assert sum(first["votes"].values()) >= 3
    assert first["upper"] < first["value"]
    page = server.get("/streams/a/anomalies?limit=1").json()
    rest = server.get(f"/streams/a/anomalies?limit=1&after={page['next']}").json()
    assert page["anomalies"] + rest["anomalies"] == whole["anomalies"]
    after = server.get("/streams/a/anomalies?from=2023-11-14T23:14:00Z").json()
    assert [a["value"] for a in after["anomalies"]] == [-40.0]
    before = server.get(f"/streams/a/anomalies?to={1_700_000_000 + 60 * 63}").json()
    assert [a["value"] for a in before["anomalies"]] == [50.0]


PROBLEMS = [
    ("/streams/nobody", 404, "stream-not-found"),
    ("/streams/nobody/anomalies", 404, "stream-not-found"),
    ("/client/nobody", 404, "stream-not-found"),
    ("/streams?limit=0", 422, "invalid-input"),
    ("/streams?limit=1001", 422, "invalid-input"),
    ("/streams?limit=many", 422, "invalid-input"),
    ("/streams/a/anomalies?after=soon", 422, "invalid-parameter"),
    ("/streams/a/anomalies?after=99999999999999999999999", 422, "invalid-parameter"),
    ("/streams/a/anomalies?from=never", 422, "invalid-timestamp"),
    ("/streams/" + "x" * 300, 422, "invalid-stream-id"),
    ("/streams/a%00b", 422, "invalid-stream-id"),
]


@pytest.mark.parametrize(("path", "status", "problem"), PROBLEMS)
def test_problems(server: Served, path: str, status: int, problem: str) -> None:
    answer = server.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert told["type"] == f"/problems/{problem}"
    assert told["title"]
    assert told["detail"]
    assert told["instance"] == httpx2.URL(path).path


def test_a_route_that_is_not_there(server: Served) -> None:
    answer = server.get("/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    wrong = httpx2.post(f"http://127.0.0.1:{server.port}/health")
    assert (wrong.status_code, wrong.json()["status"]) == (405, 405)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/health", 200), ("/streams/a", 200), ("/streams/nope", 404), ("/fit", 405)],
)
def test_a_head_is_a_get_without_its_body(server: Served, path: str, status: int) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (status, b"")
        assert got.status_code == status
        for name in ("content-type", "vary"):
            assert head.headers.get(name) == got.headers.get(name)
        # The connection stands, and nothing of a body is left on it.
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/streams/a", "DELETE, GET, HEAD, PUT"),
        ("PUT", "/streams/a/observations", "GET, HEAD, POST"),
        ("GET", "/predict", "POST"),
        ("POST", "/", "GET, HEAD"),
    ],
)
def test_what_may_be_asked_of_a_path_is_told(
    server: Served, method: str, path: str, allowed: str
) -> None:
    answer = httpx2.request(method, f"http://127.0.0.1:{server.port}{path}")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_a_head_of_what_is_streamed_has_no_body(server: Served) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        head = client.head("/streams/a/observations", params={"format": "csv"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"].startswith("text/csv")


def test_any_origin_may_ask(server: Served) -> None:
    answer = server.get("/streams", origin="http://elsewhere.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_the_documentation_has_every_route(server: Served) -> None:
    described = server.get("/openapi.json").json()
    plain = {route.path for route in create_app(server.services).routes if type(route) is Route}
    assert {"/predict", "/predict-batch"} <= plain
    wanted = {
        *(plain - {"/openapi.json"}),
        *("/", "/health", "/metrics", "/log", "/evaluate", "/detectors", "/observations"),
        *("/streams", "/streams/{stream_id}", "/client/{client_id}", "/ws/{client_id}"),
        *(f"/streams/{{stream_id}}/{of}" for of in ("observations", "anomalies", "labels")),
        *("/streams/{stream_id}/window", "/live/streams", "/live/streams/{stream_id}"),
        *("/detect/", "/simulate/", "/upload-dataset", "/train/{dataset_id}", "/models"),
        *("/fit", "/update-model", "/detect-anomalies", "/jobs/{job_id}"),
    }
    assert wanted <= set(described["paths"])
    assert {"Observation", "DetailedAnswer", "History", "ProblemFrame"} <= set(
        described["components"]["schemas"]
    )
    upgrade = server.get("/ws/a")
    assert (upgrade.status_code, upgrade.json()["status"]) == (426, 426)
    page = server.get("/docs", accept="text/html")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
