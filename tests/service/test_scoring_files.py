"""Files scored out of core: memory for some batches, however long they are."""

from __future__ import annotations

import pytest
from benchmarks.out_of_core import WANTED_MB, measure


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file() -> None:
    short, long = measure(1_500_000), measure(4_500_000)
    assert (short["rows"], long["rows"]) == (1_500_000, 4_500_000)
    # A hundredth was asked for; the tail of so many rows is drawn from the same distribution.
    assert long["anomalies"] / long["rows"] == pytest.approx(0.01, abs=0.005)
    assert long["peak_mb"] < min(short["peak_mb"] + 200, WANTED_MB)
