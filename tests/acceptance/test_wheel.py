"""A wheel that is installed where nothing of the sources is serves every page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["/", "/ui/streams", "/ui/datasets", "/ui/models", "/ui/playground", "/ui/log"]
HTML = {"Accept": "text/html"}

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    # Nothing of the sources may help: neither a path nor what pytest has set.
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=clean, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with ``python -m build``, and install it with the lock elsewhere."""
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", place, ROOT, cwd=place)
    (wheel,) = place.glob("standout-*.whl")
    environment = place / "environment"
    run(sys.executable, "-m", "uv", "venv", "--python", sys.executable, environment, cwd=place)
    python = environment / "bin/python"
    pip = (sys.executable, "-m", "uv", "pip", "install", "--python", python)
    constraints = ("--constraint", ROOT / "requirements.txt")
    run(*pip, *constraints, wheel, cwd=place)
    return environment / "bin/standout"


@pytest.fixture(scope="module")
def url(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("served")
    command = [str(installed), "serve", "--port", "0", "--data-dir", str(place / "data")]
    with (
        (place / "log").open("w") as log,
        subprocess.Popen(command, cwd=place, stderr=log, text=True) as server,
    ):
        try:
            yield _address(server, place / "log")
        finally:
            server.terminate()
            server.wait(30)


def _address(server: subprocess.Popen[str], log: Path) -> str:
    while server.poll() is None:
        text = log.read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        if found and '"ready"' in text:
            return found[0]
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("path", [*PAGES, "/ui/settings", "/ui/models/nobody", "/docs"])
def test_a_page_and_all_that_it_names_is_there(url: str, path: str) -> None:
    page = httpx2.get(url + path, headers=HTML, timeout=60)
    assert page.status_code == 200
    files = re.findall(r'(?:src|href)="(/ui/static/[^"]+)"', page.text)
    assert files
    for name in files:
        assert httpx2.get(url + name).status_code == 200, name


def test_the_wheel_carries_no_tests(installed: Path) -> None:
    listed = run(
        installed.parent / "python",
        "-c",
        "import importlib.metadata as m; print(*m.files('standout'))",
        cwd=installed.parent,
    )
    assert "kernels/vote.py" in listed
    assert "tests/" not in listed
