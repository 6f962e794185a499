"""Detectors beside each other on a stream's history, on the wire."""

from __future__ import annotations

import msgspec

from standout.schemas.labels import Word


class Alarm(msgspec.Struct, rename={"from_": "from"}, kw_only=True):
    """Flagged observations in a row; the peak is the one that stands out most."""

    from_: str
    to: str
    from_us: int
    to_us: int
    count: int
    peak_us: int
    score: float
    value: float
    label: Word | None


class ComparedDetector(msgspec.Struct, kw_only=True):
    """What one detector would have said: `alarms` are the newest 500 of `total_alarms`."""

    asked: str
    detector: str
    own: bool
    total_alarms: int
    flagged: int
    found: int
    missed: int
    on_false_alarms: int
    unlabelled: int
    peaks: list[float | None]
    alarms: list[Alarm]


class ComparisonTold(msgspec.Struct, rename={"from_": "from"}, kw_only=True):
    """A stream's history in `px` pixels; `at`, `low`, `high` and `peaks` are of those with rows.

    `changeable` tells whether the stream's detector may still be chosen: it is pinned with the
    first observation.
    """

    id: str
    from_: str | None
    to: str | None
    from_us: int
    to_us: int
    rows: int
    whole: bool
    px: int
    changeable: bool
    real: int
    false_alarms: int
    at: list[int]
    low: list[float | None]
    high: list[float | None]
    detectors: list[ComparedDetector]
