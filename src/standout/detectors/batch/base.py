"""What a batch detector is, and what is told of it before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from standout.types import Batch, Mask, Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """What a person wants to know of an algorithm before choosing it.

    Parameters
    ----------
    name, title, summary
        The name that it is asked for by, its name in print, and what it does in a sentence.
    good_at, bad_at, cost
        In words.
    supervised
        Whether it needs labels.
    one_class
        Whether it can learn from clean rows only.
    params
        JSON Schema of what it takes besides the seed.
    """

    name: str
    title: str
    summary: str
    good_at: str
    bad_at: str
    cost: str
    supervised: bool
    one_class: bool
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a fit will take, told before it starts; right to a factor of about three.

    Parameters
    ----------
    seconds
        Of one core.
    bytes
        Of memory, at most, besides the table itself.
    rows_used
        Rows that are learnt; fewer than there are where it samples.
    refusal
        Why it will not be done, in a sentence; None where it will.
    note
        That not all rows are learnt, and why, in words; None where all are.
    """

    seconds: float
    bytes: int
    rows_used: int
    refusal: str | None = None
    note: str | None = None


class BatchDetector(Protocol):
    """Is fitted on a table once, then scores any row, each by itself."""

    name: ClassVar[str]
    version: ClassVar[int]
    contribution_kind: ClassVar[str]
    supervised: ClassVar[bool]
    seed: int

    def fit(self, X: Batch, y: Mask | None = None) -> Self:
        """Learn rows, shape ``(n, d)``; nan is missing. `y` is true where a row is anomalous."""
        ...

    def score_many(self, X: Batch) -> Scores:
        """Score rows, shape ``(n, d)``: raw, higher is more anomalous; pure, one equals many."""
        ...

    def score_training(self, X: Batch) -> Scores:
        """Score the rows that were fitted on, each as if it had not been among them."""
        ...

    def contributions(self, X: Batch) -> Batch:
        """Return the share of each feature in each row's score, shape ``(n, d)``.

        Shares are not negative and sum to 1, or are all 0 where nothing speaks against the row.
        What they are shares of is told by `contribution_kind`.
        """
        ...

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        ...

    def get_state(self) -> Mapping[str, Any]:
        """Return what was learnt: arrays and JSON scalars by name, parts of parts as ``a/b``."""
        ...

    @classmethod
    def from_state(cls, params: Mapping[str, Any], state: Mapping[str, Any]) -> Self:
        """Make a detector that scores as the one `get_state` was asked of, to the bit."""
        ...
