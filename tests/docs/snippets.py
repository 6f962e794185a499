"""Blocks of the documentation, and how each kind is run."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import click
import httpx2
from click.testing import CliRunner

from standout.cli.program import program
from standout.settings import Settings

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):(?:3000|8000)")
# What a shell snippet may name besides our settings.
VARIABLES = {"NUMBA_DISABLE_JIT", "CHROMIUM"}

DEPLOYING = {
    *("podman", "docker", "oc", "kubectl", "systemctl", "cp", "python3"),
    "/opt/standout/bin/pip",
}
"""What would change the machine: only the files that it names are looked for."""


@dataclass(frozen=True)
class Block:
    """A fenced block: what stands after the fence, and what is in it."""

    info: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(info.strip(), text) for info, text in found]


def files(page: Path) -> Iterator[tuple[str, str]]:
    """Give the files that a page shows: blocks such as ``csv pump.csv``."""
    for block in blocks(page):
        kind, _, name = block.info.partition(" ")
        if kind in {"csv", "yaml"} and name:
            yield name, block.text


def run_python(code: str, port: int) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(ADDRESS.sub(f"127.0.0.1:{port}", code), {"__name__": "snippet"})
    return printed.getvalue()


def run_shell(code: str, port: int) -> str:
    lines = code.replace("\\\n", " ").splitlines()
    return "".join(run_line(ADDRESS.sub(f"127.0.0.1:{port}", line), port) for line in lines)


def run_line(line: str, port: int) -> str:
    """Run a line, or check what would need an installation or would not end."""
    # A shell would take what follows for another command.
    assert not {"&", ";", "|"} & set(shlex.shlex(line, punctuation_chars="&;|")), line
    command, *arguments = shlex.split(line, comments=True)
    match command:
        case "standout":
            return run_standout(arguments, port)
        case "curl":
            return run_curl(arguments)
        case "make":
            assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        case "export":
            assert arguments[0].partition("=")[0] in VARIABLES | variables(), line
        case "pip" | "python" | ".venv/bin/pytest":
            for name in arguments:
                assert name.startswith("-") or name == "install" or (ROOT / name).exists(), line
        case _ if command in DEPLOYING:
            for name in arguments:
                assert not name.startswith("deploy/") or (ROOT / name).exists(), line
        case _:
            assert (command, arguments) == (".", [".venv/bin/activate"]), line
    return ""


def run_standout(arguments: list[str], port: int) -> str:
    name, *options = arguments
    if name not in {"detect", "stream", "train", "simulate"}:
        with click.Context(program) as parent:
            assert program.commands[name].make_context(name, options, parent=parent).command
        return ""
    if name == "stream" and "--url" not in options:
        options += ["--url", f"http://127.0.0.1:{port}"]
    result = CliRunner().invoke(program, [name, *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def run_curl(arguments: list[str]) -> str:
    """Do what curl does with the few options that the docs use."""
    method, headers, body, url = "GET", {}, None, ""
    form: dict[str, tuple[str, bytes]] = {}
    rest = iter(arguments)
    for argument in rest:
        match argument:
            case "-s":
                continue
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(":")
                headers[name] = value.strip()
            case "-d" | "--data-binary":
                data = next(rest)
                body = Path(data[1:]).read_bytes() if data.startswith("@") else data.encode()
                method = "POST" if method == "GET" else method
            case "-F":
                field, _, name = next(rest).partition("=@")
                form[field] = (Path(name).name, Path(name).read_bytes())
                method = "POST"
            case _:
                assert not argument.startswith("-"), argument
                url = argument
    response = httpx2.request(
        method, url, headers=headers, content=body, files=form or None, timeout=60
    )
    assert response.is_success, response.text
    return response.text if response.text.endswith("\n") else response.text + "\n"


def variables() -> set[str]:
    """Return the environment variables of all settings."""
    names = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names |= {n for n in getattr(alias, "choices", ()) if isinstance(n, str) and n.isupper()}
        inner = getattr(field.annotation, "model_fields", None)
        names |= {f"STANDOUT_{name}__{part}".upper() for part in inner or ()}
        names |= set() if inner else {f"STANDOUT_{name}".upper()}
    return names
