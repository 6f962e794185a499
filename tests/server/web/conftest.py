"""A server with streams for the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.server.web.bed import GAP, Bed, series


@pytest.fixture
def empty_bed(tmp_path: Path) -> Iterator[Bed]:
    bed = Bed(tmp_path / "data")
    bed.start()
    yield bed
    bed.stop()


@pytest.fixture
def bed(empty_bed: Bed) -> Bed:
    """Three streams: one with spikes and a gap, one that learns, one with an odd name."""
    values = series()
    kept = np.array([i for i in range(400) if i not in GAP])
    empty_bed.send("pump-7", values[kept], rows=kept)
    empty_bed.send("disk-2", series(12, seed=2))
    empty_bed.send("old~3 ü", series(90, seed=3))
    return empty_bed
