"""What went wrong in a browser's page."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Request

INLINE = {"data", "blob", "about"}


class Watch:
    """Gathers errors; a test that breaks something on purpose says what it allows."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.allowed: list[str] = []

    def allow(self, *fragments: str) -> None:
        """Overlook problems with one of these in their text."""
        self.allowed.extend(fragments)

    def console(self, message: ConsoleMessage) -> None:
        """Take an error or a warning from the console."""
        if message.type in {"error", "warning"}:
            where = message.location.get("url", "")
            self.problems.append(f"console: {message.text} ({where})")

    def request(self, request: Request) -> None:
        """Take a request that leaves this machine."""
        parts = urlsplit(request.url)
        if parts.scheme not in INLINE and parts.hostname != "127.0.0.1":
            self.problems.append(f"request: {request.url}")

    def unexpected(self) -> list[str]:
        """What nobody allowed."""
        return [p for p in self.problems if not any(part in p for part in self.allowed)]
