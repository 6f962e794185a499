"""From the columns of a table to features: one code for training, batches and single rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from standout.errors import ColumnNotFound, InvalidInput
from standout.features import calendar
from standout.features.columns import (
    Column,
    as_numbers,
    as_times,
    is_numeric,
    is_times,
    listed,
    require,
    rows_of,
)
from standout.features.encoding import By, TextCodes
from standout.kernels.sequences import MISSING_TIME, go_on, look_back
from standout.types import Batch, Times, Values

LAGS = (1, 2, 3, 7)
WINDOW = 10
"""Rows of the rolling mean, standard deviation and z-score."""

TAIL = max(*LAGS, WINDOW)
"""Rows before a row that its features may depend on."""

_LOOKING_BACK = (*(f"lag_{lag}" for lag in LAGS), "rolling_mean", "rolling_std", "zscore")
_LAGS = np.array(LAGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturePlan:
    """Which columns become which features, with all that was learnt for it from training rows.

    Of the target column: the value itself, its lags 1, 2, 3 and 7, mean and standard deviation
    of the ten rows before it, and its z-score against them. Of the date column: hour, day of the
    week and month. Of the other columns: numbers as they are, texts by `TextCodes`.

    Parameters
    ----------
    target
        Column whose past is looked at; None for tables whose rows have no order.
    date
        Column of times; None where there is none.
    numeric, text
        The other columns, in order of the features; texts with their codes.
    known
        All columns of the training table: others are taken for slips of the pen.
    tail
        The target in the last training rows, at most ten, for the lags of the first rows that
        are scored; shape ``(t,)``.
    last_us, step_us
        Time of the last training row, and the usual time from row to row; microseconds.

    Notes
    -----
    A row's features depend on its own cells and on the ten rows before it, to the bit: whether
    these came in the same batch, as history, or from the training rows. O(n d).
    """

    target: str | None
    date: str | None
    numeric: tuple[str, ...]
    text: dict[str, TextCodes]
    known: frozenset[str]
    tail: Values
    last_us: int
    step_us: int

    @classmethod
    def learn(
        cls,
        columns: Mapping[str, Column],
        target: str | None = None,
        feature_columns: Sequence[str] | None = None,
        date_column: str | None = None,
        *,
        leave_out: Sequence[str] = (),
        texts_by: By = "frequency",
    ) -> Self:
        """Choose features, and learn what they need from the training rows, in their order.

        Parameters
        ----------
        columns
            Name to column, all of one length.
        target
            Column whose past is looked at.
        feature_columns
            Other columns to use; all numeric ones where None. Texts are used where named.
        date_column
            Column of times; the first that there is where None.
        leave_out
            Columns that are no features, for example the label.
        texts_by
            How texts are told apart; see `TextCodes`.

        Raises
        ------
        ColumnNotFound
            A named column is not there.
        InvalidInput
            The target is not numeric, or no feature is left.
        """
        rows_of(columns)
        if target is not None:
            require([target], columns, "Target column")
        require(feature_columns or (), columns, "Feature column")
        require([date_column] if date_column is not None else (), columns, "Date column")
        date = date_column or next((name for name in columns if is_times(columns[name])), None)
        used = {target, date, *leave_out}
        if feature_columns is None:
            chosen = [name for name in columns if name not in used and is_numeric(columns[name])]
        else:
            chosen = [name for name in dict.fromkeys(feature_columns) if name not in used]
        numeric = tuple(name for name in chosen if _as_numeric(columns[name]))
        times = np.empty(0, np.int64) if date is None else as_times(date, columns[date])
        plan = cls(
            target=target,
            date=date,
            numeric=numeric,
            text={
                name: TextCodes.learn(columns[name], by=texts_by)
                for name in chosen
                if name not in numeric
            },
            known=frozenset(columns),
            tail=_tail(target, columns),
            last_us=_last(times),
            step_us=calendar.usual_step(times),
        )
        if not plan.names:
            msg = f"No numeric column is left to learn from. There are: {listed(list(columns))}."
            raise InvalidInput(msg)
        return plan

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in the order of their columns."""
        return tuple(name for name, _ in self.sources)

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Each feature's name, and the column that it is made from."""
        found = []
        if self.target is not None:
            found.append((self.target, self.target))
            found += [(self._free(f"{self.target}_{name}"), self.target) for name in _LOOKING_BACK]
        if self.date is not None:
            found += [(self._free(name), self.date) for name in calendar.NAMES]
        return (*found, *((name, name) for name in (*self.numeric, *self.text)))

    def _free(self, name: str) -> str:
        """Return a name that no column has."""
        while name in self.known:
            name += "_"
        return name

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns that rows must have; the date may be left out."""
        first = () if self.target is None else (self.target,)
        return (*first, *self.numeric, *self.text)

    def transform(
        self, columns: Mapping[str, Column], history: Mapping[str, Column] | None = None
    ) -> Batch:
        """Return the features of rows that follow each other.

        Parameters
        ----------
        columns
            Name to column, in any order; the date may be left out, which is one step more with
            each row. A missing number is nan, a missing text None.
        history
            The rows before these: target and, where known, date; the end of the training rows
            where None. An empty one says that nothing came before.

        Returns
        -------
        Batch
            Shape ``(n, d)``; nan where a value is missing, or nothing came before to tell it.

        Raises
        ------
        ColumnNotFound
            A column is missing, or was not in the training table.
        InvalidInput
            A cell is not a number where numbers belong.
        """
        self._check(columns)
        n = rows_of(columns)
        parts = len(_LOOKING_BACK) + 1 if self.target is not None else 0
        calendars = len(calendar.NAMES) if self.date is not None else 0
        out = np.empty((n, parts + calendars + len(self.numeric) + len(self.text)))
        if self.target is not None:
            values = as_numbers(self.target, columns[self.target])
            out[:, 0] = values
            past = self._past(history)
            look_back(np.concatenate((past, values)), len(past), _LAGS, WINDOW, out[:, 1:parts])
        if self.date is not None:
            times = self._times(columns, history, n)
            out[:, parts : parts + calendars] = calendar.calendar(times)
        place = parts + calendars
        for name in self.numeric:
            out[:, place] = as_numbers(name, columns[name])
            place += 1
        for name, codes in self.text.items():
            out[:, place] = codes(columns[name])
            place += 1
        return out

    def to_state(self) -> dict[str, Any]:
        """Return what was learnt: arrays and JSON scalars."""
        told = {
            "target": self.target,
            "date": self.date,
            "numeric": list(self.numeric),
            "text": list(self.text),
            "known": sorted(self.known),
            "last_us": self.last_us,
            "step_us": self.step_us,
        }
        state: dict[str, Any] = {"plan": json.dumps(told), "tail": self.tail}
        for place, codes in enumerate(self.text.values()):
            state |= {f"text/{place}/{name}": part for name, part in codes.to_state().items()}
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a plan from what `to_state` gave."""
        told = json.loads(state["plan"])
        texts = {}
        for place, name in enumerate(told["text"]):
            parts = ("texts", "ends", "numbers", "unknown")
            texts[name] = TextCodes.from_state({p: state[f"text/{place}/{p}"] for p in parts})
        return cls(
            target=told["target"],
            date=told["date"],
            numeric=tuple(told["numeric"]),
            text=texts,
            known=frozenset(told["known"]),
            tail=np.asarray(state["tail"], np.float64),
            last_us=int(told["last_us"]),
            step_us=int(told["step_us"]),
        )

    def _check(self, columns: Mapping[str, Column]) -> None:
        if not columns.keys() <= self.known:
            strange = [name for name in columns if name not in self.known]
            msg = (
                f"The model does not know the column{'s' if len(strange) > 1 else ''} "
                f"{listed(strange)}. It wants: {listed(self.wanted)}."
            )
            raise ColumnNotFound(msg)
        missing = [name for name in self.wanted if name not in columns]
        if missing:
            msg = f"The model wants {listed(self.wanted)}; missing: {listed(missing)}."
            raise ColumnNotFound(msg)

    def _past(self, history: Mapping[str, Column] | None) -> Values:
        if history is None:
            return self.tail
        target = self.target or ""
        if not history:
            return self.tail[:0]
        require([target], history, "Target column of the history")
        return as_numbers(target, history[target][-TAIL:])

    def _times(
        self, columns: Mapping[str, Column], history: Mapping[str, Column] | None, n: int
    ) -> Times:
        date = self.date or ""
        if date in columns:
            times = as_times(date, columns[date])
            if not (times == MISSING_TIME).any():
                return times
            times = times.copy()
        else:
            times = np.full(n, MISSING_TIME)
        go_on(times, self._time_before(history), self.step_us)
        return times

    def _time_before(self, history: Mapping[str, Column] | None) -> int:
        """Return the time of the last row of the history, or of the training rows."""
        date = self.date or ""
        if not history:
            return self.last_us
        rows = rows_of(history)
        if date not in history:
            return self.last_us + rows * self.step_us
        times = as_times(date, history[date]).copy()
        go_on(times, self.last_us, self.step_us)
        return int(times[-1]) if rows else self.last_us


def _as_numeric(column: Column) -> bool:
    return is_times(column) or is_numeric(column)


def _tail(target: str | None, columns: Mapping[str, Column]) -> Values:
    if target is None:
        return np.empty(0)
    if not _as_numeric(columns[target]):
        raise InvalidInput(f"The target column {target!r} holds no numbers.")
    return as_numbers(target, columns[target][-TAIL:]).astype(np.float64)


def _last(times: Times) -> int:
    known = times[times != MISSING_TIME]
    return int(known[-1]) if len(known) else 0
