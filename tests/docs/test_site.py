"""The documentation becomes a site without a warning, with every page, and without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.snippets import ROOT

FOREIGN = re.compile(r"""<(?:script|img|link|source|iframe)[^>]+(?:src|href)=["'](?:https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", str(out / "cache"), "docs"]
    done = subprocess.run(
        [*command, str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out


def test_every_page_is_in_it_and_in_its_list(site: Path) -> None:
    first = (site / "index.html").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        name = str(page.relative_to(ROOT / "docs").with_suffix(".html"))
        assert (site / name).is_file(), name
        assert name == "index.html" or f'href="{name}"' in first, name


def test_it_needs_no_network(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not FOREIGN.search(page.read_text()), page.name
