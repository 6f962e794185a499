"""Sorting out observations whose times are not all new: re-sent, late, conflicting."""

from __future__ import annotations

from dataclasses import dataclass, field

from standout.domain.records import Observations
from standout.domain.times import to_iso
from standout.errors import ObservationConflict, StandoutError
from standout.service.judgements import Judgements


@dataclass(slots=True)
class Sorted:
    """What becomes of each row that was sent.

    Parameters
    ----------
    times_us, values, late
        The rows that must be kept, in the order in which they came.
    kept
        For each row sent: its place among those; None where nothing new is kept for it.
    stored
        For each row sent: its place among the stored rows that were looked up, or None.
    conflict
        For each row sent: why it is refused, or None.
    """

    times_us: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)
    kept: list[int | None] = field(default_factory=list)
    stored: list[int | None] = field(default_factory=list)
    conflict: list[StandoutError | None] = field(default_factory=list)


def sort_out(
    times_us: list[int], values: list[float], newest_us: int | None, stored: Observations
) -> Sorted:
    """Tell new, late, re-sent and conflicting rows apart.

    Parameters
    ----------
    times_us, values
        What was sent; nan is a missing value.
    newest_us
        Time of the stream's newest observation; None if it has none.
    stored
        The stream's rows at any of these times.
    """
    there = {int(t): j for j, t in enumerate(stored.time_us)}
    now_kept: dict[int, int] = {}
    plan = Sorted()
    for time_us, value in zip(times_us, values, strict=True):
        kept_at, stored_at, conflict = now_kept.get(time_us), there.get(time_us), None
        if stored_at is not None:
            conflict = _conflict(time_us, value, float(stored.value[stored_at]))
        elif kept_at is not None:
            conflict = _conflict(time_us, value, plan.values[kept_at])
        else:
            kept_at = now_kept[time_us] = len(plan.values)
            plan.times_us.append(time_us)
            plan.values.append(value)
            plan.late.append(newest_us is not None and time_us < newest_us)
            newest_us = time_us if newest_us is None else max(newest_us, time_us)
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


def _conflict(time_us: int, value: float, stored: float) -> StandoutError | None:
    same = value == stored or (value != value and stored != stored)  # noqa: PLR0124 - nan
    if same:
        return None
    msg = f"At {to_iso(time_us)} the value {stored} is stored, got {value}; it stays as it was."
    return ObservationConflict(msg)
