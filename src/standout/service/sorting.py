"""Sorting out observations whose times are not all new: re-sent, late, conflicting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from standout.domain.records import NO_KEY, Observations
from standout.domain.times import to_iso
from standout.errors import ObservationConflict, ObservationExpired, StandoutError
from standout.service.judgements import Judgements
from standout.types import Times

Value: TypeAlias = float | list[float]
"""What was measured; of several channels a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Rows as they were sent, ``n`` of them.

    Parameters
    ----------
    times_us, values
        nan is a missing value.
    keys
        The sender's own numbers; None where the stream keys on the timestamp.
    refused
        Rows that do not fit the stream, and why.
    """

    times_us: list[int]
    values: list[Value]
    keys: list[int] | None = None
    refused: Mapping[int, StandoutError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What a stream has.

    Parameters
    ----------
    time_us
        Time of its newest observation; None if it has none.
    key
        The highest key.
    """

    time_us: int | None = None
    key: int = NO_KEY


@dataclass(slots=True)
class Sorted:
    """What becomes of each row that was sent.

    Parameters
    ----------
    times_us, values, keys, late
        The rows that must be kept, in the order in which they came.
    kept
        For each row sent: its place among those; None where nothing new is kept for it.
    stored
        For each row sent: its place among the stored rows that were looked up, or None.
    conflict
        For each row sent: why it is refused, or None.
    """

    times_us: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)
    kept: list[int | None] = field(default_factory=list)
    stored: list[int | None] = field(default_factory=list)
    conflict: list[StandoutError | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far back a stream keeps rows.

    Parameters
    ----------
    keep_us
        How far back of its newest, in microseconds; None is no limit.
    expired_us
        Time up to which rows were removed; None if none were.
    """

    keep_us: int | None = None
    expired_us: int | None = None

    def expired(self, time_us: int, newest_us: int | None) -> bool:
        """Tell whether a row that is not stored is too old to be."""
        if self.expired_us is not None and time_us <= self.expired_us:
            return True
        if self.keep_us is None or newest_us is None:
            return False
        return time_us < newest_us - self.keep_us


NO_LIMITS = Limits()


def sort_out(
    sent: Sent, newest: Newest, stored: Observations, limits: Limits = NO_LIMITS
) -> Sorted:
    """Tell new, late, re-sent, conflicting and expired rows apart.

    A row is late if its time is before the newest, or its key below the highest; a late row never
    is the newest, whatever its time.

    Parameters
    ----------
    sent
        What was sent.
    newest
        What the stream has.
    stored
        The stream's rows at any of these times, or under any of these keys.
    limits
        How far back the stream keeps rows: an older one is refused.
    """
    ids = sent.times_us if sent.keys is None else sent.keys
    there_ids = stored.time_us if stored.key is None else stored.key
    there = {int(t): j for j, t in enumerate(there_ids)}
    now_kept: dict[int, int] = {}
    newest_us, newest_key = newest.time_us, newest.key
    plan = Sorted()
    for i, (one, time_us, value) in enumerate(zip(ids, sent.times_us, sent.values, strict=True)):
        kept_at, stored_at = now_kept.get(one), there.get(one)
        conflict = sent.refused.get(i)
        if conflict is not None:
            pass
        elif stored_at is not None:
            conflict = _conflict(sent, i, int(stored.time_us[stored_at]), _value(stored, stored_at))
        elif kept_at is not None:
            conflict = _conflict(sent, i, plan.times_us[kept_at], plan.values[kept_at])
        elif limits.expired(time_us, newest_us):
            conflict = _expired(time_us)
        else:
            kept_at = now_kept[one] = len(plan.values)
            late = newest_us is not None and time_us < newest_us
            if sent.keys is not None:
                late = late or one < newest_key
                newest_key = max(newest_key, one)
                plan.keys.append(one)
            if not late:
                newest_us = time_us
            plan.times_us.append(time_us)
            plan.values.append(value)
            plan.late.append(late)
        refused = conflict is not None
        plan.kept.append(None if refused else kept_at)
        plan.stored.append(None if refused else stored_at)
        plan.conflict.append(conflict)
    return plan


def merge(plan: Sorted, stored: Observations, kept: Judgements, first: int) -> Judgements:
    """Put the verdicts of stored and of newly kept rows in the order in which they were sent."""
    result = Judgements.blank(len(plan.kept))
    before = Judgements.of(stored)
    late = [False] * len(plan.kept)
    for i, (kept_at, stored_at) in enumerate(zip(plan.kept, plan.stored, strict=True)):
        if stored_at is not None:
            result.put(i, before, stored_at)
            late[i] = bool(stored.late[stored_at])
        elif kept_at is not None:
            result.put(i, kept, first + kept_at)
            late[i] = plan.late[kept_at]
    result.late = late if any(late) else None
    result.problem = plan.conflict if any(plan.conflict) else None
    return result


def _expired(time_us: int) -> StandoutError:
    msg = f"{to_iso(time_us)} is before what the stream keeps; the observation is not stored."
    return ObservationExpired(msg)


def _value(rows: Observations, i: int) -> Value:
    if rows.vector is None:
        return float(rows.value[i])
    found: list[float] = rows.vector[i].tolist()
    return found


def _conflict(sent: Sent, i: int, time_us: int, stored: Value) -> StandoutError | None:
    value = sent.values[i]
    if _same(value, stored) and time_us == sent.times_us[i]:
        return None
    if sent.keys is None:
        kept = f"At {to_iso(time_us)} {_told(stored)} is stored"
        return ObservationConflict(f"{kept}, got {_got(value)}; it stays as it was.")
    kept = f"Under seq {sent.keys[i]} {_told(stored)} at {to_iso(time_us)} is stored"
    at = to_iso(sent.times_us[i])
    return ObservationConflict(f"{kept}, got {_got(value)} at {at}; it stays as it was.")


def _told(stored: Value) -> str:
    if isinstance(stored, float) and math.isnan(stored):
        return "a missing value"
    return f"the value {_got(stored)}"


def _got(value: Value) -> str:
    """Write a value as a sender would: one that is missing is null."""
    if isinstance(value, list):
        return f"[{', '.join(map(_got, value))}]"
    return "null" if math.isnan(value) else str(value)


def _same(value: Value, stored: Value) -> bool:
    if isinstance(value, list) and isinstance(stored, list):
        return len(value) == len(stored) and all(map(_same, value, stored))
    return value == stored or (value != value and stored != stored)  # noqa: PLR0124 - nan


def ascending(times_us: list[int] | Times, newest_us: int | None) -> bool:
    """Tell whether times rise, each over the one before, the first over `newest_us`."""
    if isinstance(times_us, np.ndarray):
        over = newest_us is None or times_us[0] > newest_us
        return bool(over and (times_us[1:] > times_us[:-1]).all())
    newest = newest_us
    for time_us in times_us:
        if newest is not None and time_us <= newest:
            return False
        newest = time_us
    return True


def rising(times_us: list[int] | Times, newest_us: int | None) -> bool:
    """Tell whether times do not fall, the first not below `newest_us`."""
    times = np.asarray(times_us, np.int64)
    over = newest_us is None or times[0] >= newest_us
    return bool(over and (times[1:] >= times[:-1]).all())
