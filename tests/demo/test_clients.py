import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import msgspec
import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from standout.demo.clients import run_clients
from standout.demo.endless import Endless
from standout.demo.seed import DemoStream
from standout.demo.series import Series

STREAMS = [
    DemoStream(id="a b", file="a.csv", window=20, rate=500.0, backlog=30),
    DemoStream(id="c", file="c.csv", window=20, rate=500.0, backlog=10),
]


class FakeServer:
    """Tells over HTTP what it was sent over its sockets, as ours does."""

    def __init__(self) -> None:
        self.url = ""
        self.kept: dict[str, list[str]] = {}
        self.changed = asyncio.Condition()

    def tell(self, socket: ServerConnection, request: Request) -> Response | None:
        kind, _, name = request.path.strip("/").partition("/")
        if kind == "ws":
            return None
        if name not in self.kept:
            return socket.respond(HTTPStatus.NOT_FOUND, "")
        told = {"last_timestamp": self.kept[name][-1], "count": len(self.kept[name])}
        return socket.respond(HTTPStatus.OK, json.dumps(told))

    async def receive(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        name = socket.request.path.partition("?")[0].rpartition("/")[2]
        async for message in socket:
            time = msgspec.json.decode(message)["timestamp"]
            self.kept.setdefault(name, []).append(time)
            await socket.send(json.dumps({"timestamp": time, "anomaly": 0}))
            async with self.changed:
                self.changed.notify_all()

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(so)


@asynccontextmanager
async def running(fake: FakeServer) -> AsyncIterator[None]:
    async with serve(fake.receive, "127.0.0.1", 0, process_request=fake.tell) as server:
        fake.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for stream in STREAMS:
        rows = np.arange(50)
        Series(rows * 60_000_000, rows.astype(np.float64)).write(tmp_path / stream.file)
    return tmp_path


async def stream_until(
    fake: FakeServer, folder: Path, so: Callable[[], bool], streams: list[DemoStream] = STREAMS
) -> None:
    clients = asyncio.create_task(run_clients(fake.url, folder, streams))
    await fake.until(so)
    clients.cancel()
    await asyncio.gather(clients, return_exceptions=True)


async def test_all_stream_beyond_their_files_and_go_on_after_a_stop(folder: Path) -> None:
    fake = FakeServer()

    def all_have(count: int) -> bool:
        return len(fake.kept) == 2 and min(map(len, fake.kept.values())) >= count

    async with running(fake):
        await stream_until(fake, folder, lambda: all_have(20))
        await stream_until(fake, folder, lambda: all_have(120))
    assert sorted(fake.kept) == ["a%20b", "c"]
    for name, stream in (("a%20b", STREAMS[0]), ("c", STREAMS[1])):
        whole = Endless(Series.read(folder / stream.file)).after(None)
        times = list(dict.fromkeys(fake.kept[name]))
        assert times == [str(next(whole).timestamp) for _ in times]


async def test_a_server_that_is_none_of_ours_ends_a_stream_with_a_line(folder: Path) -> None:
    def forbid(socket: ServerConnection, request: Request) -> Response:
        return socket.respond(HTTPStatus.FORBIDDEN, "no")

    async def nothing(socket: ServerConnection) -> None:
        return

    said: list[str] = []
    async with serve(nothing, "127.0.0.1", 0, process_request=forbid) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        await run_clients(url, folder, STREAMS[1:], say=said.append)
    assert len(said) == 1
    assert said[0].startswith("c ends: ")
    assert "answers with status 403" in said[0]
