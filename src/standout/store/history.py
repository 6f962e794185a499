"""The rows of one stream in memory, in the order of their times."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from standout.domain.records import Observations
from standout.errors import ObservationConflict
from standout.store.rows import STORED_ALREADY
from standout.types import Counts, Times

_PLAIN: Final = np.dtype(
    [(name, column.dtype) for name, column in Observations.empty().columns().items()]
)


class History:
    """Rows by ascending, distinct times, or by ascending times and distinct keys.

    Rows newer than all others are added in O(n) for n new rows; older ones cost a copy of all.
    """

    def __init__(self) -> None:
        self._buffer: NDArray[Any] = np.empty(16, _PLAIN)
        self._size = 0

    def check(self, rows: Observations) -> None:
        """Raise `ObservationConflict` if a time is here already, or twice among the new rows.

        Where rows have keys, they are what may be here once.
        """
        if rows.key is not None:
            there = self._size and np.isin(rows.key, self._kept()["key"]).any()
            if there or len(np.unique(rows.key)) < len(rows):
                raise ObservationConflict(STORED_ALREADY)
        elif len(np.unique(rows.time_us)) < len(rows) or self._places(rows.time_us).size:
            raise ObservationConflict(STORED_ALREADY)

    def add(self, rows: Observations) -> None:
        """Add rows that passed `check`; all rows of a stream have the same columns."""
        if not self._size:
            self._buffer = np.empty(len(self._buffer), _dtype(rows))
        start, self._size = self._size, self._size + len(rows)
        if self._size > len(self._buffer):
            self._buffer = np.resize(self._buffer, 2 * self._size)
        kept = self._kept()
        for name, column in rows.columns().items():
            kept[name][start:] = column
        if rows.key is not None:
            kept[:] = kept[np.lexsort((kept["key"], kept["time_us"]))]
            return
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

    def cut(self, keep_rows: int) -> int | None:
        """Return the time up to which all may go, so that the newest rows stay."""
        gone = self._size - keep_rows
        if gone <= 0:
            return None
        if not keep_rows:
            return int(self._kept()["time_us"][-1])
        return int(self._kept()["time_us"][gone]) - 1

    def newest_seq(self) -> int:
        """Return the highest arrival number of all rows; 0 if there are none."""
        return int(self._kept()["seq"].max(initial=0))

    def since(self, seq: int, *, limit: int) -> Observations:
        """Return rows that arrived after the one numbered `seq`, in order of arrival."""
        found = self._kept()[self._kept()["seq"] > seq]
        return _columns(found[np.argsort(found["seq"])][:limit])

    def under(self, keys: Counts) -> Observations:
        """Return the rows under these keys."""
        kept = self._kept()
        return _columns(kept[np.isin(kept["key"], keys)] if self._size else kept)

    def between(
        self,
        *,
        after_us: int | None = None,
        after_key: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        limit: int | None = None,
    ) -> Observations:
        """Return the rows in [`from_us`, `to_us`) and after `after_us`, the oldest `limit`."""
        first, last = 0, self._size
        if after_us is not None:
            first = self._after(after_us, after_key)
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

    def _after(self, time_us: int, key: int | None) -> int:
        first, last = self._place(time_us), self._place(time_us, side="right")
        if key is None or first == last or "key" not in (self._buffer.dtype.names or ()):
            return last
        return first + int(np.searchsorted(self._kept()["key"][first:last], key, side="right"))

    def _places(self, times_us: Times) -> Counts:
        """Return where these times stand; those that do not are left out."""
        known = self._kept()["time_us"]
        places = np.searchsorted(known, times_us)
        here = places < self._size
        here[here] = known[places[here]] == times_us[here]
        return np.asarray(places[here], np.int64)


def _columns(rows: NDArray[Any]) -> Observations:
    """Copy rows into columns, so that the caller holds nothing that may change."""
    return Observations(**{name: rows[name].copy() for name in rows.dtype.names or ()})


def _dtype(rows: Observations) -> np.dtype[Any]:
    more = {name: c for name, c in rows.columns().items() if name not in (_PLAIN.names or ())}
    return np.dtype([*_PLAIN.descr, *((n, c.dtype, c.shape[1:]) for n, c in more.items())])
