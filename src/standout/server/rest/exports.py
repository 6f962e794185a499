"""Exports: what is kept of a stream as CSV, NDJSON or Arrow, in chunks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import polars as pl
from starlette.requests import Request
from starlette.responses import StreamingResponse

from standout.domain.records import Observations
from standout.domain.times import to_iso
from standout.readers.uploads.arrow_messages import BATCH, END
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
    stream_id: str, form: str, names: tuple[str, ...], rows: AsyncIterator[Observations]
) -> StreamingResponse:
    """Answer with all rows; the first chunk is read before, so that its failure is a problem."""
    write = _WRITERS[form](names)
    first = await anext(rows)

    async def content() -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(write, first)
        async for chunk in rows:
            if len(chunk):
                yield await asyncio.to_thread(write, chunk)
        if form == ARROW:
            yield END

    # A name of a file may hold less than an id may.
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in stream_id)
    disposition = f'attachment; filename="{name}.{_FORM[form]}"'
    headers = {"Content-Disposition": disposition, "Vary": "Accept"}
    return StreamingResponse(content(), media_type=form, headers=headers)


def export_frame(rows: Observations, names: tuple[str, ...]) -> pl.DataFrame:
    """Return rows as a table; `timestamp` is a moment in UTC."""
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
            "value": pl.Series(rows.value, nan_to_null=True),
            "score": columns.pop("score"),
            **columns,
            "late": pl.Series(rows.late),
        }
    )


def _csv_writer(names: tuple[str, ...]) -> Callable[[Observations], bytes]:
    begun = False

    def write(rows: Observations) -> bytes:
        nonlocal begun
        header, begun = not begun, True
        frame = _in_text(export_frame(rows, names), rows)
        return frame.write_csv(include_header=header).encode()

    return write


def _ndjson_writer(names: tuple[str, ...]) -> Callable[[Observations], bytes]:
    def write(rows: Observations) -> bytes:
        frame = _in_text(export_frame(rows, names), rows)
        votes = pl.when(pl.col("score").is_not_null()).then(pl.struct(names)).alias("votes")
        order = ("timestamp", "value", "score", "anomaly", "votes", "expected", "lower", "upper")
        return frame.with_columns(votes).select(*order, "late").write_ndjson().encode()

    return write


def _arrow_writer(names: tuple[str, ...]) -> Callable[[Observations], bytes]:
    begun = False

    def write(rows: Observations) -> bytes:
        nonlocal begun
        schema, begun = not begun, True
        parts = arrow_parts(export_frame(rows, names))
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
