"""Datasets over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import polars as pl
import pytest

from standout.readers.datasets import columnar
from standout.store.artefacts import FolderShelf
from tests.server.tables import client, parquet, prices, upload
from tests.serving import Served, served

CSV = b"date,price\n2024-01-01,1.5\n2024-01-02,2.5\n"


@pytest.fixture(scope="module")
def asking(server: Served) -> Iterator[httpx2.Client]:
    with client(server) as found:
        yield found


def folder(server: Served) -> Path:
    return server.services.folder.path / "datasets"


def test_an_upload_is_kept_and_told(server: Served, asking: httpx2.Client) -> None:
    answer = asking.post("/upload-dataset", files={"file": ("data.csv", CSV, "text/csv")})
    told = answer.json()
    assert answer.status_code == 200
    assert told["message"] == "Dataset uploaded successfully: 2 rows of 2 columns."
    info = told["data_info"]
    # The keys that clients of the first version look at.
    assert {
        "filename",
        "rows",
        "columns",
        "column_names",
        "data_types",
        "missing_values",
        "numeric_columns",
        "categorical_columns",
        "datetime_columns",
    } <= info.keys()
    assert (info["filename"], info["rows"], info["date_column"]) == ("data.csv", 2, "date")

    again = asking.get(f"/datasets/{told['dataset_id']}").json()
    assert again["data_info"] == info
    listed = asking.get("/datasets", params={"limit": 1}).json()["datasets"]
    assert [one["dataset_id"] for one in listed] == [told["dataset_id"]]
    assert sorted(path.name for path in folder(server).iterdir()).count(
        f"{told['dataset_id']}.parquet"
    )


def test_deleting(server: Served, asking: httpx2.Client) -> None:
    dataset_id = upload(asking, CSV)
    assert asking.delete(f"/datasets/{dataset_id}").status_code == 204
    assert not (folder(server) / f"{dataset_id}.parquet").exists()
    for answer in (asking.get(f"/datasets/{dataset_id}"), asking.delete(f"/datasets/{dataset_id}")):
        assert answer.status_code == 404
        assert "Dataset not found" in answer.json()["detail"]


def test_many_at_once_are_many(asking: httpx2.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: upload(asking, CSV), range(24)))
    assert len(set(ids)) == 24
    told: list[str] = []
    after: str | None = None
    while True:
        page = asking.get("/datasets", params={"limit": 10} | ({"after": after} if after else {}))
        told += [one["dataset_id"] for one in page.json()["datasets"]]
        after = page.json()["next"]
        if after is None:
            break
    assert set(ids) <= set(told)
    assert len(told) == len(set(told))


def test_a_key_makes_one_dataset(asking: httpx2.Client) -> None:
    def send(content: bytes) -> httpx2.Response:
        headers = {"Idempotency-Key": "upload-1"}
        return asking.post("/upload-dataset", files={"file": ("a.csv", content)}, headers=headers)

    first, again, other = send(CSV), send(CSV), send(CSV + b"2024-01-03,9\n")
    assert first.json() == again.json()
    assert (other.status_code, other.json()["type"]) == (409, "/problems/key-used-already")


def test_a_body_may_be_the_file_itself(asking: httpx2.Client) -> None:
    headers = {"content-type": "application/vnd.apache.parquet"}
    answer = asking.post(
        "/upload-dataset?name=p.parquet", content=parquet(prices()), headers=headers
    )
    info = answer.json()["data_info"]
    assert (info["filename"], info["format"], info["rows"]) == ("p.parquet", "parquet", 300)


def test_one_row_is_counted_as_one(asking: httpx2.Client) -> None:
    one = asking.post("/upload-dataset", files={"file": ("one.csv", "a,b\n1,2\n")}).json()
    assert one["message"] == "Dataset uploaded successfully: 1 row of 2 columns."
    assert "It has 1 row; a model learns little from so few." in one["data_info"]["warnings"]
    asking.delete(f"/datasets/{one['dataset_id']}")


FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="a.csv"\r\n\r\n%s\r\n'


@pytest.mark.parametrize(
    ("kind", "body", "status", "told"),
    [
        (FORM, PART % (b"file", CSV), 400, "breaks off before its end"),
        (FORM, PART % (b"other", CSV) + b"--b--\r\n", 422, "no field 'file'; it has 'other'"),
        (FORM, 2 * (PART % (b"file", CSV)) + b"--b--\r\n", 400, "more than one field 'file'"),
        (FORM, b"nonsense", 400, "cannot be read"),
        ("multipart/form-data", b"x", 400, "has no boundary"),
        (FORM, PART % (b"file", b"") + b"--b--\r\n", 422, "a.csv is empty"),
        (FORM, PART % (b"file", b"PK\x03\x04zip") + b"--b--\r\n", 422, "a.csv is a zip"),
        (FORM, PART % (b"file", b"a,b\n1\n") + b"--b--\r\n", 422, "a.csv, line 2: 1 cells"),
        (FORM, b"--b\r\n" + b"x" * 9_000 + b": y\r\n\r\n", 400, "cannot be read"),
        (FORM, b"".join(PART % (b"x", b"") for _ in range(200)), 400, "more than 100 fields"),
        ("text/csv", b"", 422, "upload is empty"),
    ],
)
def test_bad_uploads_leave_nothing(
    server: Served, asking: httpx2.Client, kind: str, body: bytes, status: int, told: str
) -> None:
    before = set(folder(server).iterdir()), asking.get("/datasets?limit=1").json()
    answer = asking.post("/upload-dataset", content=body, headers={"content-type": kind})
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert (set(folder(server).iterdir()), asking.get("/datasets?limit=1").json()) == before


def test_a_bomb_is_refused_by_what_its_headers_say(
    server: Served, asking: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(folder(server).iterdir())
    monkeypatch.setattr(columnar, "MAX_CELLS", 999_999)
    bomb = parquet(pl.DataFrame({"x": pl.repeat(0.0, 1_000_000, eager=True)}))
    assert len(bomb) < 10_000
    answer = asking.post("/upload-dataset", files={"file": ("bomb.parquet", bomb)})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/message-too-large")
    assert "bomb.parquet unpacks to 1,000,000 rows of 1 columns" in answer.json()["detail"]
    assert set(folder(server).iterdir()) == before


def test_uploads_stop_at_the_limit(tmp_path: Path) -> None:
    with served(tmp_path / "data", max_upload_size="50KB") as small, client(small) as asking:
        fits = b"a\n" + b"1\n" * 20_000
        assert asking.post("/upload-dataset", files={"file": fits}).status_code == 200
        large = b"a\n" + b"1\n" * 30_000
        answer = asking.post("/upload-dataset", files={"file": large})
        assert answer.status_code == 413
        assert "50,000 bytes" in answer.json()["detail"]
        assert "MAX_UPLOAD_SIZE" in answer.json()["detail"]

        def endless() -> Iterator[bytes]:
            # Chunked: nothing says how long it will be.
            for _ in range(1_000):
                yield b"1\n" * 5_000

        answer = asking.post(
            "/upload-dataset", content=endless(), headers={"content-type": "text/csv"}
        )
        assert answer.status_code == 413
        assert len(list(folder(small).iterdir())) == 1


def test_a_client_that_goes_away_leaves_nothing(server: Served, asking: httpx2.Client) -> None:
    before = set(folder(server).iterdir())

    async def leave() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = "POST /upload-dataset HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
        writer.write(f"{head}Content-Length: 9000000\r\n\r\n".encode() + b"a,b\n1,2\n" * 200_000)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    asyncio.run(leave())
    for _ in range(100):
        if set(folder(server).iterdir()) == before:
            break
        asking.get("/health")
    assert set(folder(server).iterdir()) == before


def test_a_full_disk_is_told_and_nothing_is_kept(
    asking: httpx2.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    before = asking.get("/datasets?limit=1").json()
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    monkeypatch.setattr(FolderShelf, "draft", lambda _: full)
    answer = asking.post("/upload-dataset", files={"file": CSV})
    assert answer.status_code == 503
    assert "No space left on device" in answer.json()["detail"]
    assert asking.get("/datasets?limit=1").json() == before
    assert not full.is_symlink()
