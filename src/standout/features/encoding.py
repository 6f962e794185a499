"""Texts become numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from standout.types import Values

By: TypeAlias = Literal["frequency", "rank"]

MOST_CATEGORIES = 10_000
"""Kept of one column, the most frequent first; the others count as unknown."""


@dataclass(frozen=True, slots=True)
class TextCodes:
    """A number for each text of a column.

    By `frequency` it is the share of the training rows that hold the text, so that what is rare
    has a low number, and what was never seen has 0. By `rank` it is the place of the text among
    all by frequency, from 0, and what was never seen comes after the last: texts that are
    equally frequent stay apart, which a detector that learns from labels needs. A missing text is
    a text of its own.

    Parameters
    ----------
    codes
        Text to number.
    unknown
        Number of all other texts.

    Examples
    --------
    >>> codes = TextCodes.learn(["a", "b", "a", "a"], by="frequency")
    >>> codes(["a", "b", "c"])
    array([0.75, 0.25, 0.  ])
    """

    codes: dict[str, float]
    unknown: float

    @classmethod
    def learn(cls, texts: Iterable[Any], *, by: By) -> Self:
        """Learn from a column; ties are ordered by the text, so that order of rows is free."""
        counts = Counter(map(as_text, texts))
        ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        total = counts.total()
        kept = ordered[:MOST_CATEGORIES]
        if by == "rank":
            return cls({text: float(place) for place, (text, _) in enumerate(kept)}, len(kept))
        return cls({text: count / total for text, count in kept}, 0.0)

    def __call__(self, texts: Iterable[Any]) -> Values:
        """Return the number of each text, shape ``(n,)``."""
        return np.array([self.codes.get(as_text(text), self.unknown) for text in texts], float)

    def to_state(self) -> dict[str, Any]:
        """Return the texts as UTF-8 bytes with their ends, and their numbers."""
        texts = [text.encode("utf-8", "surrogatepass") for text in self.codes]
        return {
            "texts": np.frombuffer(b"".join(texts), np.uint8),
            "ends": np.cumsum([len(text) for text in texts], dtype=np.int64),
            "numbers": np.array(list(self.codes.values()), float),
            "unknown": self.unknown,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make codes from what `to_state` gave."""
        joined = np.asarray(state["texts"], np.uint8).tobytes()
        ends = [0, *np.asarray(state["ends"], np.int64).tolist()]
        texts = (joined[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(ends))
        numbers = np.asarray(state["numbers"], float).tolist()
        return cls(dict(zip(texts, numbers, strict=True)), float(state["unknown"]))


def as_text(cell: Any) -> str:
    """Return what a cell is called: a missing one is empty, a whole number has no point."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
