"""What the OpenAPI document offers, tried by schemathesis: no request is an internal error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import Served

ROOT = Path(__file__).parents[2]
HOOKS = "tests.server.openapi_hooks"
CONFIG = "[cache]\nenabled = false\n"


ALL = "examples,coverage,fuzzing,stateful"


def run(server: Served, folder: Path, *, examples: int, seed: int, phases: str = ALL) -> str:
    """Try every route; return what schemathesis printed."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config)),
        *("run", f"http://127.0.0.1:{server.port}/openapi.json"),
        *("--checks", "not_a_server_error", "--warnings", "off", "--phases", phases),
        *("--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "30"),
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=1_800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check(server: Served, said: str, least: int) -> None:
    """Every route was tried, often, and the server is still well."""
    tried = re.search(r"Tested: (\d+)", said)
    assert tried is not None, said
    routes = server.get("/openapi.json").json()["paths"].values()
    assert int(tried[1]) == sum(map(len, routes)), said
    cases = re.search(r"([\d,]+) generated, ([\d,]+) passed", said)
    assert cases is not None, said
    assert cases[1] == cases[2], said
    assert int(cases[1].replace(",", "")) >= least, said
    assert server.get("/health").json()["status"] == "healthy"


def test_no_request_is_an_internal_error(server: Served, tmp_path: Path) -> None:
    said = run(server, tmp_path, examples=10, seed=1, phases="examples,fuzzing")
    check(server, said, least=300)


@pytest.mark.slow
def test_none_of_many_requests_is_an_internal_error(server: Served, tmp_path: Path) -> None:
    check(server, run(server, tmp_path, examples=100, seed=2), least=2_000)
