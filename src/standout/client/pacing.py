"""Observations at a steady rate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from standout.errors import InvalidParameter
from standout.schemas.frames import Observation

_CAUGHT_UP_S = 1.0


async def paced(
    observations: Iterable[Observation], rate: float | None
) -> AsyncIterator[Observation]:
    """Give observations at `rate` a second; as fast as they are taken for None.

    Each has its own moment, so a delay of up to a second is caught up with and the rate holds on
    average; after a longer one the moments begin anew, so that an outage ends without a flood.

    Raises
    ------
    InvalidParameter
        The rate is not above 0.
    """
    if rate is not None and not rate > 0:
        raise InvalidParameter(f"The rate is {rate}; more than 0 observations a second was wanted.")
    clock = asyncio.get_running_loop().time
    due = clock()
    for observation in observations:
        if rate is not None:
            await asyncio.sleep(max(0.0, due - clock()))
            due = max(due, clock() - _CAUGHT_UP_S) + 1 / rate
        yield observation
