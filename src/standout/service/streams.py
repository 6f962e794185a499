"""Streams: what is told of them."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.detectors import registry
from standout.detectors.thresholds import SHIPPED
from standout.domain.ids import check_stream_id
from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT, Observations, Stream
from standout.domain.times import to_iso
from standout.errors import InvalidParameter, StreamNotFound
from standout.schemas.streams import (
    Anomaly,
    AnomalyPage,
    KeptObservation,
    NewStream,
    ObservationPage,
    Retention,
    StreamPage,
    StreamSummary,
)
from standout.service.loading import Loader
from standout.service.pinning import MICROSECONDS, Asked, channel_names, retention
from standout.service.presence import Presence
from standout.service.summary_cache import SummaryCache

MAX_LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which rows of a stream are asked for: those in [`from_us`, `to_us`), a page at a time.

    Parameters
    ----------
    limit
        Rows of a page, 1 to 1,000.
    after
        The `next` of the page before.
    """

    limit: int = 100
    after: str | None = None
    from_us: int | None = None
    to_us: int | None = None


class StreamService:
    """Answers questions about streams, loaded or not.

    Parameters
    ----------
    store
        Where they are kept.
    loader
        Knows those that are loaded.
    presence
        Knows those with a client.
    """

    def __init__(self, store: StreamStore, loader: Loader, presence: Presence) -> None:
        self._store = store
        self._loader = loader
        self._presence = presence
        self._cache = SummaryCache()
        loader.on_load.append(self._cache.forget)

    async def page(self, *, limit: int = 100, after: str | None = None) -> StreamPage:
        """List streams by id.

        Raises
        ------
        InvalidParameter
            `limit` is not 1 to 1,000.
        """
        _check_limit(limit)

        def read() -> list[StreamSummary]:
            records = self._store.streams(DEFAULT_TENANT, limit=limit + 1, after=after)
            return [self._summary(record) for record in records]

        found = await asyncio.to_thread(read)
        more = len(found) > limit
        shown = found[:limit]
        return StreamPage(streams=shown, next=shown[-1].id if more else None)

    async def get(self, stream_id: str) -> StreamSummary:
        """Tell how a stream stands.

        Raises
        ------
        StreamNotFound
            No stream has this id.
        """
        record = await self.find(stream_id)
        return await asyncio.to_thread(self._summary, record)

    async def find(self, stream_id: str) -> Stream:
        """Find a stream's record; raises as `get`."""
        check_stream_id(stream_id)
        live = self._loader.loaded(stream_id)
        if live is not None:
            return live.record
        record = await asyncio.to_thread(self._store.stream, DEFAULT_TENANT, stream_id)
        if record is None:
            msg = f"There is no stream {stream_id!r}."
            raise StreamNotFound(msg)
        return record

    async def anomalies(self, stream_id: str, asked: Asking) -> AnomalyPage:
        """List a stream's flagged observations, oldest first.

        Raises
        ------
        StreamNotFound, InvalidParameter
            No such stream; a limit out of range, or an `after` that no page has given.
        """
        record = await self.find(stream_id)
        rows, after = await _page_of(self._store.anomalies, record, asked)
        names = registry.voters(record.detector)
        found = [_anomaly(rows, i, names, record) for i in range(len(rows))]
        return AnomalyPage(id=stream_id, anomalies=found, next=after)

    async def observations(self, stream_id: str, asked: Asking) -> ObservationPage:
        """List a stream's observations, oldest first; raises as `anomalies`."""
        record = await self.find(stream_id)
        rows, after = await _page_of(self._store.scan, record, asked)
        names = registry.voters(record.detector)
        found = [_observation(rows, i, names, record) for i in range(len(rows))]
        return ObservationPage(id=stream_id, observations=found, next=after)

    async def make(self, stream_id: str, settings: NewStream) -> tuple[StreamSummary, bool]:
        """Make a stream, or find it as it was made; return whether it is new.

        Raises
        ------
        InvalidStreamId, InvalidParameter, UnknownDetector
            It may not be called so, or a setting cannot be.
        StreamSettingsConflict
            There is one with other settings.
        """
        record, new = await self._loader.make(stream_id, _asked(settings))
        return await asyncio.to_thread(self._summary, record), new

    async def delete(self, stream_id: str) -> None:
        """Forget a stream with all that is kept of it; its client is told, and must go.

        Raises
        ------
        StreamNotFound
            No stream has this id.
        StoreUnavailable
            It cannot be deleted now; it is as it was.
        """
        deleted = await self._loader.remove(stream_id)
        self._presence.dismiss(stream_id, deleted)

    async def latest(self, record: Stream, *, limit: int) -> Observations:
        """Return the newest observations, oldest first."""
        return await asyncio.to_thread(self._store.latest, record, limit=limit)

    async def since(self, record: Stream, *, after_seq: int, limit: int) -> Observations:
        """Return rows that arrived after the one numbered so, in order of arrival."""
        return await asyncio.to_thread(self._store.since, record, after_seq=after_seq, limit=limit)

    def _summary(self, record: Stream) -> StreamSummary:
        """Tell how a stream stands; blocks on the store for one that is not loaded."""
        ticket = self._cache.ticket
        if self._loader.loaded(record.id) is not None:
            return self._read_summary(record)
        found = self._cache.get(record)
        if found is None:
            found = self._read_summary(record)
            self._cache.put(record, found, ticket)
        active = self._presence.active(record.id)
        return found if active == found.active else found.model_copy(update={"active": active})

    def _read_summary(self, record: Stream) -> StreamSummary:
        live = self._loader.loaded(record.id)
        if live is not None:
            record = live.record
            counts = (live.seq, live.anomalies, live.scored_us, live.last_value, live.last_score)
            learnt = max(map(live.bank.learnt, live.slots))
            left = max(0, live.bank.warmup - learnt)
        else:
            counts = self._stored_counts(record)
            params = {**record.params, "window": record.window}
            warmup = registry.detector(record.detector, params).warmup
            left = 0 if not math.isnan(counts[4]) else max(0, warmup - counts[0])
        count, anomalies, last_us, last_value, last_score = counts
        return StreamSummary(
            id=record.id,
            active=self._presence.active(record.id),
            window=record.window,
            detector=record.detector,
            detector_version=record.detector_version,
            tz=record.tz,
            time_unit=record.time_unit,  # type: ignore[arg-type] # checked when it was made
            created=to_iso(record.created_us),
            unit=record.unit,
            tags=list(record.tags),
            retention=_retention(record),
            duplicates=record.duplicates,  # type: ignore[arg-type] # as above
            channels=None if record.channels is None else list(record.channels),
            count=count,
            anomalies=anomalies,
            warmup_left=left,
            last_timestamp=None if last_us is None else to_iso(last_us),
            last_value=finite(last_value),
            last_score=finite(last_score),
        )

    def _stored_counts(self, record: Stream) -> tuple[int, int, int | None, float, float]:
        snapshot = self._store.snapshot(record)
        after = None if snapshot is None else snapshot.last_us
        key = snapshot.last_key if snapshot is not None and record.keeps_duplicates else None
        tail = self._store.tail(record, after_us=after, after_key=key)
        # One that is late by its key may be newer than the snapshot by its time.
        tail = tail.take(~tail.late)
        # One that is late by its time lies before the snapshot.
        seq = self._store.newest_seq(record)
        if snapshot is not None:
            # What retention has removed counts, too.
            seq = max(seq, snapshot.seq)
        anomalies = 0 if snapshot is None else snapshot.anomalies
        if len(tail):
            anomalies += int(np.count_nonzero(tail.score >= SHIPPED))
            newest = tail.take(slice(-1, None))
            return (
                seq,
                anomalies,
                int(newest.time_us[0]),
                float(newest.value[0]),
                float(newest.score[0]),
            )
        if snapshot is None:
            return 0, 0, None, math.nan, math.nan
        return seq, anomalies, snapshot.last_us, snapshot.last_value, snapshot.last_score


def finite(number: float) -> float | None:
    """Return a number, or None for one that JSON cannot write."""
    return number if math.isfinite(number) else None


def votes_by_name(bits: int, names: tuple[str, ...]) -> dict[str, int]:
    """Return who voted: 1 or 0 for each voter."""
    return {name: bits >> i & 1 for i, name in enumerate(names)}


def _asked(settings: NewStream) -> Asked:
    """Return what is asked; what may change later only where it is named."""
    named = settings.model_fields_set
    changes: dict[str, Any] = {}
    if "unit" in named:
        changes["unit"] = settings.unit or None
    if "tags" in named:
        changes["tags"] = tuple(dict.fromkeys(settings.tags or ()))
    if "retention" in named:
        limits = settings.retention or Retention()
        changes |= retention(limits.age_s, limits.count)
    return Asked(
        window=settings.window,
        detector=settings.detector,
        params=settings.params,
        tz=settings.tz,
        time_unit=settings.time_unit,
        duplicates=settings.duplicates,
        channels=None if settings.channels is None else channel_names(settings.channels),
        changes=changes,
    )


def _retention(record: Stream) -> Retention | None:
    if record.keep_us is None and record.keep_rows is None:
        return None
    age_s = None if record.keep_us is None else record.keep_us / MICROSECONDS
    return Retention(age_s=age_s, count=record.keep_rows)


def _more(rows: Observations, i: int, record: Stream) -> dict[str, Any]:
    """Return what is told of streams with keys or several channels only."""
    found: dict[str, Any] = {}
    if rows.key is not None:
        found["client_seq"] = int(rows.key[i])
    if rows.vector is not None and rows.channel is not None:
        names, channel = record.channels or (), int(rows.channel[i])
        found["channel"] = names[channel] if channel >= 0 else None
        values = map(finite, rows.vector[i].tolist())
        found["values"] = dict(zip(names, values, strict=True))
    return found


def _anomaly(rows: Observations, i: int, names: tuple[str, ...], record: Stream) -> Anomaly:
    return Anomaly(
        **_more(rows, i, record),
        timestamp=to_iso(int(rows.time_us[i])),
        value=float(rows.value[i]),
        score=float(rows.score[i]),
        votes=votes_by_name(int(rows.votes[i]), names),
        expected=finite(float(rows.expected[i])),
        lower=finite(float(rows.lower[i])),
        upper=finite(float(rows.upper[i])),
        seq=int(rows.seq[i]),
    )


def _observation(
    rows: Observations, i: int, names: tuple[str, ...], record: Stream
) -> KeptObservation:
    score = finite(float(rows.score[i]))
    return KeptObservation(
        **_more(rows, i, record),
        timestamp=to_iso(int(rows.time_us[i])),
        value=finite(float(rows.value[i])),
        score=score,
        anomaly=None if score is None else int(score >= SHIPPED),
        votes=None if score is None else votes_by_name(int(rows.votes[i]), names),
        expected=finite(float(rows.expected[i])),
        lower=finite(float(rows.lower[i])),
        upper=finite(float(rows.upper[i])),
        late=bool(rows.late[i]),
        seq=int(rows.seq[i]),
    )


async def _page_of(
    read: Callable[..., Observations], record: Stream, asked: Asking
) -> tuple[Observations, str | None]:
    """Read a page of rows; return it with its `next`."""
    _check_limit(asked.limit)
    after_us, after_key = _read_token(asked.after)
    rows = await asyncio.to_thread(
        read,
        record,
        limit=asked.limit + 1,
        after_us=after_us,
        after_key=after_key,
        from_us=asked.from_us,
        to_us=asked.to_us,
    )
    more = len(rows) > asked.limit
    rows = rows.take(slice(0, asked.limit))
    return rows, _token(rows) if more else None


def _token(rows: Observations) -> str:
    place = str(int(rows.time_us[-1]))
    return place if rows.key is None else f"{place}.{int(rows.key[-1])}"


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        msg = f"limit must be 1 to {MAX_LIMIT:,}, got {limit}."
        raise InvalidParameter(msg)


def _read_token(after: str | None) -> tuple[int | None, int | None]:
    if after is None:
        return None, None
    found = re.fullmatch(r"(-?[0-9]{1,18})(?:\.([0-9]{1,18}))?", after, re.ASCII)
    if found:
        return int(found[1]), None if found[2] is None else int(found[2])
    msg = f"after must be the `next` of another page, got {after[:40]!r}."
    raise InvalidParameter(msg)
