"""Windows: what a chart shows of a stream, one column a pixel, with its anomalies and labels."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from standout.detectors import registry
from standout.domain.labels import Label
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream, WindowColumns
from standout.domain.stretches import Stretch, labelled, stretches
from standout.types import Values

MAX_PX: Final = 4_096
EXACT_ROWS: Final = 20_000
"""Rows up to which every vote is counted; beyond, only those of flagged observations."""
MAX_FLAGGED: Final = 5_000
"""Flagged observations that are joined into stretches: the newest of the window."""
MAX_LABELS: Final = 10_000
BESIDE: Final = 200
"""Observations beyond each edge of a window that may belong to an anomaly inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What is looked at.

    Parameters
    ----------
    px
        Columns at most, 1 to 4,096.
    from_us, to_us
        The half-open stretch of time; all that is kept for None.
    limit
        Anomalies at most; the newest are told.
    votes
        Whether votes are asked for.
    """

    px: int
    from_us: int | None = None
    to_us: int | None = None
    limit: int = 200
    votes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWindow:
    """A window of a stream.

    Parameters
    ----------
    from_us, to_us
        The stretch that it spans; 0 and 0 for all of an empty stream.
    columns
        Extremes of each pixel.
    votes
        For each voter the share of each column's observations that it voted for, in [0, 1]: of all
        observations where `exact`, else of the flagged ones only.
    flagged
        Flagged observations in the window.
    anomalies
        The newest of its stretches, oldest first; one that reaches over an edge is whole.
    cut
        Whether there are more anomalies than are told.
    labels
        What was said of any part of the window.
    step_us
        Median time from one observation to the next, of the newest in the window; None for fewer
        than two.
    """

    from_us: int
    to_us: int
    columns: WindowColumns
    votes: dict[str, Values]
    exact: bool
    flagged: int
    anomalies: list[Stretch]
    cut: bool
    labels: list[Label]
    step_us: float | None


class _Joining(NamedTuple):
    """The window whose flagged rows are joined, and how many stretches are wanted of it."""

    from_us: int
    to_us: int
    newest_seq: int
    most: int


class WindowService:
    """Reads windows; a score is never computed here.

    Parameters
    ----------
    store
        Where streams are kept.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store

    async def read(self, record: Stream, looking: Looking) -> StreamWindow:
        """Return a window of a stream.

        What is read grows with the pixels, not with the observations: 5 million take about as long
        as 50,000.
        """
        return await asyncio.to_thread(self.read_now, record, looking)

    def read_now(self, record: Stream, looking: Looking) -> StreamWindow:
        """Return a window of a stream, as `read`; blocks on the store."""
        columns = self._store.window(
            record, px=looking.px, from_us=looking.from_us, to_us=looking.to_us
        )
        from_us, to_us = _span(columns, looking)
        flagged = int(columns.anomalies.sum())
        rows = self._flagged(record, columns, to_us) if flagged and looking.limit else None
        # One more than is told, so that it is seen whether there are more.
        most = looking.limit + 1
        joined = _Joining(from_us, to_us, columns.seq, most)
        found = [] if rows is None else self._stretches(record, rows, joined)
        labels = self._labels(record, found, from_us, to_us) if looking.limit else []
        shown = labelled(found[-looking.limit :] if looking.limit else [], labels)
        exact = int(columns.count.sum()) <= EXACT_ROWS
        return StreamWindow(
            from_us=from_us,
            to_us=to_us,
            columns=columns,
            votes=self._votes(record, columns, to_us, rows, exact) if looking.votes else {},
            exact=exact,
            flagged=flagged,
            anomalies=shown,
            cut=len(shown) < len(found) or (rows is not None and len(rows) < flagged),
            labels=[o for o in labels if o.from_us < to_us and o.to_us > from_us],
            step_us=self._step(record, to_us),
        )

    def _flagged(self, record: Stream, columns: WindowColumns, to_us: int) -> Observations:
        """Return the newest flagged rows: from the column on with which they are not too many."""
        newest = np.cumsum(columns.anomalies[::-1])[::-1]
        first = min(int(np.searchsorted(-newest, -MAX_FLAGGED)), len(columns) - 1)
        from_us = int(columns.time_us[first])
        return self._store.anomalies(record, limit=MAX_FLAGGED, from_us=from_us, to_us=to_us)

    def _stretches(self, record: Stream, rows: Observations, joining: _Joining) -> list[Stretch]:
        """Join flagged rows, with those beyond the edges that belong to them."""
        if not len(rows):
            return []
        first_us, last_us = int(rows.time_us[0]), int(rows.time_us[-1])
        beside = self._store.latest(record, limit=BESIDE, before_us=first_us)
        before = self._store.anomalies(
            record,
            limit=BESIDE,
            from_us=int(beside.time_us[0]) if len(beside) else first_us,
            to_us=first_us,
        )
        after = self._store.anomalies(record, limit=BESIDE, from_us=last_us + 1)
        # Those beyond the right edge are no more than there are rows beside it.
        most = joining.most + len(after)
        together = _joined(before, rows, after)
        whole = stretches(together, newest_seq=joining.newest_seq, most=most)
        inside = [o for o in whole if o.from_us < joining.to_us and o.to_us > joining.from_us]
        return inside[-joining.most :]

    def _labels(
        self, record: Stream, found: list[Stretch], from_us: int, to_us: int
    ) -> list[Label]:
        first_us = min([from_us, *(one.from_us for one in found[:1])])
        last_us = max([to_us, *(one.to_us for one in found[-1:])])
        labels = self._store.labels(record, limit=MAX_LABELS, after=0)
        return [o for o in labels if o.from_us < last_us and o.to_us > first_us]

    def _votes(
        self,
        record: Stream,
        columns: WindowColumns,
        to_us: int,
        flagged: Observations | None,
        exact: bool,
    ) -> dict[str, Values]:
        names = registry.voters(record.detector)
        if not len(columns) or not names:
            return {}
        rows = flagged if flagged is not None else Observations.empty()
        if exact:
            first_us = int(columns.time_us[0])
            rows = self._store.scan(record, limit=EXACT_ROWS, from_us=first_us, to_us=to_us)
        at = np.searchsorted(columns.time_us, rows.time_us, side="right") - 1
        inside = at >= 0
        bits = np.unpackbits(rows.votes[inside, None], axis=1, bitorder="little")
        counts = np.maximum(columns.count, 1)
        return {
            name: np.bincount(at[inside], weights=bits[:, i], minlength=len(columns)) / counts
            for i, name in enumerate(names)
        }

    def _step(self, record: Stream, to_us: int) -> float | None:
        times = self._store.latest(record, limit=BESIDE, before_us=to_us).time_us
        return float(np.median(np.diff(times))) if len(times) > 1 else None


def _span(columns: WindowColumns, looking: Looking) -> tuple[int, int]:
    first_us, last_us = (
        (int(columns.time_us[0]), int(columns.end_us[-1]) + 1) if len(columns) else (0, 0)
    )
    return (
        first_us if looking.from_us is None else looking.from_us,
        last_us if looking.to_us is None else looking.to_us,
    )


def _joined(*parts: Observations) -> Observations:
    columns = [part.columns() for part in parts]
    names = [name for name in columns[0] if all(name in one for one in columns)]
    return Observations(**{name: np.concatenate([one[name] for one in columns]) for name in names})
