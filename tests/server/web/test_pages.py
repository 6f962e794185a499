import gzip
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from standout.server.web import assets, pages
from standout.server.web.modules import needed
from standout.server.web.told_settings import about
from standout.settings import load_settings

XSS = '<img src=x onerror="document.title=1">'
PATHS = ["/", "/client/pump-7", "/client/nobody", "/docs", "/ui/streams", "/ui/log"]


def app() -> FastAPI:
    """Only the pages: no stream is behind them."""
    made = FastAPI(docs_url=None, redoc_url=None)
    pages.mount_pages(made, load_settings())
    made.add_api_route("/", pages.render_overview, include_in_schema=False)
    made.add_api_route("/docs", pages.docs_page, include_in_schema=False)

    @made.get("/client/{client_id}")
    def client(request: Request, client_id: str) -> Response:
        return pages.render_client(request, client_id, found=client_id in {"pump-7", XSS})

    return made


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app()) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
def test_pages_carry_a_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=", answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_everything_that_a_page_names_is_there(client: TestClient, path: str) -> None:
    names = re.findall(r'(?:src|href)="([^"]+)"', client.get(path).text)
    files = [name for name in names if name.startswith(assets.STATIC_URL)]
    assert files
    assert [name for name in files if client.get(name).status_code != 200] == []
    assert all(name.startswith(("/", "#")) for name in names)


def test_every_module_that_is_imported_is_there() -> None:
    folder = assets.FOLDER / "js"
    for module in folder.glob("*.js"):
        for name in re.findall(
            r'^(?:import|export) [^"]*"(\..+)";$', module.read_text(), re.MULTILINE
        ):
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
    with TestClient(app(), root_path="/standout") as client:
        text = client.get("/client/pump-7").text
    addresses = re.findall(r'(?:src|href)="(/[^"]*)"', text)
    assert addresses
    assert all(address.startswith("/standout/") for address in addresses)
    assert 'data-base="/standout"' in text


@pytest.mark.parametrize("path", ["/", "/client/pump-7", "/ui/streams", "/ui/log"])
def test_the_first_load_is_small(client: TestClient, path: str) -> None:
    page = client.get(path)
    names = set(re.findall(r'(?:src|href)="(/ui/static/[^"]+)"', page.text))
    script = next(name for name in names if name.endswith(".js") and "theme" not in name)
    assert script
    total = len(gzip.compress(page.content, mtime=0))
    for name in names:
        answer = client.get(name, headers={"Accept-Encoding": "gzip"})
        total += int(answer.headers["content-length"])
    assert total < 110_000


def test_a_page_names_every_module_that_it_needs(client: TestClient) -> None:
    """Each import is fetched along with the page, none only once another was read."""
    text = client.get("/client/pump-7").text
    named = set(re.findall(r'href="/ui/static/([^"]+\.js)"', text))
    assert named == set(needed("stream.js"))
    assert {"js/chart.js", "js/dom.js", "js/uplot.js"} <= named


def test_files_are_sent_compressed_to_who_reads_that(client: TestClient) -> None:
    name = "/ui/static/js/stream.js"
    plain = client.get(name, headers={"Accept-Encoding": "identity"})
    packed = client.get(name, headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == (assets.FOLDER / "js/stream.js").read_bytes()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].startswith("text/javascript")
    assert plain.headers["etag"] != packed.headers["etag"]
    again = {"If-None-Match": packed.headers["etag"], "Accept-Encoding": "gzip"}
    assert client.get(name, headers=again).status_code == 304
    refused = client.get(name, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert client.head(name, headers={"Accept-Encoding": "gzip"}).content == b""


def test_the_navigation_leads_to_pages_that_are_there(client: TestClient) -> None:
    for entry in pages.NAVIGATION:
        answer = client.get(entry.path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, entry
        assert f'aria-current="page">{entry.name}</a>' in answer.text
    assert client.get("/ui", follow_redirects=False).headers["location"] == "/"


def test_settings_are_told_with_their_units() -> None:
    told = {name: value for name, value, _ in about(load_settings(port=12_345))["settings"]}
    assert told["port"] == "12345"
    assert told["max_upload_size"] == "100 MB"
    assert told["streams.max_frame_bytes"] == "1 MiB"
    assert told["models.max_training_memory"] == "4 GB"
    assert told["streams.retention_every_s"] == "10 s"
    assert told["store.max_pending_rows"] == "200,000"
    assert told["model.normal_mean"] == "50"
