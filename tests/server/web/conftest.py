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
    return filled(empty_bed)


@pytest.fixture(scope="module")
def shared_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """The same three, for all tests of a module: a server takes a second to start."""
    bed = Bed(tmp_path_factory.mktemp("shared") / "data")
    bed.start()
    yield filled(bed)
    bed.stop()


def filled(bed: Bed) -> Bed:
    values = series()
    kept = np.array([i for i in range(400) if i not in GAP])
    bed.send("pump-7", values[kept], rows=kept)
    bed.send("disk-2", series(12, seed=2))
    bed.send("old~3 ü", series(90, seed=3))
    return bed
