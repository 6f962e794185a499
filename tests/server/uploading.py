"""Uploads to a real server, in each format, and what they are answered, in one form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import httpx2
import polars as pl

from tests.serving import Served

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
VOTERS = ("zscore", "iqr", "ewma", "moving_average", "isolation_forest")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Format:
    """How rows are written, and how verdicts are read."""

    name: str
    media_type: str

    def write(self, rows: Rows) -> bytes:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        if self.name == "rows":
            return json.dumps(rows).encode()
        if self.name == "columns":
            return json.dumps({key: [row[key] for row in rows] for key in rows[0]}).encode()
        if self.name == "ndjson":
            return "\n".join(map(json.dumps, rows)).encode()
        if self.name == "csv":
            return frame.write_csv().encode()
        return arrow(frame)

    def read(self, body: bytes) -> Rows:
        """Return verdicts as a socket tells them; what is not there in a table is left out."""
        if self.name == "rows":
            return list(json.loads(body))
        if self.name == "columns":
            told = json.loads(body)
            return [
                {k: v for k, v in zip(told, row, strict=True) if k not in {"late", "problem"} or v}
                for row in zip(*told.values(), strict=True)
            ]
        if self.name == "ndjson":
            return [json.loads(line) for line in body.splitlines()]
        types = {"timestamp": pl.Int64, "late": pl.Boolean, "problem": pl.String}
        table = (
            pl.read_csv(StringIO(body.decode()), schema_overrides=types, infer_schema_length=None)
            if self.name == "csv"
            else pl.read_ipc_stream(BytesIO(body))
        )
        return [_as_told(row) for row in table.to_dicts()]


FORMATS = [
    Format("rows", JSON),
    Format("columns", JSON),
    Format("ndjson", NDJSON),
    Format("csv", CSV),
    Format("arrow", ARROW),
]
STREAMED = FORMATS[2:]


def arrow(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_ipc_stream(buffer)
    return buffer.getvalue()


def post(
    server: Served, path: str, body: bytes | str, media_type: str | None, **headers: str
) -> httpx2.Response:
    named = {} if media_type is None else {"content-type": media_type}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(
        f"http://127.0.0.1:{server.port}{path}",
        content=body,
        headers={**named, **headers},
        timeout=30,
    )


def send(server: Served, path: str, form: Format, rows: Rows) -> Rows:
    answer = post(server, path, form.write(rows), form.media_type)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(form.media_type)
    return form.read(answer.content)


def count(server: Served, path: str, form: Format, rows: Rows) -> dict[str, int]:
    sign = "&" if "?" in path else "?"
    answer = post(server, f"{path}{sign}verdicts=none", form.write(rows), form.media_type)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rows_of(values: Sequence[float | None], start: int = 0) -> Rows:
    return [{"timestamp": start + i, "value": v} for i, v in enumerate(values)]


def _as_told(row: dict[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in row.items() if k not in {*VOTERS, "late", "problem"}}
    if VOTERS[0] in row:
        scored = row["score"] is not None
        told["votes"] = {name: row[name] for name in VOTERS} if scored else None
    if row["late"]:
        told["late"] = True
    if row["problem"] is not None:
        told["problem"] = json.loads(row["problem"])
    return told
