"""What a stream is made with, and what may be asked of one that exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from standout.detectors import registry
from standout.domain.ids import check_stream_id
from standout.domain.records import Stream
from standout.domain.times import TICKS_PER_SECOND, now_us, zone
from standout.errors import InvalidParameter, StreamSettingsConflict

MICROSECONDS = 1_000_000

_OWN = ("window", "decider")
"""Parameters of a detector that a stream has settings or names of their own for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Settings that a sender names for a stream; None is not asked for."""

    window: int | None = None
    detector: str | None = None
    params: Mapping[str, Any] | None = None
    tz: str | None = None
    time_unit: str | None = None
    duplicates: str | None = None
    channels: tuple[str, ...] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    """What may change later, and what is asked for it: `unit`, `tags`, `keep_us`, `keep_rows`."""

    def stream(self, stream_id: str, *, default_window: int) -> Stream:
        """Return the record of a stream that is made so.

        Raises
        ------
        InvalidStreamId, InvalidParameter, UnknownDetector
            It may not be called so, or a setting cannot be.
        """
        check_stream_id(stream_id)
        detector = registry.for_stream(registry.DEFAULT if self.detector is None else self.detector)
        wanted = Stream(
            id=stream_id,
            window=default_window if self.window is None else self.window,
            detector=detector,
            detector_version=registry.version(detector),
            created_us=now_us(),
            params=dict(self.params or {}),
            tz=self.tz or "UTC",
            time_unit=self.time_unit,
            duplicates=self.duplicates or "timestamp",
            channels=self.channels,
            **self.changes,
        )
        _check_params(wanted)
        zone(wanted.tz)
        if wanted.time_unit is not None and wanted.time_unit not in TICKS_PER_SECOND:
            units = ", ".join(TICKS_PER_SECOND)
            msg = f"A unit is one of {units}, got {wanted.time_unit!r}."
            raise InvalidParameter(msg)
        return wanted

    def check(self, record: Stream) -> None:
        """Raise `StreamSettingsConflict` where a stream has something else."""
        for name in ("window", "detector", "tz", "time_unit", "duplicates", "channels"):
            asked, kept = getattr(self, name), getattr(record, name)
            asked = registry.for_stream(asked) if name == "detector" and asked else asked
            if asked is not None and kept is not None and asked != kept:
                raise _conflict(record, name, kept, asked)
        if self.params is not None:
            asked_params = detector_params(record, self.params)
            kept_params = detector_params(record, record.params)
            for name, kept in kept_params.items():
                if asked_params[name] != kept:
                    raise _conflict(record, name, kept, asked_params[name])

    def changed(self, record: Stream) -> Stream:
        """Return the record of a stream that passed `check`, with what is asked of it now."""
        changes = dict(self.changes)
        for name in ("time_unit", "channels"):
            if getattr(record, name) is None:
                changes[name] = getattr(self, name)
        return replace(record, **changes)


def detector_params(record: Stream, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all parameters of a stream's detector; with `params` in place of its own."""
    given = record.params if params is None else params
    made = registry.detector(record.detector, {**given, "window": record.window})
    return made.get_params()


def _check_params(wanted: Stream) -> None:
    known = _default_params(wanted.detector, wanted.window)
    for name, value in wanted.params.items():
        if name not in known or name in _OWN:
            names = ", ".join(sorted(set(known) - set(_OWN)))
            msg = f"Detector {wanted.detector!r} has no parameter {name!r}; it has {names}."
            raise InvalidParameter(msg)
        kinds = (int,) if isinstance(known[name], int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            what = "a whole number" if kinds == (int,) else "a number"
            raise InvalidParameter(f"{name} must be {what}, got {value!r}.")
    if wanted.params:
        detector_params(wanted)


@lru_cache(maxsize=256)
def _default_params(detector: str, window: int) -> Mapping[str, Any]:
    """Return what a detector has on a window; asked for by each request that may make a stream."""
    return registry.detector(detector, {"window": window}).get_params()


def retention(age_s: float | None, count: int | None) -> dict[str, int | None]:
    """Return retention as a record keeps it."""
    return {"keep_us": None if age_s is None else round(age_s * MICROSECONDS), "keep_rows": count}


def channel_names(channels: int | Sequence[str]) -> tuple[str, ...]:
    """Return the names of channels; where only their number is known, "0" and so on.

    Raises
    ------
    InvalidParameter
        Two have one name.
    """
    if isinstance(channels, int):
        return tuple(map(str, range(channels)))
    for name in channels:
        if list(channels).count(name) > 1:
            raise InvalidParameter(f"The channel {name!r} is named twice.")
    return tuple(channels)


def _conflict(record: Stream, name: str, kept: Any, asked: Any) -> StreamSettingsConflict:
    return StreamSettingsConflict(
        f"Stream {record.id!r} was made with {name} {kept}, got {asked}; "
        f"leave it out, or use another id."
    )
