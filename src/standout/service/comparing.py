"""Detectors beside each other on a stream's own history: how often each would have alarmed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from standout.detectors import registry
from standout.domain.labels import FALSE_ALARM, REAL, Label
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream
from standout.domain.stretches import Stretch, labelled, stretches
from standout.errors import InvalidParameter
from standout.service.scoring import detect
from standout.types import Counts, Times, Values

MAX_ROWS: Final = 50_000
"""Rows that are judged anew: the newest. It bounds the time to about a second a detector."""
MAX_PX: Final = 2_000
MAX_DETECTORS: Final = 4
MAX_LABELS: Final = 10_000
MAX_ALARMS: Final = 500
"""Alarms of each detector that are told: the newest."""
AT_ONCE: Final = 1
"""Comparisons that run at a time; others wait, as each keeps a core busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one detector would have said.

    Parameters
    ----------
    asked, detector
        The name that was asked for, and that of the detector that judged.
    alarms
        The newest of its alarms, with what was said of each: flagged rows no more than the
        stream's window apart are one.
    count, flagged
        All of its alarms, and all of its flagged rows.
    found, on_false_alarms, unlabelled
        Labelled real stretches that an alarm meets; alarms on a stretch labelled a false alarm;
        alarms that nobody has labelled.
    peaks
        Highest score of each pixel; nan for none.
    """

    asked: str
    detector: str
    alarms: list[Stretch]
    count: int
    flagged: int
    found: int
    on_false_alarms: int
    unlabelled: int
    peaks: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A stream's history, and what each detector makes of it.

    Parameters
    ----------
    rows
        Rows that were judged, at most 50,000; the newest of the stream.
    whole
        Whether these are all that the stream keeps.
    from_us, to_us
        The stretch of time that they span, [`from_us`, `to_us`); 0 and 0 without rows.
    real, false_alarms
        Labelled stretches in it.
    time_us, low, high
        Begin, lowest and highest value of each pixel that has rows.
    at
        Number of each of these pixels.
    """

    rows: int
    whole: bool
    from_us: int
    to_us: int
    real: int
    false_alarms: int
    at: Counts
    low: Values
    high: Values
    detectors: list[Compared]


class ComparingService:
    """Compares detectors.

    Parameters
    ----------
    store
        Where streams are kept.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def compare(self, record: Stream, detectors: Sequence[str], *, px: int) -> Comparison:
        """Judge a stream's newest rows anew by each detector, from nothing, in the order of time.

        Nothing is stored, and the stream's own verdicts stay as they are. All detectors begin
        without experience, so a comparison of the newest rows is fair to each, but the one that
        the stream has may have known more when it judged them.

        Raises
        ------
        InvalidParameter
            A stream of several channels, or too many detectors.
        UnknownDetector
            None has this name.

        Notes
        -----
        About 0.3 microseconds a row for the vote and 10 for `auto`, in a thread.
        """
        if record.width > 1:
            msg = f"Only streams of one channel are compared, {record.id!r} has {record.width}."
            raise InvalidParameter(msg)
        names = list(dict.fromkeys(detectors))
        if not 1 <= len(names) <= MAX_DETECTORS:
            msg = f"One to {MAX_DETECTORS} detectors are compared at once, got {len(names)}."
            raise InvalidParameter(msg)
        for name in names:
            registry.entry(registry.for_stream(name))
        async with self._turns:
            return await asyncio.to_thread(self._compare, record, names, px)

    def _compare(self, record: Stream, names: list[str], px: int) -> Comparison:
        rows = self._store.latest(record, limit=MAX_ROWS + 1)
        whole = len(rows) <= MAX_ROWS
        rows = rows.take(slice(-MAX_ROWS, None))
        rows = rows.take(~rows.late)
        rows = rows.take(np.argsort(rows.time_us, kind="stable"))
        if not len(rows):
            return _nothing(names)
        from_us, to_us = int(rows.time_us[0]), int(rows.time_us[-1]) + 1
        labels = [
            one
            for one in self._store.labels(record, limit=MAX_LABELS, after=0)
            if one.from_us < to_us and one.to_us > from_us
        ]
        at = _pixels(rows.time_us, from_us, to_us, px)
        filled, starts = np.unique(at, return_index=True)
        return Comparison(
            rows=len(rows),
            whole=whole,
            from_us=from_us,
            to_us=to_us,
            real=_said(labels, REAL),
            false_alarms=_said(labels, FALSE_ALARM),
            at=filled,
            low=np.fmin.reduceat(rows.value, starts),
            high=np.fmax.reduceat(rows.value, starts),
            detectors=[_judged(name, record, rows, labels, starts) for name in names],
        )


def _judged(
    asked: str, record: Stream, rows: Observations, labels: list[Label], starts: Counts
) -> Compared:
    name = registry.for_stream(asked)
    params = record.params if name == record.detector else {}
    found = detect(rows.value, detector=name, window=record.window, params=params)
    # Numbered anew, as if nothing had come late: what is next to each other is one alarm.
    judged = replace(
        rows,
        seq=np.arange(1, len(rows) + 1),
        score=found.score,
        votes=found.votes,
        expected=found.expected,
        lower=found.lower,
        upper=found.upper,
    )
    flagged = found.anomaly == 1
    # An alarm holds the next ones down for a window, for every detector alike.
    found_alarms = stretches(judged.take(flagged), newest_seq=len(rows), reach=record.window)
    alarms = labelled(found_alarms, labels)
    words = [None if one.label is None else one.label.word for one in alarms]
    return Compared(
        asked=asked,
        detector=name,
        alarms=alarms[-MAX_ALARMS:],
        count=len(alarms),
        flagged=int(flagged.sum()),
        found=sum(_is_met(one, alarms) for one in labels if one.word == REAL),
        on_false_alarms=words.count(FALSE_ALARM),
        unlabelled=words.count(None),
        peaks=np.fmax.reduceat(found.score, starts),
    )


def _is_met(label: Label, alarms: list[Stretch]) -> bool:
    return any(one.from_us < label.to_us and one.to_us > label.from_us for one in alarms)


def _said(labels: list[Label], word: str) -> int:
    return sum(one.word == word for one in labels)


def _pixels(times_us: Times, from_us: int, to_us: int, px: int) -> Counts:
    share = (times_us - from_us) / (to_us - from_us)
    return np.minimum((share * px).astype(np.int64), px - 1)


def _nothing(names: list[str]) -> Comparison:
    none = np.empty(0)
    return Comparison(
        rows=0,
        whole=True,
        from_us=0,
        to_us=0,
        real=0,
        false_alarms=0,
        at=np.empty(0, np.int64),
        low=none,
        high=none,
        detectors=[
            Compared(
                asked=name,
                detector=registry.for_stream(name),
                alarms=[],
                count=0,
                flagged=0,
                found=0,
                on_false_alarms=0,
                unlabelled=0,
                peaks=none,
            )
            for name in names
        ],
    )
