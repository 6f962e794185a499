"""A server with streams for the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.web.bed import SPIKES, Bed, FakeStream


@pytest.fixture
def empty_bed() -> Iterator[Bed]:
    bed = Bed()
    bed.start()
    yield bed
    bed.stop()


@pytest.fixture
def bed(empty_bed: Bed) -> Bed:
    """Three streams: one with spikes and a gap, one that learns, one that has ended."""
    pump = FakeStream("pump-7", seed=1, spikes=dict(SPIKES), gaps=range(210, 230))
    empty_bed.add(pump, 400)
    empty_bed.add(FakeStream("disk-2", seed=2), 12)
    empty_bed.add(FakeStream("old~3 ü", seed=3, active=False), 90)
    return empty_bed
