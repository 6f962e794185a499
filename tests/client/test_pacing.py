import asyncio

import pytest

from standout.client.pacing import paced
from standout.schemas.frames import Observation


class Clock:
    """A loop's clock that moves only when somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, delay: float) -> None:
        self.now += delay


def _source(count: int) -> list[Observation]:
    return [Observation(number, 1.0) for number in range(count)]


async def test_the_rate_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    moments = [clock.now async for _ in paced(_source(5), 4.0)]
    assert moments == [0, 0.25, 0.5, 0.75, 1.0]


async def test_a_short_delay_is_caught_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    moments = []
    async for observation in paced(_source(6), 4.0):
        moments.append(clock.now)
        if observation.timestamp == 1:
            clock.now += 0.75
    assert moments == [0, 0.25, 1.0, 1.0, 1.0, 1.25]


async def test_a_long_delay_ends_without_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    moments = []
    async for observation in paced(_source(20), 4.0):
        moments.append(clock.now)
        if observation.timestamp == 1:
            clock.now += 3_600
    assert moments.count(3600.25) == 5


async def test_no_rate_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    assert [clock.now async for _ in paced(_source(3), None)] == [0, 0, 0]
