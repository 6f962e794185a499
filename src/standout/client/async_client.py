"""The asynchronous client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar

from standout.client.attempts import Retries
from standout.client.backoff import Backoff
from standout.client.columns import ObservationColumns, Verdicts
from standout.client.driving import AsyncDriver, AsyncTransport
from standout.client.exchange import Operation
from standout.client.follower import Follower
from standout.client.operations import Operations, Page
from standout.client.sending import send
from standout.client.series import Moment, SeqColumn, TimeColumn, ValueColumn
from standout.client.stream import StreamClient
from standout.client.watching import watch_async
from standout.schemas.streams import Anomaly, Health, KeptObservation, StreamSummary

T = TypeVar("T")


class AsyncClient:
    """Talks to a server; an asynchronous context manager.

    All is as for `Client`, which tells it in full: parameters, errors, and what is done about
    trouble that may pass.

    Parameters
    ----------
    url, timeout_s, retry_for_s, backoff, on_retry
        As for `Client`.
    transport
        An `httpx2.AsyncClient`, which is used as it is and stays open, or one of httpx2's
        asynchronous transports.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: AsyncTransport | None = None,
        timeout_s: float = 30.0,
        retry_for_s: float | None = 60.0,
        backoff: Backoff | None = None,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        self.url = url
        self._driver = AsyncDriver(url, transport, timeout_s=timeout_s)
        self._retries = Retries(
            backoff=backoff or Backoff(), retry_for_s=retry_for_s, on_retry=on_retry
        )
        self._operations = Operations(url, self._retries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def send(
        self,
        stream_id: str,
        values: ValueColumn,
        timestamps: TimeColumn | None = None,
        *,
        window: int | None = None,
        tz: str | None = None,
        unit: str | None = None,
        seq: SeqColumn | None = None,
    ) -> Verdicts:
        """Score and keep observations of a stream, which the first of them makes."""
        settings = {"window": window, "tz": tz, "unit": unit}
        return await self._driver.run(
            send(self.url, stream_id, values, timestamps, settings, retries=self._retries, seq=seq)
        )

    def streams(self) -> AsyncGenerator[StreamSummary]:
        """Give all streams, by id; pages are read as they are needed."""
        return self._pages(self._operations.streams)

    async def stream(self, stream_id: str) -> StreamSummary:
        """Tell how a stream stands."""
        return await self._driver.run(self._operations.stream(stream_id))

    async def make(
        self,
        stream_id: str,
        *,
        window: int | None = None,
        detector: str | None = None,
        params: Mapping[str, float | str] | None = None,
        tz: str | None = None,
        unit: str | None = None,
        value_unit: str | None = None,
        tags: Sequence[str] | None = None,
        retention: Mapping[str, float | None] | None = None,
        duplicates: Literal["timestamp", "keep"] | None = None,
        channels: int | Sequence[str] | None = None,
    ) -> StreamSummary:
        """Make a stream before its first observation, or find it as it was made."""
        settings = {
            "window": window,
            "detector": detector,
            "params": params,
            "tz": tz,
            "unit": value_unit,
            "tags": tags,
            "retention": retention,
            "duplicates": duplicates,
            "channels": channels,
        }
        return await self._driver.run(
            self._operations.make(stream_id, {**settings, "time_unit": unit})
        )

    async def delete(self, stream_id: str) -> None:
        """Delete a stream with all that is kept of it."""
        await self._driver.run(self._operations.delete(stream_id))

    def anomalies(
        self, stream_id: str, from_: Moment | None = None, to: Moment | None = None
    ) -> AsyncGenerator[Anomaly]:
        """Give the flagged observations in [`from_`, `to`), oldest first, page by page."""

        def page(after: str | None) -> Operation[Page[Anomaly]]:
            return self._operations.anomalies(stream_id, from_, to, after)

        return self._pages(page)

    async def observations(
        self, stream_id: str, from_: Moment | None = None, to: Moment | None = None
    ) -> ObservationColumns:
        """Return what is kept in [`from_`, `to`), oldest first, with its verdicts."""
        return await self._driver.run(self._operations.observations(stream_id, from_, to))

    async def health(self) -> Health:
        """Tell how the server is; asks once, and does not wait for it to get well."""
        return await self._driver.run(self._operations.health())

    def connect(self, stream_id: str, *, window: int | None = None) -> StreamClient:
        """Return a client that streams observations as they come, ahead of their answers."""
        return StreamClient(
            self.url,
            stream_id,
            window=window,
            backoff=self._retries.backoff,
            retry_for_s=self._retries.retry_for_s,
            on_retry=self._retries.on_retry,
        )

    def subscribe(
        self, stream_id: str, *, after: int | None = None
    ) -> AsyncGenerator[KeptObservation]:
        """Give each new observation with its verdict, as it is kept, without end."""
        return watch_async(self._driver, self._operations, stream_id, Follower(after))

    async def _pages(self, page: Callable[[str | None], Operation[Page[T]]]) -> AsyncGenerator[T]:
        entries, after = await self._driver.run(page(None))
        for entry in entries:
            yield entry
        while after is not None:
            entries, after = await self._driver.run(page(after))
            for entry in entries:
                yield entry
