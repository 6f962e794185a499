"""Attempts: how often and how long something is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from standout.client.backoff import Backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What is done about trouble that may pass.

    Parameters
    ----------
    backoff
        Delays between attempts.
    retry_for_s
        Seconds of trouble after which to give up; None never gives up, 0 tries once.
    on_retry
        Is called with the reason before each new attempt.
    """

    backoff: Backoff = field(default_factory=Backoff)
    retry_for_s: float | None = None
    on_retry: Callable[[str], None] | None = None

    def attempts(self) -> Attempts:
        """Begin to count."""
        return Attempts(self)


class Attempts:
    """Attempts since the last success."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._began: float | None = None
        self._delays = retries.backoff.delays()

    def succeeded(self) -> None:
        """Forget the trouble there was."""
        if self._began is not None:
            self._began = None
            self._delays = self._retries.backoff.delays()

    def next_delay(self) -> float | None:
        """Return how long to wait, in seconds; None where it is time to give up."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
        limit = self._retries.retry_for_s
        if limit is not None and now - self._began >= limit:
            return None
        return next(self._delays)

    def tell(self, reason: str) -> None:
        """Say why there is a new attempt."""
        if self._retries.on_retry:
            self._retries.on_retry(reason)
