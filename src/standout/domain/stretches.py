"""Stretches: flagged observations that belong together, as one anomaly with a start and an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from standout.domain.labels import Label
from standout.domain.records import Observations
from standout.types import Counts

REACH: Final = 6
"""Flagged observations at most so many arrivals apart are one stretch: a detector that wavers
within an anomaly does not cut it into pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Flagged observations in a row.

    Parameters
    ----------
    seq, last_seq
        Arrival numbers of its first and its last flagged observation; the first names it.
    from_us, to_us
        The stretch, [`from_us`, `to_us`), in microseconds UTC: `to_us` is just after the last.
    count
        Flagged observations in it.
    peak_us, score, value, expected, lower, upper
        The observation with the highest score, the one furthest off among equals.
    min, max, first, last
        Lowest, highest, first and last flagged value.
    votes
        How many of the flagged observations each voter voted for, in the order of the bits.
    peak_votes
        The votes at the peak, one bit a voter.
    label
        What was said of it last; None for nothing.
    ongoing
        The newest observation of the stream is within reach of its last.
    """

    seq: int
    last_seq: int
    from_us: int
    to_us: int
    count: int
    peak_us: int
    score: float
    value: float
    expected: float
    lower: float
    upper: float
    min: float
    max: float
    first: float
    last: float
    votes: tuple[int, ...]
    peak_votes: int
    label: Label | None = None
    ongoing: bool = False


def stretches(
    flagged: Observations, *, newest_seq: int, most: int | None = None, reach: int = REACH
) -> list[Stretch]:
    """Join flagged rows, ascending by time, into stretches, oldest first.

    Parameters
    ----------
    flagged
        Only flagged rows of one stream.
    newest_seq
        Arrival number of the stream's newest observation; tells which stretch is going on.
    most
        Stretches at most, the newest; all for None.
    reach
        Flagged rows at most so many arrivals apart are one stretch.
    """
    if not len(flagged):
        return []
    cuts = np.flatnonzero(np.abs(np.diff(flagged.seq)) > reach) + 1
    starts: Counts = np.concatenate([np.zeros(1, np.int64), cuts])
    ends = np.concatenate([cuts, np.array([len(flagged)])])
    return [
        _stretch(flagged.take(slice(int(begin), int(end))), newest_seq)
        for begin, end in list(zip(starts, ends, strict=True))[-most if most else 0 :]
    ]


def labelled(found: Sequence[Stretch], labels: Sequence[Label]) -> list[Stretch]:
    """Give each stretch the newest label that meets it."""
    newest = sorted(labels, key=lambda label: (label.created_us, label.id), reverse=True)
    return [replace(one, label=_meeting(newest, one.from_us, one.to_us)) for one in found]


def _meeting(newest: Sequence[Label], from_us: int, to_us: int) -> Label | None:
    return next((o for o in newest if o.from_us < to_us and o.to_us > from_us), None)


def _stretch(rows: Observations, newest_seq: int) -> Stretch:
    off = np.nan_to_num(np.abs(rows.value - rows.expected), nan=-1.0)
    at = int(np.lexsort((off, rows.score))[-1])
    bits = np.unpackbits(rows.votes[:, None], axis=1, bitorder="little").sum(axis=0)
    return Stretch(
        seq=int(rows.seq[0]),
        last_seq=int(rows.seq[-1]),
        from_us=int(rows.time_us[0]),
        to_us=int(rows.time_us[-1]) + 1,
        count=len(rows),
        peak_us=int(rows.time_us[at]),
        score=float(rows.score[at]),
        value=float(rows.value[at]),
        expected=float(rows.expected[at]),
        lower=float(rows.lower[at]),
        upper=float(rows.upper[at]),
        min=float(np.fmin.reduce(rows.value)),
        max=float(np.fmax.reduce(rows.value)),
        first=float(rows.value[0]),
        last=float(rows.value[-1]),
        votes=tuple(int(n) for n in bits),
        peak_votes=int(rows.votes[at]),
        ongoing=newest_seq - int(rows.seq[-1]) < REACH,
    )
