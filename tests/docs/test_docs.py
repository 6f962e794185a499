"""The documentation says what is: generated pages are fresh, links lead somewhere, snippets run."""

from __future__ import annotations

import doctest
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from standout import errors
from standout.cli.program import program
from standout.errors import StandoutError
from standout.service.detectors import detectors
from tests.docs.snippets import ROOT, blocks, files, run_python, run_shell, variables
from tests.serving import Served, served

REFERENCE = ROOT / "docs" / "reference"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs/explanation/the-vote.md",
    *sorted((ROOT / "docs/tutorial").glob("*.md")),
    *sorted((ROOT / "docs/howto").glob("*.md")),
]
HOSTS = {"127.0.0.1", "localhost", "github.com", "keepachangelog.com", "semver.org"}
"""This machine, NAB's repository, and the two conventions that the changelog follows."""

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def reference() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REFERENCE)
        yield importlib.import_module("generate")


@pytest.fixture(scope="module")
def spec(reference: Any) -> dict[str, Any]:
    found: dict[str, Any] = importlib.import_module("routes").openapi()
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one data folder to all pages: what several of them send must give the same answers."""
    # The server shares this process, and its log may not mix with what a snippet prints.
    with capture_logs(), served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder with the files that the pages show."""
    for page in RUN:
        for name, text in files(page):
            place = tmp_path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    monkeypatch.chdir(tmp_path)


def test_reference_is_fresh(reference: Any) -> None:
    made = reference.pages()
    stale = [name for name, text in made.items() if (REFERENCE / name).read_text() != text]
    assert not stale, "run: python docs/reference/generate.py"
    assert {page.name for page in REFERENCE.glob("*.md")} == set(made)


@pytest.mark.parametrize("doc", RUN, ids=named)
@pytest.mark.usefixtures("folder")
def test_snippets_run(doc: Path, server: Served) -> None:
    """Run a page from top to bottom; a block of text after one is what it prints."""
    printed = ""
    for block in blocks(doc):
        if block.info == "python":
            printed = run_python(block.text, server.port)
        elif block.info == "sh":
            printed = run_shell(block.text, server.port)
        elif block.info == "text":
            check = doctest.OutputChecker().check_output
            assert check(block.text, printed, doctest.ELLIPSIS), f"it printed:\n{printed}"
        else:
            assert block.info.split()[0] in {"csv", "yaml"}, block.info


def test_readme_shows_real_answers(server: Served) -> None:
    code = next(block for block in blocks(ROOT / "README.md") if block.info == "python")
    answer = '{"timestamp":1767225650,"anomaly":1}'
    assert answer in run_python(code.text, server.port).splitlines()
    assert f"`{answer}`" in (ROOT / "README.md").read_text()


@cache
def all_docs() -> str:
    return "\n".join(page.read_text() for page in PAGES)


@pytest.mark.parametrize("name", list(program.commands))
def test_command_is_documented(name: str) -> None:
    assert f"standout {name}" in all_docs()


def test_targets_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    told = set(re.findall(r"`make ([^`]+)`", all_docs()))
    assert told
    assert told <= set(targets)


@pytest.mark.parametrize("name", sorted(variables()))
def test_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in all_docs()


@pytest.mark.parametrize("name", sorted({one.name for one in detectors().detectors}))
def test_detector_is_documented(name: str) -> None:
    assert f"`{name}`" in all_docs()


def test_problems_are_documented() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, StandoutError) and kind is not StandoutError
    ]
    assert kinds
    # The line is "| type | status | title | when | class |": none may be empty.
    filled = re.findall(
        r"^\| `/problems/\S+` \| \d+ \| \S.* \| \S.* \| `(\w+)` \|$",
        (REFERENCE / "problems.md").read_text(),
        re.MULTILINE,
    )
    assert sorted(filled) == sorted(kind.__name__ for kind in kinds)


def routes_of(spec: dict[str, Any]) -> set[str]:
    return {
        f"{'WebSocket' if '101' in operation['responses'] else method.upper()} {path}"
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
    }


def test_routes_are_documented(spec: dict[str, Any]) -> None:
    """Every route is in the reference; the README names some, and none that is not there."""
    rows = r"^\| `((?:[A-Z]+|WebSocket) /\S*)` \|"
    told = set(re.findall(rows, (ROOT / "README.md").read_text(), re.MULTILINE))
    assert told
    assert told <= routes_of(spec)
    headings = re.findall(r"^## (.+)$", (REFERENCE / "http.md").read_text(), re.MULTILINE)
    found = {heading.replace("`", "").replace("*", "") for heading in headings}
    assert found == routes_of(spec) | {"Objects"}


@pytest.mark.parametrize("doc", PAGES, ids=named)
def test_links_lead_somewhere(doc: Path) -> None:
    for link in LINK.findall(prose(doc)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (doc.parent / name).resolve() if name else doc
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("doc", PAGES, ids=named)
def test_only_these_hosts_are_named(doc: Path) -> None:
    """Packages come from wherever the reader's machine gets them."""
    named_hosts = set(re.findall(r"\w+://([\w.-]*\w)", doc.read_text()))
    assert named_hosts <= HOSTS


def test_architecture_names_every_room() -> None:
    drawn = blocks(ROOT / "docs/explanation/architecture.md")[0].text
    told = {
        room for line in drawn.splitlines() for room in re.split(r"\s{2,}", line)[0].split(", ")
    }
    inside = (ROOT / "src/standout").iterdir()
    there = {path.stem for path in inside if path.suffix in {"", ".py"}}
    assert told == {name for name in there if not name.startswith("_")}


def test_every_page_is_in_the_index() -> None:
    """From the index, link by link, each page can be reached."""
    start = ROOT / "docs" / "index.md"
    linked = {
        (start.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(start))
    }
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs")}
    assert pages - linked == {start}


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings get: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
