"""Transports that reach a real server, and fail as they are told to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

import httpx2

BEFORE = ("refused", "unsent")
"""The server gets nothing."""
AFTER = ("unread", "slow", "cut")
"""The server has done what was asked, and the answer does not come, or not all of it."""
INSTEAD = ("busy", "bad gateway", "html")
"""Something else answers."""
MEANWHILE = "meanwhile"
"""The server is still at it when the next attempt comes."""
FAULTS = (*BEFORE, *AFTER, *INSTEAD, MEANWHILE)


class Script:
    """Which requests fail, and how: one word for each, then nothing more fails."""

    def __init__(self, faults: Iterable[str | None] = ()) -> None:
        self._faults = deque(faults)
        self.requests: list[str] = []
        self.threads: list[threading.Thread] = []

    def next(self, request: httpx2.Request) -> str | None:
        self.requests.append(request.method)
        fault = self._faults.popleft() if self._faults else None
        if fault == "refused":
            raise httpx2.ConnectError("connection refused")
        if fault == "unsent":
            raise httpx2.WriteError("broken pipe")
        if fault == MEANWHILE:
            self._send_meanwhile(request)
            raise httpx2.ReadTimeout("timed out")
        return fault

    def _send_meanwhile(self, request: httpx2.Request) -> None:
        def send() -> None:
            with httpx2.Client(trust_env=False) as http:
                http.request(
                    request.method, request.url, content=content, headers=dict(request.headers)
                )

        content = bytes(request.content)
        thread = threading.Thread(target=send)
        self.threads.append(thread)
        thread.start()

    def instead(self, fault: str | None) -> httpx2.Response | None:
        if fault == "busy":
            problem = {
                "type": "/problems/store-unavailable",
                "title": "",
                "status": 503,
                "detail": "The disk is full.",
            }
            return httpx2.Response(503, json=problem)
        if fault == "bad gateway":
            return httpx2.Response(502)
        return httpx2.Response(504, text="<html>") if fault == "html" else None

    def after(
        self, fault: str | None, status: int, headers: httpx2.Headers, body: bytes
    ) -> httpx2.Response:
        if fault == "unread":
            raise httpx2.ReadError("connection reset")
        if fault == "slow":
            raise httpx2.ReadTimeout("timed out")
        kept = {name: value for name, value in headers.items() if name == "content-type"}
        if fault == "cut" and kept.get("content-type", "").endswith("arrow.stream"):
            return httpx2.Response(status, headers=kept, content=body[: len(body) // 2])
        if fault == "cut":
            raise httpx2.RemoteProtocolError("peer closed connection")
        return httpx2.Response(status, headers=kept, content=body)


class Faulty(httpx2.BaseTransport):
    def __init__(self, script: Script) -> None:
        self._script = script
        self._http = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        fault = self._script.next(request)
        if told := self._script.instead(fault):
            return told
        response = self._http.handle_request(request)
        body = response.read()
        response.close()
        return self._script.after(fault, response.status_code, response.headers, body)

    def close(self) -> None:
        self._http.close()


class AsyncFaulty(httpx2.AsyncBaseTransport):
    def __init__(self, script: Script) -> None:
        self._script = script
        self._http = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        fault = self._script.next(request)
        if told := self._script.instead(fault):
            return told
        response = await self._http.handle_async_request(request)
        body = await response.aread()
        await response.aclose()
        return self._script.after(fault, response.status_code, response.headers, body)

    async def aclose(self) -> None:
        await self._http.aclose()
