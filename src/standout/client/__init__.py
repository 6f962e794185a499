"""Client library: sync, async and streaming, over `standout.schemas`.

`Client` and `AsyncClient` are the two faces of the whole API; `StreamClient` streams over one
WebSocket.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standout.client.async_client import AsyncClient
    from standout.client.backoff import Backoff
    from standout.client.client import Client
    from standout.client.columns import ObservationColumns, Refusal, Verdicts
    from standout.client.lockstep import LockstepStream
    from standout.client.stream import StreamClient

__all__ = [
    "AsyncClient",
    "Backoff",
    "Client",
    "LockstepStream",
    "ObservationColumns",
    "Refusal",
    "StreamClient",
    "Verdicts",
]

_HOMES = {
    "AsyncClient": "async_client",
    "Backoff": "backoff",
    "Client": "client",
    "LockstepStream": "lockstep",
    "ObservationColumns": "columns",
    "Refusal": "columns",
    "StreamClient": "stream",
    "Verdicts": "columns",
}


def __getattr__(name: str) -> Any:
    # Late, so that whoever wants only a part of this room need not load polars and pydantic.
    if name in _HOMES:
        return getattr(import_module(f"standout.client.{_HOMES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
