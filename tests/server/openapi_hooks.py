"""Bodies that schemathesis cannot write by itself: NDJSON, CSV and Arrow, good and spoilt.

Loaded by schemathesis' own process through ``SCHEMATHESIS_HOOKS``.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import polars as pl
import schemathesis
from hypothesis import strategies as st

NDJSON, CSV, ARROW = (
    "application/x-ndjson",
    "text/csv",
    "application/vnd.apache.arrow.stream",
)
TIMES = st.integers(0, 10**6) | st.sampled_from(["2026-01-31T12:00:00Z", "yesterday", "", "1e300"])
VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=3)
IDS = st.sampled_from(["a", "b", "", "a/b", "é" * 150])


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return rows with the same columns, among them some that no upload has."""
    names = draw(
        st.sampled_from([["timestamp", "value"], ["id", "timestamp", "value"], ["timestamp"], []])
    )
    kinds = {"id": IDS, "timestamp": TIMES, "value": VALUES}
    more = draw(st.dictionaries(st.text(max_size=4), VALUES, max_size=1))
    return [
        {name: draw(kinds[name]) for name in names} | more for _ in range(draw(st.integers(0, 4)))
    ]


def ndjson(found: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, found)).encode()


def csv(found: list[dict[str, Any]]) -> bytes:
    lines = [list(found[0]) if found else ["timestamp", "value"], *[r.values() for r in found]]
    return "\n".join(",".join("" if x is None else str(x) for x in line) for line in lines).encode()


def arrow(found: list[dict[str, Any]]) -> bytes:
    written = BytesIO()
    pl.DataFrame(found, strict=False, infer_schema_length=None).write_ipc_stream(written)
    return written.getvalue()


@st.composite
def cut(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Return a body, one of four of them broken off."""
    body = draw(whole)
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 3)) == 0 else body


schemathesis.openapi.media_type(NDJSON, cut(rows().map(ndjson)))
schemathesis.openapi.media_type(CSV, cut(rows().map(csv)))
schemathesis.openapi.media_type(ARROW, cut(rows().map(arrow)) | st.binary(max_size=64))


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Take the examples of these bodies away: they are text, and the strategies give bytes."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            for name in (NDJSON, CSV, ARROW):
                content.get(name, {}).pop("example", None)
