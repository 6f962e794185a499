import subprocess
import sys

import pytest

from standout import __version__
from tests.cli.run import run

HEAVY = ("numpy", "numba", "polars", "sqlalchemy", "fastapi", "pydantic", "uvicorn", "rich")


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    code = f"import sys, standout.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for command in ("serve", "demo", "stream", "detect", "evaluate"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize("command", ["serve", "demo", "stream", "detect", "evaluate"])
def test_each_command_has_help(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: standout {command}")


def test_version() -> None:
    assert run("--version").stdout == f"standout {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("detect",),
        ("detect", "x.csv", "--window", "5"),
        ("stream", "x.csv"),
        ("stream", "x.csv", "--client-id", "a", "--window", "10001"),
        ("stream", "x.csv", "--client-id", "a", "--rate", "0"),
        ("serve", "--port", "70000"),
        ("serve", "--config", "none.yaml"),
    ],
)
def test_wrong_use_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr
