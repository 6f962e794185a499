"""Streams, rows and snapshots for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from standout.domain.records import Observations, Snapshot, Stream


def a_stream(stream_id: str = "pump-7", **changes: Any) -> Stream:
    values: dict[str, Any] = {
        "id": stream_id,
        "window": 100,
        "detector": "vote",
        "detector_version": 1,
        "created_us": 1_700_000_000_000_000,
        "params": {"trees": 8, "seed": 0, "voters": ["iqr", "ewma"]},
    }
    return Stream(**values | changes)


def some_rows(stream: Stream, times: Sequence[int], **columns: Any) -> Observations:
    """Rows at these times, with a value and a verdict that tell one from the other."""
    n = len(times)
    rows = Observations.blank(n)
    rows.stream[:] = stream.key
    rows.time_us[:] = np.array(times, np.int64)
    rows.seq[:] = np.arange(1, n + 1)
    rows.value[:] = np.arange(n) + 0.5
    rows.score[:] = np.where(np.arange(n) % 2, 0.8, 0.2)
    rows.votes[:] = np.arange(n) % 32
    rows.expected[:] = np.arange(n) / 3
    rows.lower[:] = rows.expected - 1
    rows.upper[:] = rows.expected + 1
    for name, column in columns.items():
        getattr(rows, name)[:] = column
    return rows


def joined(*parts: Observations) -> Observations:
    names = parts[0].columns()
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Observations(**columns)


def a_snapshot(stream: Stream, **changes: Any) -> Snapshot:
    values: dict[str, Any] = {
        "stream": stream.key,
        "seq": 7,
        "anomalies": 2,
        "last_us": 1_700_000_000_000_000,
        "last_value": 1.5,
        "last_score": 0.2,
        "state": bytes(range(256)),
    }
    return Snapshot(**values | changes)


def assert_same(found: Observations, wanted: Observations) -> None:
    """Compare exactly, types of the columns included; a nan equals a nan, and -0.0 equals 0.0."""
    assert found.columns().keys() == wanted.columns().keys()
    for name, got in found.columns().items():
        want = getattr(wanted, name)
        assert got.dtype == want.dtype, name
        np.testing.assert_array_equal(got, want, err_msg=name, strict=True)
