"""Subscriptions: a follower over as many connections as it takes, blocking or awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from standout.client.address import live_url, proxy_for
from standout.client.connection import ConnectionLost, ending
from standout.client.driving import AsyncDriver, Driver
from standout.client.follower import Follower
from standout.client.handshake import delay_after
from standout.client.operations import Operations
from standout.schemas.streams import KeptObservation


def watch(
    driver: Driver, operations: Operations, stream_id: str, follower: Follower
) -> Generator[KeptObservation]:
    """Give what is new, without end; as `Client.subscribe`."""
    url = operations.url
    attempts = operations.retries.attempts()
    while True:
        try:
            with connect(live_url(url, stream_id, after=follower.after), **_options(url)) as socket:
                while True:
                    follower.read(socket.recv(decode=False))
                    attempts.succeeded()
                    found = (
                        driver.run(operations.missed(stream_id, follower.missing, follower.since))
                        if follower.missing
                        else []
                    )
                    yield from follower.take(found)
        except (ConnectionClosed, OSError, InvalidHandshake) as error:
            time.sleep(delay_after(_lost(error, follower), url, attempts))


async def watch_async(
    driver: AsyncDriver, operations: Operations, stream_id: str, follower: Follower
) -> AsyncGenerator[KeptObservation]:
    """Give what is new, without end; as `AsyncClient.subscribe`."""
    url = operations.url
    attempts = operations.retries.attempts()
    while True:
        try:
            async with connect_async(
                live_url(url, stream_id, after=follower.after), **_options(url)
            ) as socket:
                while True:
                    follower.read(await socket.recv(decode=False))
                    attempts.succeeded()
                    found = (
                        await driver.run(
                            operations.missed(stream_id, follower.missing, follower.since)
                        )
                        if follower.missing
                        else []
                    )
                    for row in follower.take(found):
                        yield row
        except (ConnectionClosed, OSError, InvalidHandshake) as error:
            await asyncio.sleep(delay_after(_lost(error, follower), url, attempts))


def _options(url: str) -> dict[str, Any]:
    # A history is larger than the usual limit of a message.
    return {"compression": None, "max_size": None, "proxy": proxy_for(url), "close_timeout": 1}


def _lost(error: Exception, follower: Follower) -> Exception:
    """Return why a connection is gone; raise where the next would end in the same way."""
    if not isinstance(error, ConnectionClosed):
        return error
    end = ending(error, follower.problem)
    follower.problem = None
    if isinstance(end, ConnectionLost):
        return end
    raise end from None
