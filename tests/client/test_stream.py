import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection

from standout.client.backoff import Backoff
from standout.client.replay import Tally, replay
from standout.client.stream import StreamClient
from standout.errors import (
    ConnectionReplaced,
    InvalidInput,
    InvalidParameter,
    MalformedMessage,
    ServerUnreachable,
    StandoutError,
    StreamSettingsConflict,
)
from standout.schemas.frames import Observation
from tests.client.fake_server import closes_once, drops, problem, running

QUICK = Backoff(first_s=0.001, cap_s=0.01)


def client_of(url: str, client_id: str = "pump-7", *, max_in_flight: int = 256) -> StreamClient:
    return StreamClient(url, client_id, max_in_flight=max_in_flight, backoff=QUICK)


async def answered(client: StreamClient, count: int) -> list[tuple[object, int | None]]:
    source = [Observation(number, float(number)) for number in range(count)]
    return [(answer.timestamp, answer.anomaly) async for answer in client.stream(source)]


async def test_answers_come_in_order() -> None:
    async with running() as server:
        answers = await answered(client_of(server.url), 300)
    assert answers == [(number, int(number > 100)) for number in range(300)]
    assert server.paths == ["/ws/pump-7?window=100&detail=1"]


async def test_no_observation_is_no_answer() -> None:
    async with running() as server:
        assert await answered(client_of(server.url), 0) == []


async def test_an_id_is_percent_encoded() -> None:
    async with running() as server:
        await answered(client_of(server.url, "a b/ü?&"), 1)
    assert server.paths == ["/ws/a%20b%2F%C3%BC%3F%26?window=100&detail=1"]


async def test_no_more_than_max_in_flight_are_unanswered() -> None:
    async def late(socket: ServerConnection, received: int) -> None:
        await asyncio.sleep(0.001)

    async with running(late) as server:
        await answered(client_of(server.url, max_in_flight=7), 60)
    assert server.most_unanswered == 7


@pytest.mark.parametrize("seed", range(5))
async def test_dropped_connections_lose_nothing_and_double_nothing(seed: int) -> None:
    chance = random.Random(seed)
    async with running(drops(0.05, seed)) as server:
        client = client_of(server.url, max_in_flight=chance.choice([1, 3, 50]))
        answers = await answered(client, 200)
    assert answers == [(number, int(number > 100)) for number in range(200)]
    assert list(server.stored) == list(range(200))
    assert client.reconnects > 0
    assert len(server.paths) == client.reconnects + 1


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013])
async def test_passing_troubles_of_the_server_are_waited_out(code: int) -> None:
    frame = problem("store-unavailable", 503, "The disk is full.") if code == 1011 else None
    reasons: list[str] = []
    async with running(closes_once(code, frame)) as server:
        client = StreamClient(server.url, "p", backoff=QUICK, on_retry=reasons.append)
        answers = await answered(client, 20)
    assert len(answers) == 20
    assert client.reconnects == 1
    assert ("The disk is full." in reasons[0]) == (code == 1011)


@pytest.mark.parametrize(
    ("slug", "status", "kind"),
    [
        ("connection-replaced", 409, ConnectionReplaced),
        ("stream-settings-conflict", 409, StreamSettingsConflict),
        ("malformed-message", 400, MalformedMessage),
        ("something-new", 422, InvalidInput),
    ],
)
async def test_a_problem_with_close_1008_is_final(
    slug: str, status: int, kind: type[StandoutError]
) -> None:
    async with running(closes_once(1008, problem(slug, status, "Why it is so."))) as server:
        with pytest.raises(kind, match=r"^Why it is so\.$"):
            await answered(client_of(server.url), 20)
    assert len(server.paths) == 1


@pytest.mark.parametrize("code", [1002, 1008, 1009])
async def test_a_close_that_would_come_again_is_final(code: int) -> None:
    async with running(closes_once(code)) as server:
        with pytest.raises(StandoutError, match="closed the connection"):
            await answered(client_of(server.url), 20)
    assert len(server.paths) == 1


async def test_a_server_that_comes_later_is_waited_for() -> None:
    async with running() as server:
        port = int(server.url.rpartition(":")[2])
    refused = asyncio.Event()
    client = StreamClient(
        f"ws://127.0.0.1:{port}", "p", backoff=QUICK, on_retry=lambda _: refused.set()
    )
    answers = asyncio.create_task(answered(client, 5))
    await refused.wait()
    async with running(port=port):
        assert len(await answers) == 5


async def test_giving_up_names_the_address() -> None:
    async with running() as server:
        url = server.url
    client = StreamClient(url, "p", backoff=QUICK, retry_for_s=0.05)
    with pytest.raises(ServerUnreachable, match=f"No server answers at {url}"):
        await answered(client, 5)


async def test_an_answer_to_something_else_is_refused() -> None:
    async def strange(socket: ServerConnection, received: int) -> None:
        await socket.send('{"timestamp": 77, "anomaly": 0}')

    async with running(strange) as server:
        with pytest.raises(MalformedMessage, match="answered 77 where 0 was due"):
            await answered(client_of(server.url), 5)


@pytest.mark.parametrize("frame", ["hello", '{"x": 1}', "[]"])
async def test_what_is_no_answer_is_refused(frame: str) -> None:
    async def strange(socket: ServerConnection, received: int) -> None:
        await socket.send(frame)

    async with running(strange) as server:
        with pytest.raises(MalformedMessage, match="is a Standout server there"):
            await answered(client_of(server.url), 5)


async def test_what_the_source_raises_comes_after_the_answers() -> None:
    async def source() -> AsyncIterator[Observation]:
        for number in range(10):
            yield Observation(number, 1.0)
        raise LookupError("the source broke")

    async with running() as server:
        answers = client_of(server.url).stream(source())
        seen = [(await anext(answers)).timestamp for _ in range(10)]
        with pytest.raises(LookupError, match="the source broke"):
            await anext(answers)
    assert seen == list(range(10))


async def test_leaving_early_closes_the_connection() -> None:
    closed = asyncio.Event()

    async def watch(socket: ServerConnection, received: int) -> None:
        if not closed.is_set():
            waiter = asyncio.create_task(socket.wait_closed())
            waiter.add_done_callback(lambda _: closed.set())

    async with running(watch) as server:
        answers = client_of(server.url).stream(Observation(n, 1.0) for n in range(10_000))
        assert (await anext(answers)).timestamp == 0
        await answers.aclose()
        await asyncio.wait_for(closed.wait(), 5)


async def test_a_replay_counts() -> None:
    async with running() as server:
        seen: list[int] = []

        def progress(tally: Tally) -> None:
            seen.append(tally.answered)

        tally = await replay(
            client_of(server.url),
            list(range(5)),
            [1.0, 200.0, float("nan"), 300.0, 2.0],
            rate=1_000,
            on_progress=progress,
        )
    assert (tally.sent, tally.answered, tally.anomalies) == (5, 5, 2)
    assert (tally.late, tally.refused, seen) == (0, 0, [1, 2, 3, 4, 5])
    assert server.stored[2] is None


async def test_late_and_refused_are_counted() -> None:
    async def answer(socket: ServerConnection, received: int) -> None:
        told = '{"type": "/problems/observation-conflict", "title": "T", "detail": "It has 5."}'
        await socket.send('{"timestamp": 0, "anomaly": null, "late": true}')
        await socket.send('{"timestamp": 1, "anomaly": null, "problem": ' + told + "}")
        await asyncio.Event().wait()

    async with running(answer) as server:
        tally = await replay(client_of(server.url), [0, 1], [1.0, 1.0])
    assert (tally.late, tally.refused, tally.first_refusal) == (1, 1, "It has 5.")


async def test_a_rate_of_nothing_is_refused() -> None:
    async with running() as server:
        with pytest.raises(InvalidParameter, match="more than 0"):
            await replay(client_of(server.url), [0], [1.0], rate=0)
