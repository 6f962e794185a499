"""Both faces of the client under one roof, so that one test holds both to its law."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import httpx2

from standout.client import AsyncClient, Backoff, Client
from tests.client.faults import AsyncFaulty, Faulty, Script

QUICK = Backoff(first_s=0.001, cap_s=0.005)


class Blocking:
    """An `AsyncClient` that can be called as a `Client`."""

    def __init__(self, client: AsyncClient) -> None:
        self._runner = asyncio.Runner()
        self._client = client

    def close(self) -> None:
        self._runner.run(self._client.close())
        self._runner.close()

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            made = getattr(self._client, name)(*args, **kwargs)
            if inspect.isasyncgen(made):
                return self._iterate(made)
            return self._runner.run(made)

        return call

    def _iterate(self, source: Any) -> Iterator[Any]:
        try:
            while True:
                yield self._runner.run(anext(source))
        except StopAsyncIteration:
            return
        finally:
            self._runner.run(source.aclose())


def client_of(face: str, url: str, script: Script | None = None, **options: Any) -> Any:
    """Return a client; with a script, one whose requests meet with its faults."""
    options = {"backoff": QUICK, "retry_for_s": 10.0, **options}
    if face == "sync":
        return Client(url, transport=Faulty(script) if script else None, **options)
    return Blocking(AsyncClient(url, transport=AsyncFaulty(script) if script else None, **options))


def mocked(face: str, handler: Any, **options: Any) -> Any:
    """Return a client whose requests `handler` answers."""
    transport = httpx2.MockTransport(handler)
    options = {"backoff": QUICK, **options}
    if face == "sync":
        return Client("http://127.0.0.1:9", transport=transport, **options)
    return Blocking(AsyncClient("http://127.0.0.1:9", transport=transport, **options))
