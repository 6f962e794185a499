"""Rows of JSON become the columns that a model knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

import numpy as np

from standout.domain.times import parse_timestamp
from standout.errors import ColumnNotFound, InvalidInput, InvalidTimestamp
from standout.features.columns import Column, listed
from standout.features.table import TAIL, FeaturePlan
from standout.kernels.sequences import MISSING_TIME, go_on

NO_HISTORY: Final[dict[str, Column]] = {}
_NAN: Final = float("nan")


class RowReader:
    """Reads the rows of one model's requests.

    Parameters
    ----------
    plan
        The model's features.
    kinds
        The columns of its training table: "integer", "number", "boolean", "datetime" or "text".
    """

    def __init__(self, plan: FeaturePlan, kinds: Mapping[str, str]) -> None:
        self._known = frozenset(kinds)
        self._wanted = plan.wanted
        self._date = plan.date
        self._last_us, self._step_us = plan.last_us, plan.step_us
        self._target = plan.target
        texts = frozenset(plan.text)
        self._numbers = tuple(
            name for name in plan.wanted if name not in texts and kinds[name] != "datetime"
        )
        self._times = tuple(
            name for name in plan.wanted if name not in texts and kinds[name] == "datetime"
        )
        self._texts = tuple(plan.text)

    def one(self, row: Mapping[str, Any]) -> dict[str, Column]:
        """Return one row's columns, of length 1.

        Raises
        ------
        ColumnNotFound
            One that is wanted is missing, or one is not known.
        InvalidInput
            A cell is not what its column holds.
        """
        if not row.keys() <= self._known:
            raise self._strange(row, None)
        columns: dict[str, Column] = {}
        try:
            for name in self._numbers:
                columns[name] = np.array((_number(name, row[name]),))
            for name in self._times:
                columns[name] = np.array((_moment(name, row[name]),))
            for name in self._texts:
                columns[name] = _objects((_text(row[name]),))
        except KeyError:
            raise self._lacking(row, None) from None
        if self._date is not None and self._date in row:
            columns[self._date] = np.array((_moment(self._date, row[self._date]),))
        return columns

    def many(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
        """Return the columns of rows that follow each other; raises as `one`, with the row."""
        for i, row in enumerate(rows, 1):
            if not row.keys() <= self._known:
                raise self._strange(row, i)
        columns: dict[str, Column] = {}
        try:
            for name in self._numbers:
                columns[name] = _numbers(name, [row[name] for row in rows])
            for name in self._times:
                columns[name] = _moments(name, [row[name] for row in rows])
            for name in self._texts:
                columns[name] = _objects([_text(row[name]) for row in rows])
        except KeyError:
            wanted = set(self._wanted)
            place = next(i for i, row in enumerate(rows) if not wanted <= row.keys())
            raise self._lacking(rows[place], place + 1) from None
        if self._date is not None and any(self._date in row for row in rows):
            columns[self._date] = _moments(self._date, [row.get(self._date) for row in rows])
        return columns

    def columns(self, given: Mapping[str, Sequence[Any]]) -> dict[str, Column]:
        """Return columns that were sent as columns; raises as `many`."""
        if not given.keys() <= self._known:
            raise self._strange(given, None)
        lengths = {len(column) for column in given.values()}
        if len(lengths) != 1:
            told = ", ".join(f"{name!r} has {len(column):,}" for name, column in given.items())
            raise InvalidInput(f"All columns must have as many rows: {told or 'there is none'}.")
        columns: dict[str, Column] = {}
        try:
            for name in self._numbers:
                columns[name] = _numbers(name, given[name])
            for name in self._times:
                columns[name] = _moments(name, given[name])
            for name in self._texts:
                columns[name] = _objects([_text(cell) for cell in given[name]])
        except KeyError:
            raise self._lacking(given, None) from None
        if self._date is not None and self._date in given:
            columns[self._date] = _moments(self._date, given[self._date])
        return columns

    def arrays(self, given: Mapping[str, Column]) -> dict[str, Column]:
        """Pick the columns of a file that are wanted, as `read_arrays` gives them.

        Raises
        ------
        ColumnNotFound
            One that is wanted is missing.
        InvalidInput
            A column holds something else than the training table's.
        """
        columns: dict[str, Column] = {}
        try:
            for name in self._wanted:
                columns[name] = given[name]
        except KeyError:
            raise self._lacking(given, None) from None
        for name in (*self._numbers, *self._times):
            if columns[name].dtype == object:
                columns[name] = _numbers(name, columns[name].tolist())
        for name in self._texts:
            if columns[name].dtype != object:
                raise InvalidInput(f"Column {name!r} holds text, got {columns[name].dtype}.")
        if self._date is not None and self._date in given:
            columns[self._date] = given[self._date]
        return columns

    def history(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
        """Return the columns of the rows that came before: target and, where known, date.

        Raises as `many`; other columns are not looked at.
        """
        if self._target is None or not rows:
            return NO_HISTORY
        last = rows[-TAIL:]
        first = len(rows) - len(last) + 1
        try:
            values = [row[self._target] for row in last]
        except KeyError:
            msg = f"Each row of the history has the target column {self._target!r}."
            raise ColumnNotFound(msg) from None
        columns = {self._target: _numbers(self._target, values, first)}
        if self._date is not None:
            # Of all rows: one without a date is a step after the one before it.
            times = _moments(self._date, [row.get(self._date) for row in rows])
            go_on(times, self._last_us, self._step_us)
            columns[self._date] = times[-TAIL:]
        return columns

    @property
    def columns_read(self) -> tuple[str, ...]:
        """The columns that are looked at, the date last."""
        return self._wanted if self._date is None else (*self._wanted, self._date)

    @property
    def looks_back(self) -> bool:
        """Whether rows before matter."""
        return self._target is not None

    def _strange(self, row: Mapping[str, Any], number: int | None) -> InvalidInput:
        strange = [name for name in row if name not in self._known]
        plural = "s" if len(strange) > 1 else ""
        msg = (
            f"The model does not know the column{plural} {listed(strange)}. "
            f"It wants {listed(self._wanted)}."
        )
        return _at(ColumnNotFound(msg), number)

    def _lacking(self, row: Mapping[str, Any], number: int | None) -> InvalidInput:
        missing = [name for name in self._wanted if name not in row]
        msg = f"The model wants {listed(self._wanted)}; missing: {listed(missing)}."
        return _at(ColumnNotFound(msg), number)


class Following:
    """Goes through a long table in parts: what came before each part.

    Parameters
    ----------
    plan
        The model's features.

    Attributes
    ----------
    history
        The end of the parts so far; None before the first, which follows the training rows.
    """

    def __init__(self, plan: FeaturePlan) -> None:
        self._plan = plan
        self._time = plan.last_us
        self.history: dict[str, Column] | None = None

    def add(self, columns: Mapping[str, Column]) -> None:
        """Go on behind a part, of at least `TAIL` rows unless it is the last."""
        plan = self._plan
        history: dict[str, Column] = {}
        if plan.target is not None:
            history[plan.target] = columns[plan.target][-TAIL:]
        if plan.date is not None:
            rows = len(next(iter(columns.values())))
            there = columns.get(plan.date)
            times = np.full(rows, MISSING_TIME) if there is None else there.copy()
            go_on(times, self._time, plan.step_us)
            self._time = int(times[-1])
            history[plan.date] = times[-TAIL:]
        self.history = history or None


def _at(error: InvalidInput, row: int | None) -> InvalidInput:
    return error if row is None else error.at(row)


def _number(name: str, cell: Any) -> float:
    if cell is None:
        return _NAN
    if isinstance(cell, int | float):
        try:
            return float(cell)
        except OverflowError:
            return float("inf") if cell > 0 else float("-inf")
    raise InvalidInput(f"Column {name!r} holds numbers, got {_shown(cell)}.")


def _moment(name: str, cell: Any) -> int:
    if cell is None:
        return int(MISSING_TIME)
    try:
        return parse_timestamp(cell, UTC, None)
    except InvalidTimestamp as error:
        raise InvalidTimestamp(f"Column {name!r}: {error}") from None


def _text(cell: Any) -> str | None:
    return cell if cell is None or isinstance(cell, str) else str(cell)


def _numbers(name: str, cells: Sequence[Any], first: int = 1) -> Column:
    found = np.empty(len(cells))
    for i, cell in enumerate(cells):
        try:
            found[i] = _number(name, cell)
        except InvalidInput as error:
            raise error.at(first + i) from None
    return found


def _moments(name: str, cells: Sequence[Any], first: int = 1) -> Column:
    found = np.empty(len(cells), np.int64)
    for i, cell in enumerate(cells):
        try:
            found[i] = _moment(name, cell)
        except InvalidInput as error:
            raise error.at(first + i) from None
    return found


def _objects(cells: Sequence[Any]) -> Column:
    found = np.empty(len(cells), object)
    found[:] = cells
    return found


def _shown(cell: Any) -> str:
    return repr(cell)[:80]
