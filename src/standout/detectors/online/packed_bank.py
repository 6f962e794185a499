"""Slots of one packed array: what the banks of all online detectors share."""

from __future__ import annotations

import mmap
from abc import ABC, abstractmethod
from itertools import pairwise
from typing import ClassVar

import numpy as np

from standout.detectors import codec
from standout.detectors.base import Verdicts
from standout.types import Batch, Scores, Slots, Values

VERDICT = 5
"""Columns that a kernel writes for a row: score, expected, lower, upper, votes as bits."""

PIECE_BYTES = 1 << 24
"""Size of the pieces in which a bank takes memory, and gives it back."""


class PackedBank(ABC):
    """Many streams under one detector with the same parameters, a slot of a packed array each.

    A bank adds its kernel: how rows are scored and learnt, and where a slot counts what it learnt.
    The array is in pieces: a bank that grows moves nothing, and what a crowd took goes back with
    the last stream of each piece.

    Parameters
    ----------
    words
        Words of 8 bytes of a slot.
    capacity
        Slots of a piece, at least 1; None for as many as have 16 MiB.

    Notes
    -----
    Not safe to call from two threads at once.
    """

    version: ClassVar[int]
    """Of the detector: a state of another one is refused."""

    def __init__(self, words: int, capacity: int | None = None) -> None:
        self._words = words
        self._capacity = capacity or max(PIECE_BYTES // self.state_bytes, 1)
        # One that gave its memory back has no row.
        self._pieces: list[Batch] = []
        self._free: list[list[int]] = []
        self._add_piece()

    @property
    def state_bytes(self) -> int:
        """Bytes of one slot."""
        return 8 * self._words

    @property
    def nbytes(self) -> int:
        """Bytes of all slots, used or not."""
        return sum(piece.nbytes for piece in self._pieces)

    def allot(self) -> int:
        """Return a free slot that has learnt nothing; the bank grows where there is none."""
        # Of the first piece that has one, so that the last ones become empty.
        number = next((i for i, free in enumerate(self._free) if free), None)
        if number is None:
            number = self._add_piece()
        elif not len(self._pieces[number]):
            self._pieces[number] = self._blank(self._capacity)
        return self._free[number].pop()

    def free(self, slot: int) -> None:
        """Give a slot back; with its last one, a piece gives its memory back, the first apart."""
        states, place = self._at(slot)
        states[place] = 0.0
        number = slot // self._capacity
        self._free[number].append(slot)
        if number and len(self._free[number]) == self._capacity:
            self._pieces[number] = self._blank(0)

    def _add_piece(self) -> int:
        number = len(self._pieces)
        first = number * self._capacity
        self._pieces.append(self._blank(self._capacity))
        self._free.append(list(range(first + self._capacity - 1, first - 1, -1)))
        return number

    def _blank(self, slots: int) -> Batch:
        if self.state_bytes * slots < PIECE_BYTES // 2:
            return np.zeros((slots, self._words))
        # The heap would keep a piece that is given back between others that are not.
        pages = mmap.mmap(-1, self.state_bytes * slots)
        return np.frombuffer(pages).reshape(slots, self._words)

    def _at(self, slot: int) -> tuple[Batch, int]:
        """Return the piece of a slot that is in use, and the slot's place in it."""
        number, place = divmod(slot, self._capacity)
        return self._pieces[number], place

    def dump(self, slot: int) -> bytes:
        """Return a slot's state."""
        states, place = self._at(slot)
        return codec.pack(states[place], version=self.version)

    def load(self, slot: int, state: bytes) -> None:
        """Replace a slot's state.

        Raises
        ------
        ValueError
            The bytes are not a state of this version and these parameters, or they are damaged.
        """
        states, place = self._at(slot)
        states[place] = codec.unpack(state, version=self.version, words=self._words)

    def learn(self, slot: int, values: Values) -> None:
        """Learn values, shape ``(n,)``, without telling their scores."""
        states, place = self._at(slot)
        self._learn(states, place, values)

    def score(self, slot: int, values: Values) -> Verdicts:
        """Score values, shape ``(n,)``, against a slot as it is."""
        states, place = self._at(slot)
        verdicts = np.empty((len(values), VERDICT))
        self._score(states, place, values, verdicts)
        return _columns(verdicts)

    def score_learn(self, slots: Slots, X: Batch) -> Verdicts:
        """Score each row of `X`, shape ``(n, 1)``, with the state of its slot, then learn it."""
        values, verdicts = np.ascontiguousarray(X[:, 0]), np.empty((len(X), VERDICT))
        if len(self._pieces) == 1:
            self._score_learn(self._pieces[0], slots, values, verdicts)
        else:
            self._score_learn_pieces(slots, values, verdicts)
        return _columns(verdicts)

    def _score_learn_pieces(self, slots: Slots, values: Values, verdicts: Batch) -> None:
        """Do as `_score_learn` for rows of several pieces, one piece after the other."""
        numbers, places = np.divmod(slots, self._capacity)
        order = None if (numbers[1:] >= numbers[:-1]).all() else np.argsort(numbers, kind="stable")
        if order is not None:
            numbers, places, values = numbers[order], places[order], values[order]
        written = verdicts if order is None else np.empty_like(verdicts)
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
        for first, last in pairwise(edges):
            rows = slice(first, last)
            states, _ = self._at(int(slots[first if order is None else order[first]]))
            self._score_learn(states, places[rows], values[rows], written[rows])
        if order is not None:
            verdicts[order] = written

    def voter_scores(self, slot: int, value: float) -> Scores:
        """Score one value by each voter alone, against a slot as it is; changes nothing.

        Shape ``(v,)``, in the order of the voters' bits: 0.6 and more is a vote, nan is no score.
        """
        return self.score(slot, np.array([value])).score

    @abstractmethod
    def _learn(self, states: Batch, place: int, values: Values) -> None:
        """Call the kernel that learns values of one place of a piece."""

    @abstractmethod
    def _score_learn(self, states: Batch, places: Slots, values: Values, verdicts: Batch) -> None:
        """Call the kernel that scores each value with the state of its place, then learns it."""

    @abstractmethod
    def _score(self, states: Batch, place: int, values: Values, verdicts: Batch) -> None:
        """Call the kernel that scores values and changes nothing."""


def _columns(verdicts: Batch) -> Verdicts:
    score, expected, lower, upper, votes = np.ascontiguousarray(verdicts.T)
    bits = np.where(np.isnan(votes), 0.0, votes).astype(np.uint8)
    return Verdicts(score, expected, lower, upper, bits)
