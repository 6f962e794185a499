"""Clients of a server that may be killed at any moment: each knows what it was answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any

import httpx2
import numpy as np
import polars as pl
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from standout.service.scoring import detect

WINDOW = 50
OVERLAP = 30
"""Rows that are sent again after each death, although they were answered."""
TOLD = ("score", "expected", "lower", "upper")
WAIT_S = 30.0

Told = tuple[float, ...]


class Answered:
    """One stream: what is to be sent, and what was answered so far."""

    def __init__(self, name: str, rows: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.name = name
        # SQLite keeps no sign of a zero.
        self.values = np.round(random.standard_t(3, rows), 4) + 0.0
        self.values[random.random(rows) < 0.01] = np.nan
        self.told: list[Told] = []

    @property
    def start(self) -> int:
        """Row to begin with after a death: some that were answered are sent again."""
        return max(0, len(self.told) - OVERLAP)

    def row(self, i: int) -> dict[str, Any]:
        value = float(self.values[i])
        return {"timestamp": i, "value": None if np.isnan(value) else value}

    def columns(self, start: int, stop: int) -> dict[str, list[Any]]:
        rows = [self.row(i) for i in range(start, stop)]
        return {key: [row[key] for row in rows] for key in ("timestamp", "value")}

    def hear(self, i: int, row: dict[str, Any]) -> None:
        """Take an answer; one that came before must be the same to the bit."""
        assert row["timestamp"] == i, (self.name, i, row)
        assert not row.get("late"), (self.name, row)
        assert row.get("problem") is None, (self.name, row)
        told = tuple(np.nan if row[key] is None else float(row[key]) for key in TOLD)
        if i < len(self.told):
            assert np.array(told).tobytes() == np.array(self.told[i]).tobytes(), (self.name, i)
        else:
            assert i == len(self.told), (self.name, i)
            self.told.append(told)

    def check(self) -> None:
        """Compare all answers with those of one call that nothing interrupted."""
        n = len(self.told)
        found = detect(self.values[:n], window=WINDOW)
        for k, key in enumerate(TOLD):
            told = np.array([row[k] for row in self.told])
            assert told.tobytes() == getattr(found, key).tobytes(), (self.name, key)


class Sender(threading.Thread):
    """Sends until the server is gone, or until it is told to stop; fails at `finish`."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.enough = threading.Event()
        self.interrupted = False
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.send()
        except (WebSocketException, OSError, EOFError, httpx2.TransportError):
            self.interrupted = True
        except BaseException as error:  # noqa: BLE001 - raised where the thread is joined
            self.error = error

    def send(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        self.enough.set()
        self.join()
        if self.error is not None:
            raise self.error


class SocketSender(Sender):
    """Frames of `size` rows, as points, arrays or columns, `ahead` of them unanswered."""

    def __init__(self, port: int, stream: Answered, form: str, size: int, ahead: int) -> None:
        super().__init__(port)
        self.stream, self.form, self.size, self.ahead = stream, form, size, ahead

    def send(self) -> None:
        path = f"/ws/{self.stream.name}?window={WINDOW}&detail=1"
        with connect(f"ws://127.0.0.1:{self.port}{path}") as websocket:
            sent = heard = self.stream.start
            while heard < len(self.stream.values) and not self.enough.is_set():
                room = heard + self.ahead * self.size
                sent = self._send_up_to(websocket, sent, min(room, len(self.stream.values)))
                for row in self._rows(websocket.recv(WAIT_S)):
                    self.stream.hear(heard, row)
                    heard += 1

    def _send_up_to(self, websocket: ClientConnection, sent: int, end: int) -> int:
        while sent < end:
            stop = min(sent + self.size, end)
            websocket.send(json.dumps(self._frame(sent, stop)))
            sent = stop
        return sent

    def _frame(self, start: int, stop: int) -> Any:
        if self.form == "columns":
            return self.stream.columns(start, stop)
        rows = [self.stream.row(i) for i in range(start, stop)]
        return rows if self.form == "array" else rows[0]

    def _rows(self, text: str | bytes) -> list[dict[str, Any]]:
        told = json.loads(text)
        if isinstance(told, list):
            return told
        if self.form != "columns" or not isinstance(told["timestamp"], list):
            return [told]
        names = ("timestamp", *TOLD)
        columns = zip(*[told[name] for name in names], strict=True)
        return [dict(zip(names, row, strict=True)) for row in columns]


class UploadSender(Sender):
    """One upload after the other, of so many rows of each of its streams, which take turns."""

    def __init__(
        self, port: int, path: str, streams: Sequence[Answered], form: str, size: int
    ) -> None:
        super().__init__(port)
        self.url = f"http://127.0.0.1:{port}{path}?window={WINDOW}&detail=1"
        self.streams, self.form, self.size = streams, form, size
        self.by_id = path == "/observations"

    def send(self) -> None:
        with httpx2.Client(timeout=WAIT_S) as client:
            starts = [stream.start for stream in self.streams]
            while not self.enough.is_set():
                ends = [
                    min(start + self.size, len(stream.values))
                    for start, stream in zip(starts, self.streams, strict=True)
                ]
                if starts == ends:
                    return
                self._upload(client, self._places(starts, ends))
                starts = ends

    def _places(self, starts: list[int], ends: list[int]) -> list[tuple[Answered, int]]:
        spans = zip(self.streams, starts, ends, strict=True)
        turns = [(i, k, stream) for k, (stream, a, z) in enumerate(spans) for i in range(a, z)]
        # A stream that is ahead of others must still come in its own order.
        return [(stream, i) for i, _, stream in sorted(turns, key=lambda turn: turn[:2])]

    def _upload(self, client: httpx2.Client, places: list[tuple[Answered, int]]) -> None:
        media_type, write, read = FORMS[self.form]
        rows = [({"id": stream.name} if self.by_id else {}) | stream.row(i) for stream, i in places]
        body = write(pl.DataFrame(rows, infer_schema_length=None))
        headers = {"content-type": media_type}
        with client.stream("POST", self.url, content=body, headers=headers) as response:
            if response.status_code != 200:
                response.read()
                # A server that is stopping may say that it can keep no more.
                assert response.status_code == 503, response.text
                raise EOFError
            count = 0
            for (stream, i), row in zip(places, read(response), strict=False):
                if "status" in row:  # the problem that ends a broken answer
                    assert row["status"] == 503, row
                    raise EOFError
                stream.hear(i, row)
                count += 1
        if count < len(places):
            raise EOFError


def _ndjson(frame: pl.DataFrame) -> bytes:
    return frame.write_ndjson().encode()


def _csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()


def _arrow(frame: pl.DataFrame) -> bytes:
    written = BytesIO()
    frame.write_ipc_stream(written)
    return written.getvalue()


def _lines(response: httpx2.Response) -> Iterator[str]:
    """Give whole lines as they come: one that was torn by a death was no answer."""
    rest = ""
    for text in response.iter_text():
        *lines, rest = (rest + text).split("\n")
        yield from lines


def _read_ndjson(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, _lines(response))


def _read_csv(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    lines = _lines(response)
    names = next(lines, "").split(",")
    for line in lines:
        cells = line.split(",", len(names) - 1)
        row: dict[str, Any] = dict(zip(names, cells, strict=True))
        if not row["timestamp"]:
            yield json.loads(row["problem"][1:-1].replace('""', '"'))
            continue
        told = {name: row[name] or None for name in TOLD}
        late, problem = row["late"] == "true", row["problem"] or None
        yield {**told, "timestamp": int(row["timestamp"]), "late": late, "problem": problem}


def _read_arrow(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    """Give the rows of a whole answer."""
    for row in pl.read_ipc_stream(BytesIO(response.read())).to_dicts():
        yield json.loads(row["problem"]) if row["timestamp"] is None else row


Write = Callable[[pl.DataFrame], bytes]
Read = Callable[[httpx2.Response], Iterator[dict[str, Any]]]

FORMS: dict[str, tuple[str, Write, Read]] = {
    "ndjson": ("application/x-ndjson", _ndjson, _read_ndjson),
    "csv": ("text/csv", _csv, _read_csv),
    "arrow": ("application/vnd.apache.arrow.stream", _arrow, _read_arrow),
}


class Maker(Sender):
    """Makes streams and deletes some of them, by PUT and DELETE."""

    def __init__(self, port: int, life: int) -> None:
        super().__init__(port)
        self.life = life
        self.there: list[str] = []
        self.gone: list[str] = []

    def send(self) -> None:
        with httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=WAIT_S) as client:
            for i in range(200):
                if self.enough.wait(0.01):
                    return
                name = f"made-{self.life}-{i}"
                made = client.put(f"/streams/{name}", json={"window": 10 + i})
                self._answered(made, 201)
                if i % 3 == 0:
                    self._answered(client.delete(f"/streams/{name}"), 204)
                    self.gone.append(name)
                else:
                    self.there.append(name)

    def _answered(self, response: httpx2.Response, status: int) -> None:
        if response.status_code == 503:
            raise EOFError
        assert response.status_code == status, response.text
