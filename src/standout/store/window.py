"""Windows for charts: many rows in as many columns as a chart has pixels.

Blocks and their runs are put into columns whole, by the middle of their time, as long as they are
narrower than half a pixel. So nothing lies more than a pixel beside its place, no spike is lost,
and what is read grows with the pixels, not with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from standout.domain.records import Observations, WindowColumns
from standout.store import summaries
from standout.store.kept import KeptRows, span
from standout.store.summaries import Summaries
from standout.types import Counts, Mask

ROWS_AT_ONCE: Final = 16_384
"""Rows that are simply all read: 16 blocks."""


def read(kept: KeptRows, *, px: int, from_us: int | None, to_us: int | None) -> WindowColumns:
    """Return the rows in [`from_us`, `to_us`) in columns."""
    first_us, last_us = span(from_us=from_us, to_us=to_us)
    ids, blocks = kept.summaries(first_us, last_us)
    unsealed = kept.unsealed(first_us, last_us)
    parts = summaries.none()
    if int(blocks["count"].sum()) + len(unsealed) > px + ROWS_AT_ONCE:
        ends = np.concatenate([blocks["first_us"][:1], blocks["last_us"][-1:], unsealed.time_us])
        seen = max(first_us, int(ends.min())), min(last_us, int(ends.max()))
        view = _View(*seen, _width(from_us, to_us, *seen) / px / 2)
        parts = _with(view.parts(kept, ids, blocks), unsealed)
    if int(parts["count"].sum()) <= px:
        parts = summaries.of_rows(kept.between(first_us, last_us))
    return columns(parts, px=px, from_us=from_us, to_us=to_us, seq=kept.newest_seq())


def columns(
    parts: Summaries, *, px: int, from_us: int | None, to_us: int | None, seq: int
) -> WindowColumns:
    """Merge parts, in order of time, into at most `px` columns of equal time.

    Without bounds the columns go from the first part to the last. Up to `px` rows stay apart.
    """
    if int(parts["count"].sum()) <= px:
        starts = np.arange(len(parts))
    else:
        first_us, last_us = int(parts["first_us"][0]), int(parts["last_us"][-1])
        start_us = float(first_us if from_us is None else from_us)
        middles = parts["first_us"] / 2 + parts["last_us"] / 2
        scale = px / max(_width(from_us, to_us, first_us, last_us), 1.0)
        pixels = np.clip((middles - start_us) * scale, 0, px - 1).astype(np.int64)
        starts = np.flatnonzero(np.diff(pixels, prepend=-1))
    found = summaries.merged(parts, starts)
    return WindowColumns(
        time_us=found["first_us"].astype(np.int64),
        end_us=found["last_us"].astype(np.int64),
        count=found["count"].astype(np.int64),
        anomalies=found["anomalies"].astype(np.int64),
        **{name: found[name].copy() for name in ("min", "max", "peak", "lower", "upper")},
        seq=seq,
    )


def _width(from_us: int | None, to_us: int | None, first_us: int, last_us: int) -> float:
    """Return the time that the columns span, in microseconds."""
    start = first_us if from_us is None else from_us
    return float((last_us + 1 if to_us is None else to_us) - start)


class _View(NamedTuple):
    """What is looked at, and how wide a part may be to be shown as a whole."""

    first_us: int
    last_us: int
    widest_us: float

    def parts(self, kept: KeptRows, ids: Counts, blocks: Summaries) -> Summaries:
        """Return blocks where they fit, else their runs, else their rows."""
        fits = self._fits(blocks)
        found = [blocks[fits], *self._runs(kept, ids[~fits])]
        parts = np.concatenate(found)
        return parts[np.argsort(parts["first_us"], kind="stable")]

    def _runs(self, kept: KeptRows, ids: Counts) -> Iterator[Summaries]:
        for block_id, runs in zip(ids.tolist(), kept.runs(ids), strict=True):
            fits = self._fits(runs)
            yield runs[fits]
            seen = (runs["first_us"] <= self.last_us) & (runs["last_us"] >= self.first_us)
            wide: Mask = seen & ~fits
            if wide.any():
                rows = kept.rows_of(block_id)
                within = (rows.time_us >= self.first_us) & (rows.time_us <= self.last_us)
                yield summaries.of_rows(rows.take(within & np.repeat(wide, runs["count"])))

    def _fits(self, parts: Summaries) -> Mask:
        narrow = parts["last_us"] - parts["first_us"].astype(np.float64) <= self.widest_us
        within = (parts["first_us"] >= self.first_us) & (parts["last_us"] <= self.last_us)
        return np.asarray(narrow & within)


def _with(parts: Summaries, unsealed: Observations) -> Summaries:
    """Add rows to parts: one that falls within a part becomes a part of it."""
    rows = summaries.of_rows(unsealed)
    owners = np.searchsorted(parts["first_us"], unsealed.time_us, side="right") - 1
    inside = owners >= 0
    inside[inside] = unsealed.time_us[inside] <= parts["last_us"][owners[inside]]
    together = np.concatenate([parts, rows])
    begins = np.concatenate([np.ones(len(parts), np.bool_), ~inside])
    order = np.argsort(together["first_us"], kind="stable")
    return summaries.merged(together[order], np.flatnonzero(begins[order]))
