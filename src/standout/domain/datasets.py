"""Datasets: uploaded tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An uploaded table; it never changes.

    Parameters
    ----------
    id
        Its name, made by the service.
    name
        What the file was called.
    rows
        How many there are.
    bytes, sha256
        Of the file that keeps it.
    created_us
        When it was uploaded, microseconds UTC.
    profile
        What `standout.readers.datasets.profile` says of it, as JSON.
    number
        The store's number for it; 0 before it is kept. It ascends.
    """

    id: str
    name: str
    rows: int
    bytes: int
    sha256: str
    created_us: int
    profile: Mapping[str, Any]
    number: int = 0

    @property
    def file(self) -> str:
        """Name of the file that keeps the rows."""
        return f"{self.id}.parquet"

    @property
    def kinds(self) -> dict[str, str]:
        """Its columns: "integer", "number", "boolean", "datetime" or "text", by name."""
        return dict(self.profile["data_types"])
