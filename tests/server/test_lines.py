"""How messages reach a session: by our own protocol, in whatever pieces they come, and by ASGI."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
import uvicorn
from websockets.frames import Frame, Opcode

from standout.bootstrap import build
from standout.server.app import create_app
from standout.server.run import listen, uvicorn_config
from standout.settings import load_settings
from tests.serving import Served

HANDSHAKE = (
    "GET /ws/{name} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Raw:
    """A client that decides itself how its bytes are cut."""

    def __init__(self, port: int, name: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(HANDSHAKE.format(name=name).encode())
        self._read = b""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, self._read = self._read.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def frame(self) -> tuple[int, bytes]:
        """Return kind and payload of the next frame."""
        first, size = self._take(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return first & 0x0F, self._take(size)

    def answers(self, n: int) -> list[Any]:
        """Return the next answers; there must be no other frame between them."""
        frames = [self.frame() for _ in range(n)]
        assert {kind for kind, _ in frames} == {Opcode.TEXT}
        return [json.loads(data) for _, data in frames]

    def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        taken, self._read = self._read[:size], self._read[size:]
        return taken

    def _more(self) -> None:
        data = self.socket.recv(65_536)
        if not data:
            raise EOFError
        self._read += data


def point(i: int, value: float = 1.0) -> bytes:
    return json.dumps({"timestamp": i, "value": value}).encode()


def text(data: bytes, *, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=True)


def stamps(answers: list[Any]) -> list[Any]:
    return [answer["timestamp"] for answer in answers]


@pytest.mark.parametrize("size", [1, 7, 1_001, 10**9])
def test_frames_may_come_in_any_pieces(server: Served, size: int) -> None:
    long = json.dumps({"timestamp": list(range(100, 9_000)), "value": [1] * 8_900}).encode()
    points = b"".join(text(point(i)) for i in range(50))
    sent = points + (text(long) + text(point(9_000)) if size > 7 else b"")
    with Raw(server.port, f"pieces-{size}") as raw:
        for i in range(0, len(sent), size):
            raw.socket.sendall(sent[i : i + size])
        answers = raw.answers(52 if size > 7 else 50)
    assert stamps(answers[:50]) == list(range(50))
    assert stamps(answers[50:]) == ([list(range(100, 9_000)), 9_000] if size > 7 else [])


def test_a_message_in_fragments_keeps_its_place(server: Served) -> None:
    half = len(point(2)) // 2
    sent = [
        text(point(1)),
        text(point(2)[:half], fin=False),
        text(b"still here?", opcode=Opcode.PING),
        text(point(2)[half:], opcode=Opcode.CONT),
        text(point(3)),
        text(point(4), opcode=Opcode.BINARY),
    ]
    with Raw(server.port, "fragments") as raw:
        raw.socket.sendall(b"".join(sent))
        frames = [raw.frame() for _ in range(5)]
    assert frames.count((Opcode.PONG, b"still here?")) == 1
    said = [json.loads(data) for kind, data in frames if kind == Opcode.TEXT]
    assert stamps(said) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (Frame(Opcode.TEXT, point(1)).serialize(mask=False), 1002),
        (Frame(Opcode.CLOSE, b"").serialize(mask=False), 1002),
        (text(b'{"timestamp": "\xff", "value": 1}'), 1007),
        (text(point(1), fin=False) + text(point(2)), 1002),
        (text(b"", opcode=Opcode.CONT), 1002),
        (b"\xf1\x80" + os.urandom(4), 1002),
    ],
    ids=["unmasked", "unmasked close", "no UTF-8", "two at once", "no beginning", "reserved bits"],
)
def test_a_frame_that_breaks_the_protocol_ends_it(server: Served, sent: bytes, code: int) -> None:
    with Raw(server.port, "broken") as raw:
        raw.socket.sendall(text(point(0)) + sent)
        kinds = {}
        while Opcode.CLOSE not in kinds:
            kind, data = raw.frame()
            kinds[kind] = data
    assert struct.unpack_from("!H", kinds[Opcode.CLOSE]) == (code,)


def test_a_text_that_is_none_is_told_and_no_failure_of_ours(
    server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    begun = text(b'{"timestamp": "', fin=False)
    for sent in (text(b'"\xff"'), begun + text(b'\xff"}', opcode=Opcode.CONT)):
        with Raw(server.port, "no-text") as raw:
            raw.socket.sendall(sent)
            _, problem = raw.frame()
            kind, close = raw.frame()
        assert json.loads(problem)["detail"].endswith("a text that is not UTF-8.")
        assert (kind, close[:2]) == (Opcode.CLOSE, struct.pack("!H", 1007))
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_text_beyond_ascii_is_read(server: Served) -> None:
    with Raw(server.port, "beyond") as raw:
        raw.socket.sendall(
            text(point(1)) + text('{"timestamp": "größer"}'.encode()) + text(point(2))
        )
        (answer,) = raw.answers(1)
        _, problem = raw.frame()
    assert answer["timestamp"] == 1
    assert json.loads(problem)["status"] == 400


def test_a_goodbye_is_heard_while_nothing_is_read(server: Served) -> None:
    most = server.services.settings.streams.max_in_flight
    sent = b"".join(text(point(i)) for i in range(4 * most))
    with Raw(server.port, "goodbye") as raw:
        raw.socket.sendall(sent + text(struct.pack("!H", 1000), opcode=Opcode.CLOSE))
        frames: list[tuple[int, bytes]] = []
        while not frames or frames[-1][0] != Opcode.CLOSE:
            frames.append(raw.frame())
    # All that was sent before the goodbye was at least taken in order.
    answers = [json.loads(data) for kind, data in frames if kind == Opcode.TEXT]
    assert stamps(answers) == list(range(len(answers)))


@contextmanager
def served_by_another(data_dir: Path) -> Iterator[int]:
    """Serve as ``uvicorn main:app`` does: with uvicorn's own protocol for sockets."""
    services = build(load_settings(data_dir=data_dir))
    config = uvicorn_config(create_app(services), services.settings)
    config.ws = "websockets-sansio"
    server = uvicorn.Server(config)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                thread.join(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_another_server_gives_the_same_answers(server: Served, tmp_path: Path) -> None:
    sent = [text(point(i, float(i % 7))) for i in range(3_000)]
    mistake = text(b'{"timestamp": 1}')
    heard = []
    with served_by_another(tmp_path) as other:
        for port in (server.port, other):
            with Raw(port, "same") as raw:
                raw.socket.sendall(b"".join([*sent, mistake]))
                answers = raw.answers(len(sent) + 1)
                heard.append((answers, raw.frame()[1][:2]))
    assert heard[0] == heard[1]
    assert stamps(heard[0][0][:-1]) == list(range(3_000))
    assert heard[0][0][-1]["status"] == 400
