"""Mock clients: each streams one file of the demo to a server, in one process, without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC
from itertools import islice
from pathlib import Path

import httpx2

from standout.client.address import is_loopback, stream_url
from standout.client.backoff import Backoff
from standout.client.pacing import paced
from standout.client.stream import StreamClient
from standout.demo.endless import Endless
from standout.demo.seed import DemoStream
from standout.demo.series import Series
from standout.domain.times import parse_timestamp
from standout.errors import ServerUnreachable, StandoutError
from standout.schemas.frames import Observation

_BACKOFF = Backoff(first_s=0.2, cap_s=2.0)
_OK, _NOT_FOUND, _SERVER_ERROR = 200, 404, 500


async def run_clients(
    url: str,
    folder: Path,
    streams: Sequence[DemoStream],
    *,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Stream to a server until cancelled, or until the server has refused all streams.

    Parameters
    ----------
    url
        Address of the server; it is waited for.
    folder, streams
        The files, as `seed_demo` made them.
    say
        Is called with a line where a stream ends.
    """
    async with httpx2.AsyncClient(trust_env=not is_loopback(url), timeout=10) as http:
        await asyncio.gather(*(_run(http, url, folder, stream, say) for stream in streams))


async def _run(
    http: httpx2.AsyncClient,
    url: str,
    folder: Path,
    stream: DemoStream,
    say: Callable[[str], None],
) -> None:
    client = StreamClient(url, stream.id, window=stream.window, backoff=_BACKOFF)
    try:
        last_us, count = await _kept(http, stream_url(url, stream.id))
        observations = Endless(Series.read(folder / stream.file)).after(last_us)
        backlog = max(0, stream.backlog - count)
        source = _backlog_then_live(observations, backlog, stream.rate)
        async with aclosing(client.stream(source)) as answers:
            async for _ in answers:
                pass
    except StandoutError as error:
        say(f"{stream.id} ends: {error}")


async def _kept(http: httpx2.AsyncClient, url: str) -> tuple[int | None, int]:
    """Ask for the time of the newest observation that the server has, and for their count."""
    for delay in _BACKOFF.delays():
        try:
            reply = await http.get(url)
        except httpx2.TransportError:
            reply = None
        if reply is not None and reply.status_code < _SERVER_ERROR:
            return _read_kept(reply)
        await asyncio.sleep(delay)
    raise AssertionError("the delays have no end")


def _read_kept(reply: httpx2.Response) -> tuple[int | None, int]:
    if reply.status_code == _NOT_FOUND:
        return None, 0
    if reply.status_code != _OK:
        told = f"{reply.url} answers with status {reply.status_code}"
        raise ServerUnreachable(f"{told}; is a Standout server there?")
    stream = reply.json()
    last = stream["last_timestamp"]
    return (None if last is None else parse_timestamp(last, UTC, None)), stream["count"]


async def _backlog_then_live(
    observations: Iterator[Observation], backlog: int, rate: float
) -> AsyncIterator[Observation]:
    for observation in islice(observations, backlog):
        yield observation
    async for observation in paced(observations, rate):
        yield observation
