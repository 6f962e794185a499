"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Delays that double up to a cap, each shortened by chance.

    Chance keeps many clients of one server from coming back in the same moment.

    Parameters
    ----------
    first_s
        Longest first delay, in seconds.
    cap_s
        Longest delay of all, in seconds.
    """

    first_s: float = 0.2
    cap_s: float = 10.0

    def delays(self) -> Iterator[float]:
        """Give the delays in seconds, without end; each is between half and all of its limit."""
        limit = self.first_s
        while True:
            yield min(limit, self.cap_s) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            limit = min(limit * 2, self.cap_s)
