"""What the services ask of a store of answers."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to a request that named an Idempotency-Key.

    Parameters
    ----------
    request
        A digest of the request.
    status, body
        What was answered.
    """

    request: str
    status: int
    body: str


class AnswerStore(Protocol):
    """Keeps answers for when their requests come again; see `JobStore` for how it answers."""

    def put(self, tenant: int, key: str, answer: KeptAnswer, now_us: int) -> Future[None]:
        """Keep an answer, and forget those that are over a day old."""
        ...

    def find(self, tenant: int, key: str, now_us: int) -> KeptAnswer | None:
        """Find an answer that is not over a day old."""
        ...
