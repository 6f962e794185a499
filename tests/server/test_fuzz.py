"""Bodies that were good once, spoilt at random: never an internal error, nothing half-kept."""

from __future__ import annotations

import io
import random

import httpx2
import polars as pl
import pytest

from tests.serving import Served

ROUNDS = 400
QUERIES = ("", "?verdicts=none", "?detail=1", "?window=10", "?tz=Asia/Tokyo", "?unit=ms")


def arrow() -> bytes:
    written = io.BytesIO()
    frame = pl.DataFrame({"timestamp": [1, 2, 3], "value": [1.0, None, 3.0]})
    frame.write_ipc_stream(written)
    return written.getvalue()


GOOD = {
    "application/json": b'[{"timestamp":1,"value":1.5},{"timestamp":2,"value":null}]',
    "application/x-ndjson": b'{"timestamp":1,"value":1.5}\n{"timestamp":2,"value":null}\n',
    "text/csv": b"timestamp,value\n1,1.5\n2,\n",
    "application/vnd.apache.arrow.stream": arrow(),
}


def spoilt(body: bytes, draw: random.Random) -> bytes:
    data = bytearray(body)
    for _ in range(draw.randint(0, 6)):
        place = draw.randrange(len(data) + 1)
        match draw.randrange(4):
            case 0 if place < len(data):
                data[place] = draw.randrange(256)
            case 1:
                data[place:place] = draw.randbytes(draw.randint(1, 8))
            case 2:
                del data[place : place + draw.randint(1, 20)]
            case _:
                data = data * 2
    return bytes(data)


@pytest.mark.parametrize("kind", GOOD)
def test_spoilt_uploads(server: Served, kind: str) -> None:
    draw = random.Random(kind)
    statuses = set()
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client:
        for i in range(ROUNDS):
            body = spoilt(GOOD[kind], draw)
            path = draw.choice([f"/streams/fuzz-{i % 20}/observations", "/observations"])
            answer = client.post(
                path + draw.choice(QUERIES), content=body, headers={"content-type": kind}
            )
            assert answer.status_code < 500, (path, body, answer.text)
            statuses.add(answer.status_code)
        assert client.get("/health").json()["status"] == "healthy"
    assert {200, 400} <= statuses


def test_spoilt_frames(server: Served) -> None:
    draw = random.Random(0)
    for i in range(ROUNDS):
        frame = spoilt(GOOD["application/json"], draw)
        said, code = server.refused(f"/ws/fuzz-frames-{i}", frame, "!")
        assert code == 1008, (frame, said)
        assert said[-1]["status"] < 500
