"""The rows of one stream in memory, in the order of their times."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from standout.domain.records import Observations
from standout.errors import ObservationConflict
from standout.store.rows import STORED_ALREADY
from standout.types import Counts, Times

_DTYPE: Final = np.dtype(
    [(f.name, getattr(Observations.empty(), f.name).dtype) for f in fields(Observations)]
)


class History:
    """Rows by ascending, distinct times.

    Rows newer than all others are added in O(n) for n new rows; older ones cost a copy of all.
    """

    def __init__(self) -> None:
        self._buffer: NDArray[Any] = np.empty(16, _DTYPE)
        self._size = 0

    def check(self, rows: Observations) -> None:
        """Raise `ObservationConflict` if a time is here already, or twice among the new rows."""
        if len(np.unique(rows.time_us)) < len(rows) or self._places(rows.time_us).size:
            raise ObservationConflict(STORED_ALREADY)

    def add(self, rows: Observations) -> None:
        """Add rows that passed `check`."""
        start, self._size = self._size, self._size + len(rows)
        if self._size > len(self._buffer):
            self._buffer = np.resize(self._buffer, 2 * self._size)
        kept = self._kept()
        for f in fields(Observations):
            kept[f.name][start:] = getattr(rows, f.name)
        newest = kept["time_us"][max(start - 1, 0) :]
        if (newest[1:] < newest[:-1]).any():
            kept[:] = kept[np.argsort(kept["time_us"], kind="stable")]

    def trim(self, *, before_us: int | None, keep_rows: int | None) -> int:
        """Remove the rows before `before_us` and all but the newest `keep_rows`; count them."""
        gone = 0 if before_us is None else self._place(before_us)
        if keep_rows is not None:
            gone = max(gone, self._size - keep_rows)
        kept = self._kept()[gone:].copy()
        self._size = len(kept)
        self._buffer[: self._size] = kept
        return gone

    def between(
        self,
        *,
        after_us: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        limit: int | None = None,
    ) -> Observations:
        """Return the rows in [`from_us`, `to_us`) and after `after_us`, the oldest `limit`."""
        first, last = 0, self._size
        if after_us is not None:
            first = self._place(after_us, side="right")
        if from_us is not None:
            first = max(first, self._place(from_us))
        if to_us is not None:
            last = self._place(to_us)
        if limit is not None:
            last = min(last, first + limit)
        return _columns(self._kept()[first:last])

    def newest(self, limit: int, *, before_us: int | None) -> Observations:
        """Return the newest rows of those before `before_us`."""
        last = self._size if before_us is None else self._place(before_us)
        return _columns(self._kept()[max(last - limit, 0) : last])

    def at(self, times_us: Times) -> Observations:
        """Return the rows at these times."""
        return _columns(self._kept()[self._places(np.unique(times_us))])

    def _kept(self) -> NDArray[Any]:
        return self._buffer[: self._size]

    def _place(self, time_us: int, *, side: str = "left") -> int:
        return int(np.searchsorted(self._kept()["time_us"], time_us, side=side))  # type: ignore[call-overload]

    def _places(self, times_us: Times) -> Counts:
        """Return where these times stand; those that do not are left out."""
        known = self._kept()["time_us"]
        places = np.searchsorted(known, times_us)
        here = places < self._size
        here[here] = known[places[here]] == times_us[here]
        return np.asarray(places[here], np.int64)


def _columns(rows: NDArray[Any]) -> Observations:
    """Copy rows into columns, so that the caller holds nothing that may change."""
    return Observations(**{name: rows[name].copy() for name in _DTYPE.names or ()})
