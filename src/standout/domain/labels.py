"""Labels: a person's word on a stretch of a stream."""

from __future__ import annotations

from dataclasses import dataclass

REAL, FALSE_ALARM, UNSURE = WORDS = ("real", "false_alarm", "unsure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What somebody said of a stretch.

    Parameters
    ----------
    stream
        Key of the stream.
    from_us, to_us
        The stretch, [`from_us`, `to_us`), in microseconds UTC.
    word
        "real", "false_alarm" or "unsure".
    note, who
        In their own words, and their name; may be empty.
    created_us
        When it was given, microseconds UTC.
    id
        The store's number for it; 0 before it is kept. It ascends.
    """

    stream: int
    from_us: int
    to_us: int
    word: str
    created_us: int
    note: str = ""
    who: str = ""
    id: int = 0
