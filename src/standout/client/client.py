"""The synchronous client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar

from standout.client.attempts import Retries
from standout.client.backoff import Backoff
from standout.client.columns import ObservationColumns, Verdicts
from standout.client.driving import Driver, Transport
from standout.client.exchange import Operation
from standout.client.follower import Follower
from standout.client.lockstep import LockstepStream
from standout.client.operations import Operations, Page
from standout.client.sending import send
from standout.client.series import Moment, SeqColumn, TimeColumn, ValueColumn
from standout.client.watching import watch
from standout.schemas.streams import Anomaly, Health, KeptObservation, StreamSummary

T = TypeVar("T")


class Client:
    """Talks to a server; a context manager.

    What may pass is waited out: a connection that is lost or refused, a timeout, and the statuses
    408, 425, 429, 502, 503 and 504. No attempt can double anything, since a server keys each
    observation on its timestamp: one that it has already gets the verdict that was stored, and
    teaches nothing twice.

    Parameters
    ----------
    url
        Address of the server: http, https, ws or wss.
    transport
        How requests travel: an `httpx2.Client`, which is used as it is and stays open, or one of
        httpx2's transports. Sockets do not use it.
    timeout_s
        How long to wait for a connection, or for the next part of an answer.
    retry_for_s
        Seconds of trouble after which to give up; None never gives up, 0 tries once.
    backoff
        Delays between attempts.
    on_retry
        Is called with the reason before each new attempt.

    Raises
    ------
    InvalidParameter
        `url` is no address of a server.

    Notes
    -----
    Each method raises the error that the server's problem names, with its sentence
    (`StreamNotFound`, `StreamSettingsConflict`, …), `ServerUnreachable` if no server answers, and
    `MalformedMessage` if what answers is not Standout. Threads may share a client.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: Transport | None = None,
        timeout_s: float = 30.0,
        retry_for_s: float | None = 60.0,
        backoff: Backoff | None = None,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        self.url = url
        self._driver = Driver(url, transport, timeout_s=timeout_s)
        self._retries = Retries(
            backoff=backoff or Backoff(), retry_for_s=retry_for_s, on_retry=on_retry
        )
        self._operations = Operations(url, self._retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def send(
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
        """Score and keep observations of a stream, which the first of them makes.

        They go out in pieces of 50,000, each of which is sent again until it is answered. That can
        not double any: see the class. If the call ends with an error, the pieces before it are
        kept, and so may be a part of the last one; to send all again is safe.

        Parameters
        ----------
        stream_id
            1 to 200 characters, no slash, no control character.
        values
            A number, a list, or a column of numpy, pandas or polars; nan, None and infinite
            numbers are missing values. Of several channels an array of shape ``(n, d)``.
        timestamps
            As many: ISO 8601 texts, epoch numbers or datetimes, of one kind. A pandas series with a
            time index may come without.
        window
            Observations that the detector looks back on, 10 to 10,000; None takes the stream's own.
        tz
            IANA zone of timestamps that carry none.
        unit
            Of timestamps that are numbers: ``s``, ``ms``, ``us`` or ``ns``; None detects it.
        seq
            Your own whole number of each, from 0: for a stream made with ``duplicates="keep"``.

        Returns
        -------
        Verdicts
            In the order of `values`.

        Raises
        ------
        InvalidInput
            Values or timestamps cannot be used; what is found before sending sends nothing.
        StreamSettingsConflict
            The stream was made with another window, zone or unit.
        StandoutError
            See the class.
        """
        settings = {"window": window, "tz": tz, "unit": unit}
        return self._driver.run(
            send(self.url, stream_id, values, timestamps, settings, retries=self._retries, seq=seq)
        )

    def streams(self) -> Iterator[StreamSummary]:
        """Give all streams, by id; pages are read as they are needed."""
        return self._pages(self._operations.streams)

    def stream(self, stream_id: str) -> StreamSummary:
        """Tell how a stream stands."""
        return self._driver.run(self._operations.stream(stream_id))

    def make(
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
        """Make a stream before its first observation, or find it as it was made.

        Parameters
        ----------
        stream_id, window, tz, unit
            As for `send`.
        detector
            Name of a detector; the vote if left out.
        params
            Its parameters, except the window.
        value_unit, tags
            What its values are measured in, and words to find it by.
        retention
            What is kept: ``{"age_s": …, "count": …}``; empty keeps everything.
        duplicates
            "keep" keeps all of one timestamp, each under a `seq` of its own.
        channels
            How many there are, or their names.

        Notes
        -----
        Unit, tags and retention of a stream that is there are changed; another window, detector,
        zone, or other channels are a `StreamSettingsConflict`.
        """
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
        return self._driver.run(self._operations.make(stream_id, {**settings, "time_unit": unit}))

    def delete(self, stream_id: str) -> None:
        """Delete a stream with all that is kept of it."""
        self._driver.run(self._operations.delete(stream_id))

    def anomalies(
        self, stream_id: str, from_: Moment | None = None, to: Moment | None = None
    ) -> Iterator[Anomaly]:
        """Give the flagged observations in [`from_`, `to`), oldest first, page by page."""

        def page(after: str | None) -> Operation[Page[Anomaly]]:
            return self._operations.anomalies(stream_id, from_, to, after)

        return self._pages(page)

    def observations(
        self, stream_id: str, from_: Moment | None = None, to: Moment | None = None
    ) -> ObservationColumns:
        """Return what is kept in [`from_`, `to`), oldest first, with its verdicts."""
        return self._driver.run(self._operations.observations(stream_id, from_, to))

    def health(self) -> Health:
        """Tell how the server is; asks once, and does not wait for it to get well."""
        return self._driver.run(self._operations.health())

    def connect(self, stream_id: str, *, window: int | None = None) -> LockstepStream:
        """Return a socket for one observation after the other, as they come; a context manager."""
        return LockstepStream(self.url, stream_id, window=window, retries=self._retries)

    def subscribe(self, stream_id: str, *, after: int | None = None) -> Iterator[KeptObservation]:
        """Give each new observation with its verdict, as it is kept, without end.

        A lost connection is made again, and what came meanwhile is given first: nothing is lost and
        nothing comes twice. To go on in another process, remember the `seq` of the last one.

        Parameters
        ----------
        stream_id
            A stream that is there.
        after
            Begin after this `seq`; 0 begins with the first observation that is kept, None with
            those that come from the first `next` on. What is older than the newest 2,000 is read at
            once; where that is much, use `observations`.

        Raises
        ------
        StreamNotFound, StreamDeleted
            There is no such stream, or no longer.
        StandoutError
            See the class.
        """
        return watch(self._driver, self._operations, stream_id, Follower(after))

    def _pages(self, page: Callable[[str | None], Operation[Page[T]]]) -> Iterator[T]:
        entries, after = self._driver.run(page(None))
        yield from entries
        while after is not None:
            entries, after = self._driver.run(page(after))
            yield from entries
