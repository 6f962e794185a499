"""Windows of a stream and the overview's timeline on the wire, for charts."""

from __future__ import annotations

from typing import Any

import msgspec

from standout.schemas.labels import Word


class KeptLabel(msgspec.Struct, rename={"from_": "from"}):
    """A person's word on a stretch of a stream."""

    id: int
    from_: str
    to: str
    label: Word
    note: str
    who: str
    created: str


class StretchTold(msgspec.Struct, rename={"from_": "from"}):
    """An anomaly: flagged observations in a row, with the one that stands out most.

    `seq` names it: the arrival number of its first observation. `votes` tells for each voter the
    share of its observations that it voted for.
    """

    seq: int
    last_seq: int
    from_: str
    to: str
    from_us: int
    to_us: int
    count: int
    peak: str
    peak_us: int
    score: float
    value: float
    expected: float | None
    lower: float | None
    upper: float | None
    min: float
    max: float
    first: float
    last: float
    votes: dict[str, float]
    votes_at_peak: dict[str, int]
    ongoing: bool
    label: KeptLabel | None


class WindowHeader(msgspec.Struct, rename={"from_": "from"}, kw_only=True):
    """What is told of a window beside its columns."""

    id: str
    from_: str
    to: str
    from_us: int
    to_us: int
    seq: int
    rate: float | None
    step_us: float | None
    rows: int
    flagged: int
    voters: list[str]
    votes_of: str
    anomalies: list[StretchTold]
    anomalies_cut: bool
    labels: list[KeptLabel]
    columns: list[str]
    n: int


class WindowDocument(WindowHeader, kw_only=True):
    """A window as JSON: the header, and `data` with a list for each of `columns`."""

    data: dict[str, list[float | None]]


class LaneTold(msgspec.Struct, rename={"from_": "from"}, kw_only=True):
    """One stream on the timeline: the highest score of each bucket, null for no data."""

    id: str
    from_: str
    to: str
    from_us: int
    to_us: int
    peaks: list[float | None]
    flagged: list[int]
    worst: float | None
    newest_anomaly_us: int | None
    ongoing: StretchTold | None
    to_label: int


class Timeline(msgspec.Struct, rename={"from_": "from"}, kw_only=True):
    """The timeline of all streams: one lane for all together, then one for each."""

    align: str
    span_s: float
    buckets: int
    from_: str | None
    to: str | None
    streams: int
    all: list[float | None]
    to_label: int
    real: int
    false_alarms: int
    labelled: int
    delay_p95_ms: float | None
    lanes: list[LaneTold]
    next: str | None


class Waiting(msgspec.Struct, kw_only=True):
    """An anomaly that waits for a label, with the stream that it is of."""

    stream: str
    unit: str | None
    anomaly: StretchTold
    voters: int


class Queue(msgspec.Struct, kw_only=True):
    """Anomalies that wait for a label, those that go on first, then the worst."""

    anomalies: list[Waiting]
    total: int
    last_labelled: str | None


def plain(struct: msgspec.Struct) -> Any:
    """Return a struct as JSON would write it."""
    return msgspec.to_builtins(struct)
