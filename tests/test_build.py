"""The wheel, built as a person builds it: what npm gives is in it, with or without Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "hatch_build.py",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".gitignore",
]
WEB = "standout/server/web"
VENDORED = {
    "uplot/uPlot.iife.min.js",
    "uplot/uPlot.min.css",
    "uplot/LICENSE",
    "font/latin.woff2",
    "font/LICENSE",
    "swagger-ui/swagger-ui-bundle.js",
    "swagger-ui/swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui/swagger-ui.css",
    "swagger-ui/LICENSE",
    "swagger-ui/NOTICE",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone: the sources without anything that was built."""
    tree = tmp_path / "tree"
    ignore = shutil.ignore_patterns("vendor", "__pycache__")
    shutil.copytree(ROOT / "src", tree / "src", ignore=ignore)
    for name in SOURCES:
        shutil.copy(ROOT / name, tree)
    return tree


def wheel(source: Path, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder)]
    return subprocess.run(
        [*command, str(source)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def names_in(folder: Path) -> set[str]:
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def assert_whole(names: set[str]) -> None:
    assert {f"{WEB}/static/vendor/{name}" for name in VENDORED} <= names
    for folder in ("templates", "static/css", "static/js"):
        for path in (ROOT / "src" / WEB / folder).iterdir():
            assert f"{WEB}/{folder}/{path.name}" in names


def test_the_lock_names_no_address() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')


def test_a_wheel_carries_the_pages_and_leaves_no_node_modules(tree: Path, tmp_path: Path) -> None:
    done = wheel(tree, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert_whole(names_in(tmp_path / "out"))
    assert not list(tree.rglob("node_modules"))


@pytest.mark.slow
def test_a_machine_without_node_gets_one_for_the_build(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    done = wheel(tree, tmp_path / "out", PATH=str(tmp_path / "bin"))
    assert done.returncode == 0, done.stderr
    assert_whole(names_in(tmp_path / "out"))


def test_what_is_there_for_the_same_lock_is_not_fetched_again(tree: Path, tmp_path: Path) -> None:
    assert wheel(tree, tmp_path / "first").returncode == 0
    broken = break_npm(tmp_path)
    done = wheel(tree, tmp_path / "second", PATH=broken)
    assert done.returncode == 0, done.stderr
    assert_whole(names_in(tmp_path / "second"))
    lock = tree / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert wheel(tree, tmp_path / "third", PATH=broken).returncode != 0


def test_a_failing_npm_is_told_in_plain_words(tree: Path, tmp_path: Path) -> None:
    done = wheel(tree, tmp_path / "out", PATH=break_npm(tmp_path))
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "npm could not fetch the files of the web pages" in told
    assert "the registry is on holiday" in told
    assert not (tree / "src" / WEB / "static/vendor").exists()


@pytest.mark.slow
def test_a_source_distribution_can_build_the_wheel(tree: Path, tmp_path: Path) -> None:
    command = ["uv", "build", "--sdist", "--no-config", "--out-dir", str(tmp_path / "sdist")]
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (archive,) = (tmp_path / "sdist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"hatch_build.py", "package.json", "package-lock.json", ".npmrc"} <= names
    assert not [name for name in names if "/vendor/" in name]
    assert wheel(archive, tmp_path / "out").returncode == 0
    assert_whole(names_in(tmp_path / "out"))


def break_npm(tmp_path: Path) -> str:
    folder = tmp_path / "broken"
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text("#!/bin/sh\necho 'the registry is on holiday' >&2\nexit 7\n")
    npm.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
