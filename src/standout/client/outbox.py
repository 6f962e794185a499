"""Observations that are on their way: not sent yet, or sent and not answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable

from standout.errors import MalformedMessage
from standout.schemas.frames import DetailedAnswer, Observation


class Outbox:
    """Keeps each observation until its answer is there; one task fills it, one empties it.

    Parameters
    ----------
    limit
        How many observations may be unanswered; whoever fills it waits.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._unanswered: deque[Observation] = deque()
        self._sent = 0
        self._finished = False
        self._room = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def done(self) -> bool:
        """Whether no observation will come and each has its answer."""
        return self._finished and not self._unanswered

    async def fill(self, observations: AsyncIterable[Observation] | Iterable[Observation]) -> None:
        """Put all observations in, as room comes free, and finish."""
        try:
            async for observation in _each(observations):
                await self._put(observation)
        finally:
            self._finished = True
            self._news.set()

    async def _put(self, observation: Observation) -> None:
        while len(self._unanswered) >= self._limit:
            self._room.clear()
            await self._room.wait()
        self._unanswered.append(observation)
        self._news.set()

    async def take(self) -> Observation | None:
        """Return the next observation to send, when there is one; None after the last."""
        while self._sent == len(self._unanswered):
            if self._finished:
                return None
            self._news.clear()
            await self._news.wait()
        self._sent += 1
        return self._unanswered[self._sent - 1]

    def rewind(self) -> None:
        """Begin anew with the oldest unanswered observation, on a new connection."""
        self._sent = 0

    def settle(self, answer: DetailedAnswer) -> None:
        """Let go of the oldest observation, which has this answer.

        Raises
        ------
        MalformedMessage
            The answer is not to that observation.
        """
        if not self._sent:
            msg = f"The server answered {answer.timestamp!r}, which was not sent."
            raise MalformedMessage(msg)
        due = self._unanswered[0].timestamp
        if answer.timestamp != due:
            msg = f"The server answered {answer.timestamp!r} where {due!r} was due."
            raise MalformedMessage(msg)
        self._unanswered.popleft()
        self._sent -= 1
        self._room.set()


async def _each(
    observations: AsyncIterable[Observation] | Iterable[Observation],
) -> AsyncIterator[Observation]:
    if isinstance(observations, AsyncIterable):
        async for observation in observations:
            yield observation
    else:
        for observation in observations:
            yield observation
