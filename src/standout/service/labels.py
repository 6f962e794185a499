"""Labels: keeping what people say of a stream, and measuring detectors on it."""

from __future__ import annotations

import asyncio

import numpy as np

from standout.domain.labels import REAL, WORDS, Label
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream
from standout.errors import InvalidInput, InvalidParameter, LabelNotFound
from standout.evaluation.figures import FamilyFigures
from standout.service.evaluation import evaluate
from standout.types import Mask, Times

MAX_ROWS = 1_000_000
"""Rows of a stream that are measured: the newest."""
MAX_LABELS = 100_000


class LabelService:
    """Labels of streams.

    Parameters
    ----------
    store
        Where they are kept.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._changes: dict[int, int] = {}
        self.generation = 0
        """Counts the changes of all labels: what was read at another number may be old."""

    def changed(self, stream_key: int) -> int:
        """Return the generation of a stream's last change; 0 for none since the start."""
        return self._changes.get(stream_key, 0)

    async def add(self, label: Label) -> Label:
        """Keep a label; the same person's on the same stretch takes the place of the former.

        Raises
        ------
        InvalidParameter
            An empty stretch, or a word that is none.
        StoreUnavailable
            It cannot be kept.
        """
        if label.to_us <= label.from_us:
            raise InvalidParameter("A label must end after it begins: `to` is not after `from`.")
        if label.word not in WORDS:
            raise InvalidParameter(f"A label is one of {', '.join(WORDS)}, got {label.word!r}.")
        kept = await asyncio.wrap_future(self._store.add_label(label))
        self._change(label.stream)
        return kept

    async def delete(self, stream: Stream, number: int) -> None:
        """Forget a label.

        Raises
        ------
        LabelNotFound
            The stream has none of this number.
        StoreUnavailable
            It cannot be deleted now.
        """
        if not await asyncio.wrap_future(self._store.delete_label(stream, number)):
            raise LabelNotFound(f"Stream {stream.id!r} has no label {number}.")
        self._change(stream.key)

    async def page(self, stream: Stream, *, limit: int, after: int = 0) -> list[Label]:
        """Return labels by id, those after `after` first."""
        return await asyncio.to_thread(self._store.labels, stream, limit=limit, after=after)

    async def all(self, stream: Stream) -> list[Label]:
        """Return all labels of a stream, up to 100,000, in the order of their numbers."""
        return await self.page(stream, limit=MAX_LABELS)

    def _change(self, stream_key: int) -> None:
        self.generation += 1
        self._changes[stream_key] = self.generation

    async def evaluate(
        self, stream: Stream, *, detectors: list[str] | None = None, window: int | None = None
    ) -> list[FamilyFigures]:
        """Measure detectors on what a stream keeps, by its labels.

        Rows in a stretch labelled real are anomalous; all others are not, whatever else is said
        of them. What came late is left out, as it was never scored.

        Raises
        ------
        InvalidInput
            The stream has no label, or nothing that could be measured.
        UnknownDetector, InvalidParameter
            No such detector, or a window out of its range.
        """
        return await asyncio.to_thread(self._evaluate, stream, detectors, window)

    def _evaluate(
        self, stream: Stream, detectors: list[str] | None, window: int | None
    ) -> list[FamilyFigures]:
        labels = self._store.labels(stream, limit=MAX_LABELS, after=0)
        if not labels:
            msg = (
                f"Stream {stream.id!r} has no labels; say what was real with "
                "POST /streams/{id}/labels first."
            )
            raise InvalidInput(msg)
        rows = self._rows(stream)
        return evaluate(
            stream.id,
            rows.value,
            _anomalous(rows.time_us, labels),
            rows.time_us,
            detectors=detectors or [stream.detector],
            window=window or stream.window,
        )

    def _rows(self, stream: Stream) -> Observations:
        rows = self._store.latest(stream, limit=MAX_ROWS)
        rows = rows.take(~rows.late)
        if not len(rows):
            raise InvalidInput(f"Stream {stream.id!r} keeps no observation that was scored.")
        return rows


def _anomalous(times_us: Times, labels: list[Label]) -> Mask:
    marked = np.zeros(len(times_us), np.bool_)
    for label in labels:
        if label.word == REAL:
            begin, end = np.searchsorted(times_us, [label.from_us, label.to_us])
            marked[begin:end] = True
    return marked
