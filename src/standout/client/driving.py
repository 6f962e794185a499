"""Operations on their way over httpx2: one driver that blocks, one that awaits."""

from __future__ import annotations

import asyncio
import time
from typing import TypeAlias, TypeVar

import httpx2

from standout.client.address import is_loopback
from standout.client.exchange import Call, Lost, Operation, Outcome, Pause, Reply

T = TypeVar("T")
Transport: TypeAlias = httpx2.Client | httpx2.BaseTransport
AsyncTransport: TypeAlias = httpx2.AsyncClient | httpx2.AsyncBaseTransport


class Driver:
    """Drives operations, and waits for each step.

    Parameters
    ----------
    url
        Address of the server; no proxy stands before one on this machine.
    transport
        A client, which is used as it is and stays open, or a transport for one of our own.
    timeout_s
        How long our own waits for a connection, or for the next part of an answer.
    """

    def __init__(self, url: str, transport: Transport | None, *, timeout_s: float) -> None:
        direct = is_loopback(url)  # or InvalidParameter, whoever brings the transport
        self._owns = not isinstance(transport, httpx2.Client)
        if isinstance(transport, httpx2.Client):
            self._http = transport
        else:
            self._http = httpx2.Client(transport=transport, timeout=timeout_s, trust_env=not direct)

    def run(self, operation: Operation[T]) -> T:
        """Return what an operation returns."""
        outcome: Outcome = None
        while True:
            try:
                step = operation.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                outcome = None
            else:
                outcome = self._ask(step)

    def close(self) -> None:
        """Close the connections that are ours."""
        if self._owns:
            self._http.close()

    def _ask(self, call: Call) -> Reply | Lost:
        try:
            return _reply(
                self._http.request(
                    call.method, call.url, content=call.content, headers=dict(call.headers)
                )
            )
        except httpx2.TransportError as error:
            return _lost(error)


class AsyncDriver:
    """Drives operations, and awaits each step; parameters as for `Driver`."""

    def __init__(self, url: str, transport: AsyncTransport | None, *, timeout_s: float) -> None:
        direct = is_loopback(url)  # or InvalidParameter, whoever brings the transport
        self._owns = not isinstance(transport, httpx2.AsyncClient)
        if isinstance(transport, httpx2.AsyncClient):
            self._http = transport
        else:
            self._http = httpx2.AsyncClient(
                transport=transport, timeout=timeout_s, trust_env=not direct
            )

    async def run(self, operation: Operation[T]) -> T:
        """Return what an operation returns."""
        outcome: Outcome = None
        while True:
            try:
                step = operation.send(outcome)
            except StopIteration as done:
                result: T = done.value
                return result
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                outcome = None
            else:
                outcome = await self._ask(step)

    async def close(self) -> None:
        """Close the connections that are ours."""
        if self._owns:
            await self._http.aclose()

    async def _ask(self, call: Call) -> Reply | Lost:
        try:
            return _reply(
                await self._http.request(
                    call.method, call.url, content=call.content, headers=dict(call.headers)
                )
            )
        except httpx2.TransportError as error:
            return _lost(error)


def _reply(response: httpx2.Response) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, response.content)


def _lost(error: httpx2.TransportError) -> Lost:
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        raise error  # a request that no server would get
    return Lost(str(error) or type(error).__name__)
