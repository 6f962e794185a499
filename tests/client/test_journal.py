import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest

from standout.client import journal as journal_module
from standout.client.journal import Journal
from standout.client.stream import StreamClient
from standout.errors import DataFolderUnwritable
from standout.schemas.frames import Observation
from tests.client.fake_server import running


async def test_each_message_is_kept_in_order(tmp_path: Path) -> None:
    async with running() as server, Journal(tmp_path / "logs", "pump-7") as journal:
        client = StreamClient(server.url, "pump-7", journal=journal, max_in_flight=1)
        source = [Observation("2026-01-01", 200.0), Observation("2026-01-02", None)]
        assert [answer.anomaly async for answer in client.stream(source)] == [1, None]
    assert journal.path.parent == tmp_path / "logs"
    assert journal.path.name.startswith("pump-7-")
    entries = [json.loads(line) for line in journal.path.read_text().splitlines()]
    assert [(entry["direction"], entry["message"]) for entry in entries] == [
        ("sent", {"timestamp": "2026-01-01", "value": 200.0}),
        ("received", {"timestamp": "2026-01-01", "anomaly": 1}),
        ("sent", {"timestamp": "2026-01-02", "value": None}),
        ("received", {"timestamp": "2026-01-02", "anomaly": None}),
    ]
    assert all(datetime.fromisoformat(entry["at"]).tzinfo for entry in entries)


@pytest.mark.parametrize("client_id", ["../../x", "a/b\\c:d", "..", "ü x", "n" * 400])
async def test_the_name_is_safe_and_in_the_folder(tmp_path: Path, client_id: str) -> None:
    async with Journal(tmp_path, client_id) as journal:
        pass
    assert journal.path.parent == tmp_path
    assert journal.path.is_file()


async def test_two_journals_of_one_second_are_two_files(tmp_path: Path) -> None:
    async with Journal(tmp_path, "a") as one, Journal(tmp_path, "a") as two:
        assert one.path != two.path


async def test_messages_reach_the_file_while_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "FLUSH_EVERY_S", 0.001)
    async with Journal(tmp_path, "a") as journal:
        journal.record("sent", b"{}")
        async with asyncio.timeout(5):
            await _until_something_is_in(journal.path)


async def _until_something_is_in(path: Path) -> None:
    while not path.read_bytes():  # noqa: ASYNC110, ASYNC240 - nobody sets an event when a file grows
        await asyncio.sleep(0.001)


async def test_what_is_no_json_is_kept_as_text(tmp_path: Path) -> None:
    async with Journal(tmp_path, "a") as journal:
        journal.record("received", b"no json\xff")
    assert json.loads(journal.path.read_text())["message"] == "no json�"


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnwritable, match="cannot be written"):
        async with Journal(tmp_path / "file", "a"):
            pass
