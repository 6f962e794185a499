from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from standout.domain.ports import StreamStore
from standout.store.memory import MemoryStore
from standout.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "standout.db"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[StreamStore]:
    """Every store, one after the other: they pass one suite."""
    opened: StreamStore = MemoryStore() if request.param == "memory" else SqliteStore(path)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()
