"""What can be asked of a server, each as an operation that both clients drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from standout.client import arrow
from standout.client.address import http_url, stream_route
from standout.client.attempts import Retries
from standout.client.columns import ObservationColumns
from standout.client.exchange import Call, Operation, Reply, answered, body_of
from standout.client.series import Moment, moment_text
from standout.errors import MalformedMessage, NotFound
from standout.schemas.streams import (
    Anomaly,
    AnomalyPage,
    Health,
    KeptObservation,
    ObservationPage,
    StreamPage,
    StreamSummary,
)

PAGE_ROWS = 1_000
_UNAVAILABLE = 503
_ONCE = Retries(retry_for_s=0)

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Page: TypeAlias = tuple[list[T], str | None]
"""Entries, and where the next page begins; None at the end."""


@dataclass(frozen=True, slots=True)
class Operations:
    """Operations on one server.

    Parameters
    ----------
    url
        Its address.
    retries
        What is done about trouble that may pass.
    """

    url: str
    retries: Retries

    def health(self) -> Operation[Health]:
        """Ask once; a server that is not well answers, too."""

        def read(reply: Reply) -> Health:
            unwell = reply.status == _UNAVAILABLE and b'"unhealthy"' in reply.body
            return _model(Health, reply.body if unwell else body_of(reply, self.url))

        call = Call(method="GET", url=http_url(self.url, "health"))
        return answered(call, _ONCE, read, url=self.url)

    def streams(self, after: str | None) -> Operation[Page[StreamSummary]]:
        """Ask for a page of streams."""
        url = http_url(self.url, "streams", limit=PAGE_ROWS, after=after)
        page = yield from self._get(StreamPage, url)
        return page.streams, page.next

    def stream(self, stream_id: str) -> Operation[StreamSummary]:
        """Ask how a stream stands."""
        return self._get(StreamSummary, stream_route(self.url, stream_id))

    def make(self, stream_id: str, settings: Mapping[str, object]) -> Operation[StreamSummary]:
        """Make a stream; a setting of None is left out."""
        named = {name: value for name, value in settings.items() if value is not None}
        call = Call(
            method="PUT",
            url=stream_route(self.url, stream_id),
            content=msgspec.json.encode(named),
            headers={"content-type": "application/json"},
        )
        return self._ask(call, lambda reply: _model(StreamSummary, body_of(reply, self.url)))

    def delete(self, stream_id: str) -> Operation[None]:
        """Delete a stream; one that is gone when it is asked again was deleted at first."""
        again = False

        def note(reason: str) -> None:
            nonlocal again
            again = True
            if self.retries.on_retry:
                self.retries.on_retry(reason)

        call = Call(method="DELETE", url=stream_route(self.url, stream_id))
        retries = replace(self.retries, on_retry=note)
        try:
            yield from answered(call, retries, lambda r: body_of(r, self.url), url=self.url)
        except NotFound:
            if not again:
                raise

    def anomalies(
        self, stream_id: str, from_: Moment | None, to: Moment | None, after: str | None
    ) -> Operation[Page[Anomaly]]:
        """Ask for a page of anomalies."""
        span = {"from_": moment_text(from_), "to": moment_text(to)}
        page_of = {"limit": PAGE_ROWS, "after": after}
        url = stream_route(self.url, stream_id, "anomalies", **page_of, **span)
        page = yield from self._get(AnomalyPage, url)
        return page.anomalies, page.next

    def observations(
        self, stream_id: str, from_: Moment | None, to: Moment | None
    ) -> Operation[ObservationColumns]:
        """Ask for all that is kept between two times."""
        span = {"from_": moment_text(from_), "to": moment_text(to)}
        url = stream_route(self.url, stream_id, "observations", format="arrow", **span)
        call = Call(method="GET", url=url)
        return self._ask(
            call, lambda reply: arrow.read_observations(reply, body_of(reply, self.url))
        )

    def missed(
        self, stream_id: str, seqs: set[int], since: str | None
    ) -> Operation[list[KeptObservation]]:
        """Ask for observations by their arrival numbers; those that are not kept are left out.

        Most are newer than `since`; those that came late may be anywhere.
        """
        found: dict[int, KeptObservation] = {}
        route = partial(stream_route, self.url, stream_id, "observations", limit=PAGE_ROWS)
        for from_ in (since, None) if since else (None,):
            after: str | None = None
            while len(found) < len(seqs):
                page = yield from self._get(ObservationPage, route(after=after, from_=from_))
                found |= {row.seq: row for row in page.observations if row.seq in seqs}
                after = page.next
                if after is None:
                    break
        return list(found.values())

    def _get(self, model: type[M], url: str) -> Operation[M]:
        call = Call(method="GET", url=url)
        return self._ask(call, lambda reply: _model(model, body_of(reply, self.url)))

    def _ask(self, call: Call, read: Callable[[Reply], T]) -> Operation[T]:
        return answered(call, self.retries, read, url=self.url)


def _model(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        told: Any = error.errors()[0]
        where = ".".join(map(str, told["loc"]))
        what = f"{where}: {told['msg']}" if where else told["msg"]
        msg = f"The server's answer is no {model.__name__} ({what}); is a Standout server there?"
        raise MalformedMessage(msg) from None
