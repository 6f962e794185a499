"""Reading the timestamps of one socket: its zone, its unit, and the fast way for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from standout.domain.times import TICKS_PER_SECOND, detect_unit, epoch_number, parse_timestamp
from standout.schemas.frames import Timestamp

_MICROSECONDS = 1_000_000
_SURE_US = 10**17
"""From the year 386 to the year 5138: within the calendar, no need to look closer."""


class Clock:
    """Turns a client's timestamps into microseconds UTC.

    Parameters
    ----------
    tz
        Zone of texts without one.
    unit
        Unit of numbers; None until the first number tells it by its size.
    """

    def __init__(self, tz: tzinfo, unit: str | None) -> None:
        self._tz = tz
        self.unit = unit
        self._factor = self._whole_factor()

    def adopt(self, unit: str | None) -> None:
        """Take over the unit that the stream is known to have."""
        if unit is not None and unit != self.unit:
            self.unit = unit
            self._factor = self._whole_factor()

    def read(self, timestamps: Sequence[Timestamp]) -> list[int]:
        """Return times in microseconds UTC.

        Raises
        ------
        InvalidTimestamp
            One of them is no time.
        """
        if self.unit is None:
            self._detect(timestamps)
        return [self._read_one(timestamp) for timestamp in timestamps]

    def _read_one(self, timestamp: Timestamp) -> int:
        factor = self._factor
        if factor and type(timestamp) is int:
            us = timestamp * factor
            if -_SURE_US // 2 < us < _SURE_US:
                return us
        return parse_timestamp(timestamp, self._tz, self.unit)

    def _detect(self, timestamps: Sequence[Timestamp]) -> None:
        for timestamp in timestamps:
            # Most texts are dates; to see that must cost next to nothing.
            if isinstance(timestamp, str) and not timestamp.isdecimal():
                continue
            number = epoch_number(timestamp)
            if number is not None:
                self.unit = detect_unit(number)
                self._factor = self._whole_factor()
                return

    def _whole_factor(self) -> int:
        """Microseconds of a unit, if that is a whole number; 0 if not."""
        return 0 if self.unit is None else _MICROSECONDS // TICKS_PER_SECOND[self.unit]
