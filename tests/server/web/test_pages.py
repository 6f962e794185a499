import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from standout.server.web import assets
from tests.server.web.bed import Bed, FakeStream

XSS = '<img src=x onerror="document.title=1">'


@pytest.fixture
def client() -> Iterator[TestClient]:
    bed = Bed()
    bed.add(FakeStream("pump-7"))
    bed.add(FakeStream(XSS))
    with TestClient(bed.app) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/client/pump-7", "/client/nobody", "/docs"])
def test_pages_carry_a_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=", answer.text)


@pytest.mark.parametrize("path", ["/", "/client/pump-7", "/client/nobody", "/docs"])
def test_everything_that_a_page_names_is_there(client: TestClient, path: str) -> None:
    names = re.findall(r'(?:src|href)="([^"]+)"', client.get(path).text)
    files = [name for name in names if name.startswith(assets.STATIC_URL)]
    assert files
    assert [name for name in files if client.get(name).status_code != 200] == []
    assert all(name.startswith(("/", "#")) for name in names)


def test_every_module_that_is_imported_is_there() -> None:
    folder = assets.FOLDER / "js"
    for module in folder.glob("*.js"):
        for name in re.findall(r'^import .*"(.+)";$', module.read_text(), re.MULTILINE):
            assert (folder / name).resolve().is_file(), f"{module.name} imports {name}"


def test_an_unknown_stream_is_a_404_with_a_plain_sentence(client: TestClient) -> None:
    answer = client.get("/client/nobody")
    assert answer.status_code == 404
    assert "No stream is called “nobody”." in answer.text


@pytest.mark.parametrize("known", [True, False])
def test_an_id_is_never_markup(client: TestClient, known: bool) -> None:
    answer = client.get(f"/client/{XSS}" if known else f"/client/{XSS}x")
    assert answer.status_code == (200 if known else 404)
    assert "<img" not in answer.text
    assert "&lt;img src=x onerror=&#34;" in answer.text


def test_a_browser_asks_before_it_uses_a_kept_file(client: TestClient) -> None:
    first = client.get("/ui/static/css/base.css")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/ui/static/css/base.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_root_path_stands_before_every_address() -> None:
    bed = Bed()
    bed.add(FakeStream("pump-7"))
    with TestClient(bed.app, root_path="/standout") as client:
        text = client.get("/client/pump-7").text
    addresses = re.findall(r'(?:src|href)="(/[^"]*)"', text)
    assert addresses
    assert all(address.startswith("/standout/") for address in addresses)
    assert 'data-base="/standout"' in text


def test_the_first_load_is_small(client: TestClient) -> None:
    names = re.findall(r'(?:src|href)="(/ui/static/[^"]+)"', client.get("/client/pump-7").text)
    modules = {assets.FOLDER / "js" / path.name for path in (assets.FOLDER / "js").glob("*.js")}
    unused = {"overview.js", "headline.js", "stream_row.js", "docs.js"}
    paths = {assets.FOLDER / name.removeprefix(assets.STATIC_URL + "/") for name in names}
    paths |= {path for path in modules if path.name not in unused}
    total = sum(size(path, gzip.compress(path.read_bytes(), mtime=0)) for path in paths)
    assert total < 110_000


def size(path: Path, compressed: bytes) -> int:
    return path.stat().st_size if path.suffix == ".woff2" else len(compressed)
