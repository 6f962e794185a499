"""Strengths: what each voter of a stream's detector thought of one observation.

A verdict keeps who voted, not how surely: that would be eight more numbers an observation. As a
restart changes nothing, it is found anew: the same rows in the same order lead to the same state,
and the stored verdict must come out of it to the bit, or nothing is told.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from standout.detectors import registry
from standout.detectors.base import OnlineBank
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream
from standout.domain.times import to_iso
from standout.errors import InvalidInput
from standout.types import Values

MOST_MS: Final = 1_000
"""Milliseconds of one core that the rows before an observation may take."""
MOST_ROWS: Final = 500_000
"""Rows before it, whatever they take: 50 MB."""
AT_ONCE: Final = 1
KEPT: Final = 256
"""Answers that are kept: a person goes back and forth between a few anomalies."""

EXPIRED: Final = "Retention has removed rows from before it."
CHANGED: Final = "The rows that are kept do not lead to the verdict that was given."
UNSCORED: Final = "It was not scored."


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    """What each voter thought of one observation.

    Parameters
    ----------
    time_us, seq, score
        The observation, and its stored score.
    channel
        Place of the channel that they are of; None for a stream of one.
    voters
        Score of each voter alone, in [0, 1], 0.6 and more where it voted; empty where they cannot
        be told.
    reason
        Why they cannot be told; empty where they are.
    """

    time_us: int
    seq: int
    score: float
    channel: int | None = None
    voters: dict[str, float] = field(default_factory=dict)
    reason: str = ""


class StrengthService:
    """Finds strengths anew.

    Parameters
    ----------
    store
        Where streams are kept.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._kept: OrderedDict[tuple[int, int], Strengths] = OrderedDict()

    async def read(self, record: Stream, time_us: int) -> Strengths:
        """Return the strengths at an observation; the one that stands out most of one time.

        Raises
        ------
        InvalidInput
            Nothing is stored at this time.

        Notes
        -----
        It takes what scoring the rows before takes: 0.3 microseconds each with the vote, 8 with
        novelty, a second at most. In a thread, one at a time.
        """
        known = self._kept.get((record.key, time_us))
        if known is not None:
            self._kept.move_to_end((record.key, time_us))
            return known
        async with self._turns:
            found = await asyncio.to_thread(self._read, record, time_us)
        self._kept[record.key, time_us] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _read(self, record: Stream, time_us: int) -> Strengths:
        there = self._store.lookup(record, np.array([time_us], np.int64))
        if not len(there):
            msg = f"Stream {record.id!r} has no observation at {to_iso(time_us)}."
            raise InvalidInput(msg)
        at = int(np.argmax(np.nan_to_num(there.score, nan=-1.0)))
        row = there.take(slice(at, at + 1))
        told = Strengths(
            time_us=time_us,
            seq=int(row.seq[0]),
            score=float(row.score[0]),
            channel=None if row.channel is None else int(row.channel[0]),
        )
        if np.isnan(told.score):
            return replace(told, channel=None, reason=UNSCORED)
        if record.expired_us is not None:
            return replace(told, reason=EXPIRED)
        bank = registry.bank(record.detector, {**record.params, "window": record.window})
        most = min(MOST_ROWS, MOST_MS * bank.rows_a_ms // record.width)
        if told.seq > most:  # as many came before it, and need not be read to be counted
            return replace(told, reason=f"More than {most:,} rows lie before it.")
        before = self._store.latest(record, limit=most, before_us=time_us)
        learnt = _learnt(before, there.take(slice(0, at)), told.channel)
        scores = _scores(bank, learnt, row)
        if scores is None:
            return replace(told, reason=CHANGED)
        names = registry.voters(record.detector)
        return replace(told, voters=dict(zip(names, scores, strict=True)))


def _learnt(before: Observations, same_time: Observations, channel: int | None) -> Values:
    """Return the values that were learnt before, in their order: late ones were not."""
    found = []
    for part in (before, same_time):
        values = part.value
        if channel is not None and part.vector is not None:
            values = part.vector[:, channel]
        found.append(values[~part.late])
    return np.concatenate(found)


def _scores(bank: OnlineBank, learnt: Values, row: Observations) -> list[float] | None:
    """Return each voter's score of a row; None where its stored verdict does not come out."""
    slot = bank.allot()
    bank.learn(slot, learnt)
    again = bank.score(slot, row.value)
    if again.score[0] != row.score[0] or again.votes[0] != row.votes[0]:
        return None
    scores: list[float] = bank.voter_scores(slot, float(row.value[0])).tolist()
    return scores
