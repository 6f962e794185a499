"""Training rows that are remembered, and their nearest ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from standout.features.scaling import Scaler, Scaling
from standout.kernels import neighbours as kernels
from standout.types import Batch, Counts, Scores


@dataclass(frozen=True, slots=True)
class ReferenceRows:
    """Scaled training rows, all or a sample of them.

    Parameters
    ----------
    scaler
        How rows are scaled before they are compared.
    columns
        The remembered rows, one a column; shape ``(d, m)``.
    places
        Which training rows these are, ascending; shape ``(m,)``.
    seen
        How many training rows there were.
    """

    scaler: Scaler
    columns: Batch
    places: Counts
    seen: int

    @classmethod
    def learn(cls, X: Batch, scaling: Scaling, *, most: int, seed: int) -> Self:
        """Remember rows, shape ``(n, d)``; where there are more than `most`, so many are drawn."""
        n = len(X)
        places = np.arange(n)
        if n > most:
            places = np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
        scaler = Scaler.learn(X, scaling)
        return cls(scaler, np.ascontiguousarray(scaler(X[places]).T), places, n)

    @property
    def rows(self) -> int:
        """How many are remembered."""
        return int(self.columns.shape[1])

    def own(self, X: Batch) -> Counts:
        """Return which remembered row each training row is, -1 for none; shape ``(n,)``."""
        own = np.full(len(X), -1)
        if len(X) == self.seen:
            own[self.places] = np.arange(self.rows)
        return own

    def nearest(self, X: Batch, k: int, own: Counts | None = None) -> tuple[Scores, Counts]:
        """Return distances to the `k` nearest remembered rows, ascending, and which they are.

        Parameters
        ----------
        X
            Rows, not scaled yet; shape ``(n, d)``.
        k
            At most one less than there are, but at least 1.
        own
            Remembered row that is left out for each row, -1 for none.
        """
        left = self.rows - 1 if own is not None else self.rows
        shape = (len(X), max(min(k, left), 1))
        distance, index = np.zeros(shape), np.full(shape, -1)
        if left > 0:
            apart = np.full(len(X), -1) if own is None else own
            kernels.nearest(self.columns, self.scaler(X), apart, distance, index)
        return distance, index

    def judged(
        self,
        X: Batch,
        k: int,
        judge: Callable[[Batch, Counts], Scores],
        own: Counts | None = None,
    ) -> Scores:
        """Return what `judge` makes of the distances and neighbours of each row, shape ``(n,)``.

        In pieces, so that memory does not grow with rows times neighbours; `own` as in `nearest`.
        """
        out = np.empty(len(X))
        for start in range(0, len(X), _PIECE):
            piece = slice(start, start + _PIECE)
            apart = None if own is None else own[piece]
            out[piece] = judge(*self.nearest(X[piece], k, apart))
        return out

    def squared_parts(self, X: Batch, index: Counts) -> Batch:
        """Return what each feature adds to the squared distances to the rows in `index`."""
        out = np.empty(X.shape)
        kernels.squared_parts(self.columns, self.scaler(X), index, out)
        return out

    def to_state(self) -> dict[str, Any]:
        """Return the arrays by name."""
        columns = {"columns": self.columns, "places": self.places, "seen": self.seen}
        return {**self.scaler.to_state(), **columns}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make reference rows from what `to_state` gave."""
        return cls(
            Scaler.from_state(state),
            np.ascontiguousarray(state["columns"], np.float64),
            np.asarray(state["places"], np.int64),
            int(state["seen"]),
        )


def search_seconds(queries: int, references: int, d: int, k: int = 1) -> float:
    """Return about how long it takes to find the `k` nearest of so many rows for so many others."""
    return queries * references * (d + 2 + k / 4) * _SECONDS_A_DIFFERENCE


_SECONDS_A_DIFFERENCE = 1.6e-10

_PIECE = 8_192
"""Rows that are judged at a time."""
