"""Many streams at once, without their rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from standout.domain.records import Snapshot, Standing
from standout.store.kept import newest_seq_sql
from standout.store.ledger import STREAM_COLUMNS, as_stream

_STREAM_COLUMNS: Final = STREAM_COLUMNS.split(", ")
_SNAPSHOT_COLUMNS: Final = (
    "seq",
    "anomalies",
    "last_us",
    "last_value",
    "last_score",
    "state",
    "last_key",
)
# CROSS JOIN holds SQLite to the order: it would rather read all streams of the tenant.
_FOUND: Final = "FROM json_each(?) a CROSS JOIN streams s ON s.tenant = ? AND s.id = a.value"

STREAMS: Final = f"SELECT {', '.join(f's.{name}' for name in _STREAM_COLUMNS)} {_FOUND}"
"""Streams by a JSON list of ids, and their tenant."""

STANDINGS: Final = f"""
    SELECT {", ".join(f"s.{name}" for name in _STREAM_COLUMNS)},
        {", ".join(f"p.{name}" for name in _SNAPSHOT_COLUMNS)},
        ({newest_seq_sql("tenant = s.tenant AND stream = s.key")})
    {_FOUND} LEFT JOIN snapshots p ON p.tenant = s.tenant AND p.stream = s.key"""
"""The same with their snapshots and newest rows."""


def as_snapshot(stream: int, row: Sequence[Any]) -> Snapshot:
    """Return a selected snapshot of the stream with this key."""
    seq, anomalies, last_us, last_value, last_score, state, last_key = row
    return Snapshot(
        stream=stream,
        seq=seq,
        anomalies=anomalies,
        last_us=last_us,
        last_value=math.nan if last_value is None else last_value,
        last_score=math.nan if last_score is None else last_score,
        state=state,
        last_key=last_key,
    )


def as_standing(row: Sequence[Any]) -> Standing:
    """Return what `STANDINGS` selects."""
    stream = as_stream(row[: len(_STREAM_COLUMNS)])
    kept = row[len(_STREAM_COLUMNS) : -1]
    # A snapshot has a number always; where there is no snapshot, it is null.
    snapshot = None if kept[0] is None else as_snapshot(stream.key, kept)
    return Standing(stream, snapshot, row[-1])
