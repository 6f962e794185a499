"""Exports: what is kept of a stream as CSV, NDJSON or Arrow, in chunks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import polars as pl
from starlette.requests import Request
from starlette.responses import StreamingResponse

from standout.domain.records import Observations, Stream
from standout.domain.times import to_iso
from standout.readers.uploads.arrow_messages import BATCH, END
from standout.readers.uploads.table import CHANNEL
from standout.server.rest.bodies import ARROW, CSV, NDJSON, SHORT
from standout.server.rest.verdicts import arrow_parts, verdict_columns
from standout.service.verdicts import VerdictColumns

_WHOLE, _FINE = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.6fZ"
_YEAR_1000_US = -30_610_224_000_000_000
EXAMPLE_CSV = """\
timestamp,value,score,anomaly,zscore,iqr,ewma,moving_average,isolation_forest,expected,lower,upper,late
2026-01-31T12:00:00Z,20.5,0.12,0,0,0,0,0,0,20.1,18.7,21.6,false
"""
EXAMPLE_NDJSON = """\
{"timestamp":"2026-01-31T12:00:00Z","value":20.5,"score":null,"anomaly":null,"votes":null,\
"expected":null,"lower":null,"upper":null,"late":false}
"""
_FORM = {CSV: "csv", NDJSON: "ndjson", ARROW: "arrow"}


def export_format(request: Request, asked: str | None) -> str | None:
    """Return the media type of an export; None where a page of JSON is wanted.

    `asked` is the query's `format`; without it the first type in `Accept` that is known counts.
    """
    if asked is not None:
        return SHORT[asked] if asked != "json" else None
    for part in request.headers.get("accept", "").split(","):
        named = part.partition(";")[0].strip().lower()
        if named in {CSV, NDJSON, ARROW}:
            return named
        if named in {"application/json", "*/*"}:
            return None
    return None


async def export_response(
    record: Stream, form: str, names: tuple[str, ...], rows: AsyncIterator[Observations]
) -> StreamingResponse:
    """Answer with all rows; the first chunk is read before, so that its failure is a problem."""
    write = _WRITERS[form](names, record)
    first = await anext(rows)

    async def content() -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(write, first)
        async for chunk in rows:
            if len(chunk):
                yield await asyncio.to_thread(write, chunk)
        if form == ARROW:
            yield END

    # A name of a file may hold less than an id may.
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in record.id)
    disposition = f'attachment; filename="{name}.{_FORM[form]}"'
    headers = {"Content-Disposition": disposition, "Vary": "Accept"}
    return StreamingResponse(content(), media_type=form, headers=headers)


def export_frame(rows: Observations, names: tuple[str, ...], record: Stream) -> pl.DataFrame:
    """Return rows as a table; `timestamp` is a moment in UTC.

    A stream with keys has a column `seq`, one with several channels the leading one and a column
    ``value.NAME`` for each.
    """
    verdicts = VerdictColumns(
        score=rows.score,
        votes=rows.votes,
        expected=rows.expected,
        lower=rows.lower,
        upper=rows.upper,
        fresh=0,
    )
    columns = verdict_columns(verdicts, names, detail=True)
    return pl.DataFrame(
        {
            "timestamp": pl.Series(rows.time_us).cast(pl.Datetime("us", "UTC")),
            **_keys(rows, record),
            "value": pl.Series(rows.value, nan_to_null=True),
            "score": columns.pop("score"),
            **columns,
            "late": pl.Series(rows.late),
            **_channels(rows, record),
        }
    )


def _keys(rows: Observations, record: Stream) -> dict[str, pl.Series]:
    if not record.keeps_duplicates:
        return {}
    keys: list[int] = [] if rows.key is None else rows.key.tolist()
    return {"seq": pl.Series(keys, dtype=pl.Int64)}


def _channels(rows: Observations, record: Stream) -> dict[str, pl.Series]:
    if record.channels is None or record.width == 1:
        return {}
    table = np.empty((0, record.width)) if rows.vector is None else rows.vector
    leading = [] if rows.channel is None else rows.channel.tolist()
    named = [record.channels[i] if i >= 0 else None for i in leading]
    columns = {"channel": pl.Series(named, dtype=pl.String)}
    for i, name in enumerate(record.channels):
        columns[CHANNEL + name] = pl.Series(table[:, i], nan_to_null=True)
    return columns


def _csv_writer(names: tuple[str, ...], record: Stream) -> Callable[[Observations], bytes]:
    begun = False

    def write(rows: Observations) -> bytes:
        nonlocal begun
        header, begun = not begun, True
        frame = _in_text(export_frame(rows, names, record), rows)
        return frame.write_csv(include_header=header).encode()

    return write


def _ndjson_writer(names: tuple[str, ...], record: Stream) -> Callable[[Observations], bytes]:
    def write(rows: Observations) -> bytes:
        frame = _in_text(export_frame(rows, names, record), rows)
        votes = pl.when(pl.col("score").is_not_null()).then(pl.struct(names)).alias("votes")
        order = ["timestamp", "value", "score", "anomaly", "votes", "expected", "lower", "upper"]
        more = [name for name in frame.columns if name not in {*order, *names, "late"}]
        return frame.with_columns(votes).select(*order, "late", *more).write_ndjson().encode()

    return write


def _arrow_writer(names: tuple[str, ...], record: Stream) -> Callable[[Observations], bytes]:
    begun = False

    def write(rows: Observations) -> bytes:
        nonlocal begun
        schema, begun = not begun, True
        parts = arrow_parts(export_frame(rows, names, record))
        return b"".join(data for kind, data in parts if schema or kind == BATCH)

    return write


_WRITERS = {CSV: _csv_writer, NDJSON: _ndjson_writer, ARROW: _arrow_writer}


def _in_text(frame: pl.DataFrame, rows: Observations) -> pl.DataFrame:
    """Write times as everywhere: with microseconds only where there are some."""
    if len(rows) and int(rows.time_us.min()) < _YEAR_1000_US:
        # Years of fewer than four digits are not padded by the quicker way.
        text = pl.Series([to_iso(us) for us in rows.time_us.tolist()], dtype=pl.String)
        return frame.with_columns(text.alias("timestamp"))
    time = pl.col("timestamp").dt
    whole = time.microsecond() == 0
    text_of = pl.when(whole).then(time.to_string(_WHOLE)).otherwise(time.to_string(_FINE))
    return frame.with_columns(text_of.alias("timestamp"))
