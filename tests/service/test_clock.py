"""The host's clock may stand still or go back: nothing but what it is asked for tells of it."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from standout.schemas.streams import NewStream
from standout.service import pinning, scoring
from tests.service.test_retention import SECOND, VALUES, WINDOW, feed, kept, limited, running

_NOW = 1_790_000_000 * SECOND


@pytest.fixture(params=["stands still", "goes back", "jumps"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()

    def now_us() -> int:
        tick: int = next(ticks)
        if request.param == "goes back":
            return int(_NOW - tick * 3_600 * SECOND)
        if request.param == "jumps":
            return int(_NOW + (-1) ** tick * 10**15)
        return int(_NOW)

    monkeypatch.setattr(pinning, "now_us", now_us)
    monkeypatch.setattr(time, "time", lambda: now_us() / SECOND)


@pytest.mark.usefixtures("clock")
async def test_order_verdicts_and_retention_do_not_follow_it(tmp_path: Path) -> None:
    wanted = scoring.detect(VALUES[:600].tolist(), detector="vote", window=WINDOW).score
    found: list[float] = []
    for first in range(0, 600, 200):
        async with running(tmp_path) as services:
            _, new = await services.streams.make("a", limited(age_s=250))
            assert new is (first == 0)
            _, new = await services.streams.make("a", NewStream())
            assert not new
            found += await feed(services, "a", first, first + 200)
            await services.retention.enforce()
            record = services.store.stream(0, "a")
            assert record is not None
            assert kept(services.store, record) == list(
                range(max(first + 199 - 250, 0), first + 200)
            )
    assert np.array(found).tobytes() == np.asarray(wanted, float).tobytes()


@pytest.mark.usefixtures("clock")
async def test_a_stream_that_is_made_again_is_new(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        for _ in range(3):
            _, new = await services.streams.make("a", NewStream())
            assert new
            await feed(services, "a", 0, 40)
            assert (await services.streams.get("a")).count == 40
            await services.streams.delete("a")
