"""Real files whose times repeat and step back, as they are published: each passes through."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest

from standout.service.scoring import detect
from tests.server.uploading import CSV, FORMATS, post
from tests.serving import READ_TIMEOUT_S, Served

STEPS_BACK = "realKnownCause-machine_temperature_system_failure"
WINDOW = 100


@pytest.fixture(scope="module")
def files() -> dict[str, pl.DataFrame]:
    """The files of NAB with times that do not rise, by name."""
    folder = os.environ.get("STANDOUT_DATA")
    if folder is None:
        reason = "STANDOUT_DATA does not name the folder of labelled series"
        if "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    found = {}
    for path in sorted((Path(folder) / "univariate" / "NAB").glob("*.csv.gz")):
        frame = pl.read_csv(path, columns=["timestamp", "value"], infer_schema_length=None)
        times = frame["timestamp"].str.to_datetime()
        if not (times.diff().drop_nulls().dt.total_microseconds() > 0).all():
            found[path.name.removesuffix(".csv.gz")] = frame
    assert len(found) > 4
    return found


@dataclass
class Told:
    """What must be told of each row: a score, late, or a problem; as a plain model has it."""

    scores: list[float | None] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)
    refused: list[bool] = field(default_factory=list)

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Told:
        kept: dict[str, tuple[float, int | None]] = {}
        learnt: list[float] = []
        places: list[tuple[str, bool]] = []
        newest = ""
        for time, value in frame.iter_rows():
            there = kept.get(time)
            if there is None:
                late = time < newest
                kept[time] = (value, None if late else len(learnt))
                if not late:
                    newest = time
                    learnt.append(value)
            places.append((time, kept[time][0] != value))
        scores = detect(learnt, detector="vote", window=WINDOW).score.tolist()
        told = cls()
        for time, refused in places:
            place = kept[time][1]
            score = math.nan if refused or place is None else scores[place]
            told.scores.append(None if math.isnan(score) else score)
            told.late.append(place is None and not refused)
            told.refused.append(refused)
        return told


def check(rows: list[dict[str, Any]], wanted: Told) -> None:
    assert [row["score"] for row in rows] == wanted.scores
    assert [bool(row.get("late")) for row in rows] == wanted.late
    assert ["problem" in row for row in rows] == wanted.refused


def test_each_passes_and_is_judged_once(server: Served, files: dict[str, pl.DataFrame]) -> None:
    refused = 0
    for name, frame in files.items():
        wanted, path = Told.of(frame), f"/streams/{name}/observations?window={WINDOW}"
        body = frame.write_csv()
        answer = post(server, f"{path}&detail=1", body, CSV)
        assert answer.status_code == 200, answer.text
        read = {**dict.fromkeys(("expected", "lower", "upper"), pl.Float64), "late": pl.Boolean}
        table = pl.read_csv(answer.content, schema_overrides=read, infer_schema_length=None)
        rows = [{k: v for k, v in row.items() if k != "problem" or v} for row in table.to_dicts()]
        check(rows, wanted)
        counts = post(server, f"{path}&verdicts=none", body, CSV).json()
        assert (counts["received"], counts["stored"]) == (len(frame), 0)
        assert counts["refused"] == sum(wanted.refused)
        summary = server.get(f"/streams/{name}").json()
        assert summary["count"] == frame["timestamp"].n_unique()
        refused += sum(wanted.refused)
    assert refused > 0


@pytest.mark.parametrize("size", [1, 100])
def test_the_one_that_steps_back_passes_a_socket(
    server: Served, files: dict[str, pl.DataFrame], size: int
) -> None:
    frame = files[STEPS_BACK]
    times = frame["timestamp"]
    (place,) = [i for i in range(1, len(times)) if times[i] < times[i - 1]]
    frame = frame[max(place - 300, 0) : place + 300]
    rows = frame.to_dicts()
    told: list[dict[str, Any]] = []
    with server.socket(f"/ws/back-{size}?window={WINDOW}&detail=1") as websocket:
        for first in range(0, len(rows), size):
            websocket.send(json.dumps(rows[first] if size == 1 else rows[first : first + size]))
            answer = json.loads(websocket.recv(READ_TIMEOUT_S))
            told += [answer] if size == 1 else answer
    check(told, Told.of(frame))


def test_kept_duplicates_lose_no_row(server: Served, files: dict[str, pl.DataFrame]) -> None:
    frame = files[STEPS_BACK].with_row_index("seq")
    httpx2.put(
        f"http://127.0.0.1:{server.port}/streams/all-kept",
        json={"duplicates": "keep", "window": WINDOW},
    ).raise_for_status()
    path = "/streams/all-kept/observations?verdicts=none"
    counts = post(server, path, FORMATS[3].write(frame.to_dicts()), CSV).json()
    assert (counts["stored"], counts["refused"]) == (len(frame), 0)
    assert counts["late"] > 0
    assert server.get("/streams/all-kept").json()["count"] == len(frame)
