"""Uploads whose clients break off, wait, or meet each other."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from standout.server.rest import spool
from standout.service.scoring import detect
from tests.server.uploading import CSV, FORMATS, Format, count, post, rows_of, send
from tests.serving import READ_TIMEOUT_S, Served

CSV_FORM = Format("csv", CSV)


@contextmanager
def upload(server: Served, path: str) -> Iterator[socket.socket]:
    """A request whose body is sent by hand, in chunks."""
    with socket.create_connection(("127.0.0.1", server.port), READ_TIMEOUT_S) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        yield connection


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_a_client_that_breaks_off_keeps_whole_pieces(server: Served) -> None:
    body = CSV_FORM.write(rows_of([float(i % 7) for i in range(120_000)]))
    half = len(body) * 3 // 4
    with upload(server, "/streams/cut/observations") as connection:
        connection.sendall(chunk(body[:half]))
        # The answer has begun, so some of it is kept.
        heard = b""
        while b"timestamp,anomaly" not in heard:
            heard += connection.recv(1 << 16)
    kept = 0
    for _ in range(200):
        before, kept = kept, server.get("/streams/cut").json()["count"]
        if kept == before and server.services.engine.backlog.rows == 0:
            break
    assert 0 < kept < 120_000
    told = count(
        server,
        "/streams/cut/observations",
        CSV_FORM,
        rows_of([float(i % 7) for i in range(120_000)]),
    )
    assert (told["received"], told["stored"], told["refused"]) == (120_000, 120_000 - kept, 0)
    assert server.get("/health").json()["status"] == "healthy"


def test_answers_come_while_the_body_is_sent(server: Served) -> None:
    rows = rows_of([1.0] * 60_000)
    body = CSV_FORM.write(rows)
    with upload(server, "/streams/duplex/observations") as connection:
        connection.sendall(chunk(body[: len(body) * 9 // 10]))
        heard = b""
        while b"\n5,,false" not in heard:
            heard += connection.recv(1 << 16)
        connection.sendall(chunk(body[len(body) * 9 // 10 :]) + b"0\r\n\r\n")
        while not heard.endswith(b"0\r\n\r\n"):
            heard += connection.recv(1 << 16)
    assert b"\n59999,0,false" in heard


def test_a_client_that_reads_nothing_before_its_end(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is far larger than all buffers between the two."""
    monkeypatch.setattr(spool, "MAX_MEMORY_BYTES", 1 << 16)
    body = CSV_FORM.write(rows_of([float(i % 5) for i in range(150_000)]))
    with upload(server, "/streams/mute/observations?detail=1") as connection:
        for first in range(0, len(body), 50_000):
            connection.sendall(chunk(body[first : first + 50_000]))
        connection.sendall(b"0\r\n\r\n")
        heard = bytearray()
        while not heard.endswith(b"0\r\n\r\n"):
            heard += connection.recv(1 << 16)
    assert b"\n149999,0," in heard


def test_two_uploads_of_the_same_to_one_stream(server: Served) -> None:
    rows = rows_of([float(i % 11) for i in range(30_000)])
    with ThreadPoolExecutor(2) as pool:
        told = list(
            pool.map(
                lambda form: count(server, "/streams/both/observations", form, rows), FORMATS[2:4]
            )
        )
    assert sum(one["stored"] for one in told) == 30_000
    assert [one["received"] for one in told] == [30_000, 30_000]
    assert [one["refused"] for one in told] == [0, 0]
    assert server.get("/streams/both").json()["count"] == 30_000


def test_an_upload_while_a_socket_sends(server: Served) -> None:
    """Other streams go on; on the same stream each row is kept once."""
    rows = rows_of([float(i % 11) for i in range(60_000)])
    answers: list[Any] = []

    def stream(name: str) -> None:
        with server.socket(f"/ws/{name}") as websocket:
            for row in rows_of([1.0, 2.0] * 200, start=10**9):
                websocket.send(json.dumps(row))
                answers.append((name, json.loads(websocket.recv(READ_TIMEOUT_S))))

    threads = [threading.Thread(target=stream, args=(name,)) for name in ("apart", "shared")]
    for thread in threads:
        thread.start()
    told = send(server, "/streams/shared/observations", CSV_FORM, rows)
    for thread in threads:
        thread.join()
    assert [row["timestamp"] for row in told] == list(range(60_000))
    assert server.get("/streams/shared").json()["count"] == 60_400
    apart = [answer["anomaly"] for name, answer in answers if name == "apart"]
    found = detect([1.0, 2.0] * 200, detector="vote")
    assert apart[30:] == [int(a) for a in found.anomaly[30:]]
    assert len([1 for name, _ in answers if name == "shared"]) == 400


def test_a_stream_that_is_deleted_under_an_upload(server: Served) -> None:
    body = CSV_FORM.write(rows_of([1.0] * 60_000))
    with upload(server, "/streams/under/observations") as connection:
        connection.sendall(chunk(body[: len(body) * 9 // 10]))
        heard = b""
        while b"\n5,,false" not in heard:
            heard += connection.recv(1 << 16)
        url = f"http://127.0.0.1:{server.port}/streams/under"
        assert httpx2.delete(url).status_code == 204
        connection.sendall(chunk(body[len(body) * 9 // 10 :]) + b"0\r\n\r\n")
        while not heard.endswith(b"0\r\n\r\n"):
            heard += connection.recv(1 << 16)
    assert b"/problems/stream-deleted" in heard
    assert server.get("/streams/under").status_code == 404
    assert post(server, "/streams/under/observations", body, CSV).status_code == 200
