"""Jobs: long work, with its progress and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

QUEUED, RUNNING, DONE, FAILED, CANCELLED = STATES = (
    "queued",
    "running",
    "done",
    "failed",
    "cancelled",
)
OVER = frozenset({DONE, FAILED, CANCELLED})
"""States that never change again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Long work, as it stood at one moment.

    Parameters
    ----------
    id
        Its name.
    kind
        What is done: "train", "simulate", …
    subject
        The id of what it is done to, for example a model's.
    state
        One of `STATES`.
    progress
        The part that is done, in [0, 1]; None where it cannot be told.
    stage
        What is done just now, in words; may be empty.
    detail
        Why it failed, as a plain sentence; may be empty.
    created_us, started_us, ended_us
        When it was asked for, begun and over, microseconds UTC; None before.
    result
        What came of it, as JSON; what it is depends on the kind.
    number
        The store's number for it; 0 before it is kept. It ascends.
    """

    id: str
    kind: str
    subject: str
    state: str
    created_us: int
    progress: float | None = None
    stage: str = ""
    detail: str = ""
    started_us: int | None = None
    ended_us: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0

    @property
    def over(self) -> bool:
        """Whether it has ended, however it did."""
        return self.state in OVER
