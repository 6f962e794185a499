"""The suite of every store: random batches against a plain dictionary."""

from __future__ import annotations

from itertools import count

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream
from standout.errors import ObservationConflict
from tests.store.build import a_stream, some_rows

IDS = count()
TIMES = st.one_of(st.integers(-20, 20), st.integers(-(2**63), 2**63 - 1))
FLOATS = st.floats(allow_infinity=False, width=64)
BATCHES = st.lists(st.lists(st.tuples(TIMES, FLOATS, FLOATS), max_size=70), max_size=6)


@settings(
    max_examples=40,
    deadline=None,
    # Each example has a stream of its own in the store.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=BATCHES, limit=st.integers(1, 50), cut=TIMES)
def test_what_was_acknowledged_is_what_is_read(
    store: StreamStore, batches: list[list[tuple[int, float, float]]], limit: int, cut: int
) -> None:
    stream = store.create_stream(a_stream(f"s{next(IDS)}")).result()
    kept: dict[int, tuple[float, float]] = {}
    # All are queued before the first is waited for, so that they share commits.
    sent = [(batch, store.append(_rows(stream, batch))) for batch in batches]
    for batch, future in sent:
        times = [time for time, _, _ in batch]
        clash = len(set(times)) < len(times) or not kept.keys().isdisjoint(times)
        assert isinstance(future.exception(), ObservationConflict) == clash
        if not clash:
            kept |= {time: (value, score) for time, value, score in batch}

    times = sorted(kept)
    _check(store.tail(stream, after_us=None), times, kept)
    _check(store.tail(stream, after_us=cut), [t for t in times if t > cut], kept)
    _check(store.latest(stream, limit=limit), times[-limit:], kept)
    older = [t for t in times if t < cut][-limit:]
    _check(store.latest(stream, limit=limit, before_us=cut), older, kept)
    flagged = [t for t in times if kept[t][1] >= 0.6 and t >= cut][:limit]
    _check(store.anomalies(stream, limit=limit, from_us=cut), flagged, kept)
    asked = np.array([cut, *times[::2]], np.int64)
    _check(store.lookup(stream, asked), [t for t in times if t in asked.tolist()], kept)


def _rows(stream: Stream, batch: list[tuple[int, float, float]]) -> Observations:
    times, values, scores = zip(*batch, strict=True) if batch else ((), (), ())
    return some_rows(stream, times, value=values, score=scores)


def _check(found: Observations, times: list[int], kept: dict[int, tuple[float, float]]) -> None:
    assert found.time_us.tolist() == times
    np.testing.assert_array_equal(found.value, np.array([kept[t][0] for t in times]))
    np.testing.assert_array_equal(found.score, np.array([kept[t][1] for t in times]))
