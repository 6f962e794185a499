"""The client's room opens at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

import standout.client

HEAVY = ("fastapi", "httpx2", "numba", "numpy", "polars", "pydantic", "sqlalchemy", "uvicorn")
SERVER = ("fastapi", "numba", "sqlalchemy", "uvicorn", "standout.service", "standout.store")


def loaded(code: str) -> set[str]:
    run = [sys.executable, "-c", f"import sys, {code}; print(*sys.modules)"]
    return set(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())


def test_its_import_loads_nothing_heavy() -> None:
    assert not loaded("standout.client") & set(HEAVY)


def test_a_client_needs_nothing_of_the_server() -> None:
    code = "standout.client; standout.client.Client, standout.client.AsyncClient"
    assert not loaded(code) & set(SERVER)


def test_every_name_is_there() -> None:
    for name in standout.client.__all__:
        assert getattr(standout.client, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        standout.client.Nothing  # noqa: B018
