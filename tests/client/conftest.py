"""A real server for the tests of a file, and a client of either face."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests.client.faces import client_of
from tests.serving import Served, served

_ids = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def url(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connected(face: str, url: str) -> Iterator[Callable[..., Any]]:
    """Make clients of a face, which are closed after the test."""
    with ExitStack() as stack:

        def make(*args: Any, **options: Any) -> Any:
            client = client_of(face, url, *args, **options)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def client(connected: Callable[..., Any]) -> Any:
    return connected()


@pytest.fixture
def stream_id() -> str:
    return f"stream {next(_ids)}"
