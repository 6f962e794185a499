import asyncio
import json
import signal
from pathlib import Path

import httpx2
import pytest

from tests.cli.run import finish, run, start
from tests.cli.server_process import ServerProcess
from tests.client.fake_server import closes_once, drops, problem, running

VALUES = {7: 200, 300: 9_999}


def write(path: Path, rows: int) -> None:
    """Newest first, as exchanges give them."""
    lines = [f"2026-01-01T{n // 60:02}:{n % 60:02}:00Z,{VALUES.get(n, n)}" for n in range(rows)]
    path.write_text("\n".join(["timestamp,value", *reversed(lines)]))


async def test_a_file_is_streamed_in_order_of_time_and_kept(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 90)
    async with running() as server:
        process = await start(
            "stream", "in.csv", "--client-id", "pump-7", "--url", server.url, cwd=tmp_path
        )
        code, out, err = await finish(process)
    assert (code, err) == (0, "")
    assert list(server.stored.values())[:9] == [0, 1, 2, 3, 4, 5, 6, 200, 8]
    assert out.startswith(
        "pump-7: sent 90, answered 90, anomalies 1, late 0, refused 0, reconnects 0, "
    )
    journals = sorted((tmp_path / "logs").iterdir())
    assert out.splitlines()[1] == f"Journal: logs/{journals[0].name}"
    entries = [json.loads(line) for line in journals[0].read_text().splitlines()]
    for direction in ("sent", "received"):
        kept = [e["message"]["timestamp"] for e in entries if e["direction"] == direction]
        assert kept == list(server.stored)


async def test_lost_connections_lose_nothing(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 120)
    async with running(drops(0.03, 3)) as server:
        process = await start(
            "stream", "in.csv", "--client-id", "a", "--url", server.url, cwd=tmp_path
        )
        code, out, err = await finish(process)
    assert code == 0, err
    assert "sent 120, answered 120" in out
    assert "reconnects 0" not in out
    assert "trying again" in err
    assert len(server.stored) == 120


async def test_ctrl_c_is_quiet_and_ends_with_130(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 60)
    some = asyncio.Event()

    async def fault(socket: object, received: int) -> None:
        if received >= 3:
            some.set()

    async with running(fault) as server:
        process = await start(
            "stream", "in.csv", "--client-id", "a", "--url", server.url, "--rate", "20",
            cwd=tmp_path,
        )  # fmt: skip
        await asyncio.wait_for(some.wait(), 30)
        process.send_signal(signal.SIGINT)
        assert await finish(process) == (130, "", "")
        assert 3 <= len(server.stored) < 60
    lines = next((tmp_path / "logs").iterdir()).read_text().splitlines()
    assert len([line for line in lines if '"sent"' in line]) >= 3


async def test_a_refused_stream_says_why(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 5)
    frame = problem("stream-settings-conflict", 409, "The stream has window 50, got 100.")
    async with running(closes_once(1008, frame)) as server:
        process = await start(
            "stream", "in.csv", "--client-id", "a", "--url", server.url, cwd=tmp_path
        )
        code, out, err = await finish(process)
    assert (code, out) == (1, "")
    assert err == "Error: The stream has window 50, got 100.\n"


async def test_no_server_is_said(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 5)
    async with running() as server:
        url = server.url
    process = await start(
        "stream", "in.csv", "--client-id", "a", "--url", url, "--retry-for", "0.1", cwd=tmp_path
    )
    code, _, err = await finish(process)
    assert code == 1
    assert err.splitlines()[-1].startswith(f"Error: No server answers at {url}")


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        ("value\n1\n", (), "No column holds the time"),
        ("t,value\n1,2\n", ("--url", "pigeon://roof"), "'pigeon://roof' is not the address"),
        ("t,value\n1,2\n", ("--log-dir", "in.csv"), "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_line(
    tmp_path: Path, content: str, arguments: tuple[str, ...], says: str
) -> None:
    (tmp_path / "in.csv").write_text(content)
    done = run("stream", "in.csv", "--client-id", "a", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


async def test_a_real_server_is_given_the_file_twice_and_keeps_it_once(tmp_path: Path) -> None:
    write(tmp_path / "in.csv", 500)
    async with ServerProcess(tmp_path / "data") as server:
        command = ("stream", "in.csv", "--client-id", "pump-7", "--window", "50")
        told = []
        for _ in range(2):
            process = await start(*command, "--url", server.url, cwd=tmp_path)
            code, out, err = await finish(process)
            assert (code, err) == (0, "")
            told.append(out.rpartition(", ")[0])
        async with httpx2.AsyncClient(trust_env=False) as http:
            summary = (await http.get(f"{server.url}/streams/pump-7")).json()
        assert await server.stop() == 0
    assert told[0] == told[1]
    assert summary["count"] == 500
    assert f"answered 500, anomalies {summary['anomalies']}, late 0" in told[0]
    assert summary["anomalies"] > 0
