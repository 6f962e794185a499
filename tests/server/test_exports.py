"""``GET /streams/{id}/observations``: pages, and exports in each format."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx2
import polars as pl
import pytest

from standout.service.exports import CHUNK_ROWS
from tests.server.uploading import ARROW, CSV, FORMATS, NDJSON, VOTERS, post, send
from tests.serving import Served

LONG = 2 * CHUNK_ROWS + 17
SPIKY = [*([1.0, None, 3.0] * 20), 50.0, 2.0]


@pytest.fixture(scope="module", autouse=True)
def _streams(server: Served) -> None:
    rows = [{"timestamp": 1_700_000_000 + 60 * i, "value": v} for i, v in enumerate(SPIKY)]
    rows.append({"timestamp": 1_600_000_000.25, "value": 7.0})
    send(server, "/streams/spiky/observations", FORMATS[2], rows)
    long = [{"timestamp": i, "value": float(i % 13)} for i in range(LONG)]
    send(server, "/streams/long/observations", FORMATS[4], long)


def pages(server: Served, path: str, limit: int) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    after = ""
    while True:
        page = server.get(f"{path}limit={limit}{after}").json()
        assert len(page["observations"]) <= limit
        seen += page["observations"]
        if page["next"] is None:
            return seen
        after = f"&after={page['next']}"


def test_pages_are_ordered_by_time(server: Served) -> None:
    whole = pages(server, "/streams/spiky/observations?", 1_000)
    assert whole == pages(server, "/streams/spiky/observations?", 7)
    assert [row["value"] for row in whole] == [7.0, *SPIKY]
    assert [row["seq"] for row in whole] == [63, *range(1, 63)]
    late, warm, spike = whole[0], whole[1], whole[-2]
    assert (late["timestamp"], late["late"]) == ("2020-09-13T12:26:40.250000Z", True)
    assert (warm["score"], warm["anomaly"], warm["votes"]) == (None, None, None)
    assert (spike["anomaly"], spike["late"]) == (1, False)
    assert sum(spike["votes"].values()) >= 3
    assert server.get("/streams/spiky/observations").json()["id"] == "spiky"


def test_a_span_of_time(server: Served) -> None:
    for query in ("from=1700000060&to=1700000180", "from=2023-11-14T22:14:20Z&to=1700000180"):
        rows = pages(server, f"/streams/spiky/observations?{query}&", 1)
        assert [row["seq"] for row in rows] == [2, 3]
        text = server.get(f"/streams/spiky/observations?format=csv&{query}").text
        assert pl.read_csv(text.encode())["timestamp"].to_list() == [
            "2023-11-14T22:14:20Z",
            "2023-11-14T22:15:20Z",
        ]


def read(form: str, body: bytes) -> list[dict[str, Any]]:
    """Rows as a page has them, but for `seq`."""
    if form == NDJSON:
        return pl.read_ndjson(body, infer_schema_length=None).to_dicts()
    frame = pl.read_csv(body, infer_schema_length=None) if form == CSV else pl.read_ipc_stream(body)
    rows = frame.to_dicts()
    for row in rows:
        votes = {name: row.pop(name) for name in VOTERS}
        row["votes"] = None if row["score"] is None else votes
        if form == ARROW:
            precise = "auto" if row["timestamp"].microsecond == 0 else "microseconds"
            text = row["timestamp"].replace(tzinfo=None).isoformat(timespec=precise)
            row["timestamp"] = text + "Z"
    return rows


@pytest.mark.parametrize(("name", "form"), [("csv", CSV), ("ndjson", NDJSON), ("arrow", ARROW)])
@pytest.mark.parametrize("stream", ["spiky", "long"])
def test_an_export_has_what_the_pages_have(
    server: Served, stream: str, name: str, form: str
) -> None:
    path = f"/streams/{stream}/observations"
    answer = server.get(f"{path}?format={name}")
    assert answer.headers["content-type"].startswith(form)
    assert f'filename="{stream}.{name}"' in answer.headers["content-disposition"]
    assert server.get(path, accept=f"{form}, */*;q=0.1").content == answer.content
    wanted = pages(server, f"{path}?", 1_000)
    for row in wanted:
        del row["seq"]
    assert read(form, answer.content) == wanted


def test_the_query_goes_before_the_header(server: Served) -> None:
    path = "/streams/spiky/observations"
    assert "json" in server.get(f"{path}?format=json", accept=CSV).headers["content-type"]
    assert "json" in server.get(path, accept="application/json, text/csv").headers["content-type"]
    assert "json" in server.get(path, accept="text/html").headers["content-type"]
    assert "accept" in server.get(path).headers["vary"].lower()


FORMS = [("csv", CSV), ("ndjson", NDJSON), ("arrow", ARROW)]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_an_export_can_be_sent_again(server: Served, name: str, form: str) -> None:
    exported = server.get(f"/streams/long/observations?format={name}").content
    answer = post(server, f"/streams/copy-{name}/observations?verdicts=none", exported, form)
    assert answer.json()["stored"] == LONG
    again = server.get(f"/streams/copy-{name}/observations?format={name}").content
    assert again == exported


@pytest.mark.parametrize(("name", "form"), FORMS)
@pytest.mark.parametrize(
    "settings",
    [
        {"channels": ["flow", "heat", "a.b"]},
        {"duplicates": "keep"},
        {"duplicates": "keep", "channels": ["flow", "heat", "a.b"]},
    ],
    ids=["channels", "keys", "both"],
)
def test_an_export_of_channels_or_keys_can_be_sent_again(
    server: Served, name: str, form: str, settings: dict[str, Any]
) -> None:
    kept = "channels" if "channels" in settings else ""
    first, copy = (f"{which}-{kept}-{settings.get('duplicates')}-{name}" for which in ("of", "to"))
    rows = []
    for i in range(200):
        value: Any = float(i % 7) if i != 150 else 99.0
        if kept:
            value = [value, None if i % 11 == 0 else -value, 1.0] if i % 49 else None
        row = {"timestamp": 60 * i, "value": value}
        rows.append(row | {"seq": i} if "duplicates" in settings else row)
    for stream in (first, copy):
        made = httpx2.put(f"http://127.0.0.1:{server.port}/streams/{stream}", json=settings)
        assert made.status_code == 201
    send(server, f"/streams/{first}/observations", FORMATS[2], rows)
    exported = server.get(f"/streams/{first}/observations?format={name}").content

    answer = post(server, f"/streams/{copy}/observations?verdicts=none", exported, form)

    assert answer.json()["stored"] == 200
    assert answer.json()["anomalies"] > 0
    assert server.get(f"/streams/{copy}/observations?format={name}").content == exported


def test_lines_that_are_no_export_are_told(server: Served) -> None:
    good = b'{"timestamp":1,"value":1.0,"score":null,"votes":null,"late":false}\n'
    for line, told in (
        (b'{"timestamp":2,"value":1.0,"unit":"K"}', "unknown field `unit`"),
        (b'{"timestamp":2,"value":1.0,"value.a":1.0}', "same channels; got 'a' after 'none'"),
        (b'{"timestamp":2,"score":0.5}', "missing required field `value`"),
        (b'{"timestamp":2,"value":"1"}', "got `str`"),
        (b'{"timestamp":2,', "not JSON"),
        (b"[1, 2]", "object"),
    ):
        answer = post(server, "/streams/again/observations?verdicts=none", good + line, NDJSON)
        assert (answer.status_code, answer.json()["line"]) == (400, 2), answer.text
        assert told in answer.json()["detail"], answer.text


@pytest.mark.parametrize("name", ["csv", "ndjson", "arrow", "json"])
def test_a_stream_without_rows(server: Served, name: str) -> None:
    httpx2.put(f"http://127.0.0.1:{server.port}/streams/empty")
    answer = server.get(f"/streams/empty/observations?format={name}")
    assert answer.status_code == 200
    if name == "json":
        assert answer.json()["observations"] == []
    elif name == "ndjson":
        assert answer.content == b""
    elif name == "csv":
        assert answer.text.startswith("timestamp,value,score,anomaly,zscore,")
        assert answer.text.count("\n") == 1
    else:
        assert pl.read_ipc_stream(BytesIO(answer.content)).schema["value"] == pl.Float64


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/streams/nobody/observations", 404),
        ("/streams/nobody/observations?format=csv", 404),
        ("/streams/spiky/observations?format=xml", 422),
        ("/streams/spiky/observations?limit=0", 422),
        ("/streams/spiky/observations?after=x", 422),
        ("/streams/spiky/observations?from=x", 422),
        ("/streams/spiky/observations?format=csv&to=x", 422),
    ],
)
def test_problems(server: Served, path: str, status: int) -> None:
    answer = server.get(path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
