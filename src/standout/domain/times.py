"""Time: what clients write, and the microseconds UTC that are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from standout.errors import InvalidParameter, InvalidTimestamp

TICKS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
"""The units of timestamps that are numbers."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
EARLIEST_US = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _TICK
LATEST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _TICK
_MILLISECONDS_FROM = 1e11
_MICROSECONDS_FROM = 1e14
_NANOSECONDS_FROM = 1e17
_MAX_TEXT = 64
_BASIC_DATE = len("20240131")
_QUOTED = 40


def now_us() -> int:
    """Return the time now, in microseconds UTC."""
    return (datetime.now(UTC) - _EPOCH) // _TICK


def zone(name: str) -> tzinfo:
    """Return the zone of an IANA name.

    Raises
    ------
    InvalidParameter
        No zone has this name.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found, a folder, or a path out of the data
        msg = f"No time zone is called {name!r}; an IANA name such as Europe/Paris is wanted."
        raise InvalidParameter(msg) from None


def detect_unit(number: float) -> str:
    """Guess the unit of an epoch number from its size.

    Seconds up to the year 5138, then milliseconds, microseconds and nanoseconds, each for dates
    after March 1973.
    """
    size = abs(number)
    if size < _MILLISECONDS_FROM:
        return "s"
    if size < _MICROSECONDS_FROM:
        return "ms"
    return "us" if size < _NANOSECONDS_FROM else "ns"


def epoch_number(timestamp: float | str) -> float | None:
    """Return the number that a timestamp is, also as text; None for a date.

    Of texts only whole numbers from 0 are looked for, at almost no cost where there are none.
    """
    if not isinstance(timestamp, str):
        return timestamp
    return int(timestamp) if len(timestamp) <= _MAX_TEXT and _is_whole(timestamp) else None


def parse_timestamp(timestamp: float | str, tz: tzinfo, unit: str | None) -> int:
    """Return microseconds UTC.

    Parameters
    ----------
    timestamp
        ISO 8601 text, or an epoch number, also as text.
    tz
        Zone of a text without one.
    unit
        Unit of a number; guessed from its size if None.

    Raises
    ------
    InvalidTimestamp
        No time can be read from it, or it is outside the years 1 to 9999.
    """
    if not isinstance(timestamp, str):
        return _from_number(timestamp, unit)
    if _is_whole(timestamp):
        # Python would read 1712123100000 as a day of 1712, a digit that parts, and a clock.
        return _from_number(_number(timestamp), unit)
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return _from_number(_number(timestamp), unit)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=tz)
    # Python integers: no float loses a microsecond. Years 1 and 9999 may leave int64's range of
    # dates by their zone, but never that of microseconds.
    return (moment - _EPOCH) // _TICK


def to_iso(us: int) -> str:
    """Return ISO 8601 text in UTC, with microseconds only where there are some."""
    moment = _EPOCH + timedelta(microseconds=us)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _is_whole(text: str) -> bool:
    """Tell whether a text is a number; 20240102 is a date."""
    return len(text) != _BASIC_DATE and text.isdecimal()


def _number(text: str) -> float:
    try:
        if len(text) <= _MAX_TEXT:
            return int(text) if text.strip("+-").isdecimal() else float(text)
    except ValueError:
        pass
    shown = text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
    msg = f"{shown!r} is no time; ISO 8601 text or an epoch number is wanted."
    raise InvalidTimestamp(msg)


def _from_number(number: float, unit: str | None) -> int:
    ticks = TICKS_PER_SECOND[unit or detect_unit(number)]
    if isinstance(number, int):
        us = number * 1_000_000 // ticks
    else:
        try:
            us = round(number * 1_000_000 / ticks)
        except (OverflowError, ValueError):
            us = LATEST_US + 1
    if not EARLIEST_US <= us <= LATEST_US:
        msg = f"{number} is outside the years 1 to 9999."
        raise InvalidTimestamp(msg)
    return us
