"""The client against a real server, which is killed while it streams."""

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

from standout.client.async_client import AsyncClient
from standout.client.backoff import Backoff
from standout.client.stream import StreamClient
from standout.errors import ConnectionReplaced
from standout.schemas.frames import DetailedAnswer, Observation
from standout.service.scoring import detect
from standout.types import Values
from tests.cli.server_process import ServerProcess

ROWS = 1_500
WINDOW = 50


def series() -> list[float]:
    values = np.random.default_rng(4).normal(50, 3, ROWS)
    values[400::150] += 30
    return list(values.tolist())


def verdict(answer: DetailedAnswer) -> tuple[object, ...]:
    return answer.anomaly, answer.score, answer.expected, answer.lower, answer.upper


def none_for_nan(values: Values) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


async def test_a_killed_server_loses_nothing_and_changes_no_verdict(tmp_path: Path) -> None:
    values = series()
    answers = []
    async with ServerProcess(tmp_path / "data") as server:
        client = StreamClient(
            server.url, "pump 7", window=WINDOW, backoff=Backoff(first_s=0.01, cap_s=0.05)
        )
        source = (Observation(1_700_000_000 + row, value) for row, value in enumerate(values))
        async for answer in client.stream(source):
            answers.append(answer)
            if len(answers) in {300, 900}:
                await server.kill()
                await server.start()
        async with httpx2.AsyncClient(trust_env=False) as http:
            told = (await http.get(f"{server.url}/streams/pump%207")).json()
    assert client.reconnects >= 2
    assert [answer.timestamp for answer in answers] == [1_700_000_000 + r for r in range(ROWS)]
    assert told["count"] == ROWS
    found = detect(values, window=WINDOW)
    columns = (found.anomaly, found.score, found.expected, found.lower, found.upper)
    expected = list(zip(*(none_for_nan(column) for column in columns), strict=True))
    assert [verdict(answer) for answer in answers] == expected
    assert told["anomalies"] == int((found.anomaly == 1).sum()) > 0


async def test_a_server_killed_in_mid_upload_loses_nothing_and_changes_no_verdict(
    tmp_path: Path,
) -> None:
    rows = 200_000
    values = np.random.default_rng(5).normal(50, 3, rows)
    reasons: list[str] = []
    async with ServerProcess(tmp_path / "data") as server:
        quick = Backoff(first_s=0.01, cap_s=0.05)
        async with AsyncClient(server.url, backoff=quick, on_retry=reasons.append) as client:
            await client.make("pump 7", window=WINDOW)
            sending = asyncio.create_task(client.send("pump 7", values, np.arange(rows)))
            for kept in (1, 20_000):
                while (await client.stream("pump 7")).count < kept:  # noqa: ASYNC110 - far away
                    await asyncio.sleep(0.001)
                assert not sending.done()
                await server.kill()
                await server.start()
            told = await sending
            summary = await client.stream("pump 7")
    assert len(reasons) >= 2
    found = detect(values, window=WINDOW)
    np.testing.assert_array_equal(told.score, found.score)
    assert not told.late.any()
    assert not told.problems
    assert (summary.count, summary.anomalies) == (rows, int((found.anomaly == 1).sum()))


async def test_a_second_client_of_an_id_ends_the_first(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[Observation]:
        for second in range(10_000):
            yield Observation(second, 1.0)
            await asyncio.sleep(0.01)

    async with ServerProcess(tmp_path / "data") as server:
        first = StreamClient(server.url, "a").stream(endless())
        await anext(first)
        second = StreamClient(server.url, "a").stream([Observation(1_000_000, 1.0)])
        assert len([answer async for answer in second]) == 1
        with pytest.raises(ConnectionReplaced):
            await _exhaust(first)


async def _exhaust(answers: AsyncIterator[DetailedAnswer]) -> None:
    async for _ in answers:
        pass
