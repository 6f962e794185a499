"""Play a series back to a server, and count what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from standout.client.pacing import paced
from standout.client.stream import StreamClient
from standout.schemas.frames import DetailedAnswer, Observation, Timestamp


@dataclass(slots=True)
class Tally:
    """What was sent and answered so far.

    Parameters
    ----------
    sent
        Observations handed to the client; one that is sent again counts once.
    answered
        Answers to them.
    anomalies, late, refused
        Answers that flag, that tell of a late arrival, that carry a problem.
    first_refusal
        Why the first refused one was refused; empty for none.
    """

    sent: int = 0
    answered: int = 0
    anomalies: int = 0
    late: int = 0
    refused: int = 0
    first_refusal: str = ""

    def add(self, answer: DetailedAnswer) -> None:
        """Count an answer."""
        self.answered += 1
        self.anomalies += answer.anomaly == 1
        self.late += answer.late is True
        if not isinstance(answer.problem, msgspec.UnsetType):
            self.refused += 1
            self.first_refusal = self.first_refusal or answer.problem.detail


async def replay(
    client: StreamClient,
    timestamps: Sequence[Timestamp],
    values: Sequence[float],
    *,
    rate: float | None = None,
    on_progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Stream a series to its end.

    Parameters
    ----------
    client
        Where it goes.
    timestamps, values
        The series, of one length; nan is a missing value.
    rate
        Observations a second; None is as fast as answers come.
    on_progress
        Is called with the counts after each answer.

    Raises
    ------
    InvalidParameter
        The rate is not above 0.
    StandoutError
        As `StreamClient.stream`.
    """
    tally = Tally()
    source = paced(_observations(timestamps, values, tally), rate)
    async with aclosing(client.stream(source)) as answers:
        async for answer in answers:
            tally.add(answer)
            if on_progress:
                on_progress(tally)
    return tally


def _observations(
    timestamps: Sequence[Timestamp], values: Sequence[float], tally: Tally
) -> Iterator[Observation]:
    for timestamp, value in zip(timestamps, values, strict=True):
        tally.sent += 1
        # JSON has no nan; a missing value is null there.
        yield Observation(timestamp, value if value == value else None)  # noqa: PLR0124
