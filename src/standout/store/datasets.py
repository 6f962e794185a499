"""Datasets in SQL; their rows are in files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final

from standout.domain.datasets import Dataset
from standout.store.catalogue import NEWEST, Catalogue

_COLUMNS: Final = "number, id, name, rows, bytes, sha256, created_us, profile"
_FIND: Final = f"SELECT {_COLUMNS} FROM datasets WHERE tenant = ? AND id = ?"  # noqa: S608 - constants
_PAGE: Final = (
    f"SELECT {_COLUMNS} FROM datasets WHERE tenant = ? AND number < ?"  # noqa: S608 - as above
    " ORDER BY number DESC LIMIT ?"
)
_ADD: Final = """
INSERT INTO datasets (tenant, id, name, rows, bytes, sha256, created_us, profile)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
"""
_DELETE: Final = "DELETE FROM datasets WHERE tenant = ? AND id = ?"


class SqlDatasets:
    """A `DatasetStore` on a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, tenant: int, dataset: Dataset) -> Future[Dataset]:
        """Keep a dataset; return it with its number."""
        values = (
            tenant,
            dataset.id,
            dataset.name,
            dataset.rows,
            dataset.bytes,
            dataset.sha256,
            dataset.created_us,
            json.dumps(dict(dataset.profile)),
        )

        def write(connection: sqlite3.Connection) -> Dataset:
            (number,) = connection.execute(_ADD, values).fetchone()
            return replace(dataset, number=number)

        return self._catalogue.write(write)

    def find(self, tenant: int, dataset_id: str) -> Dataset | None:
        """Find a dataset by its id."""
        found = self._catalogue.read(_FIND, (tenant, dataset_id))
        return _as_dataset(found[0]) if found else None

    def page(self, tenant: int, *, limit: int, before: int | None) -> list[Dataset]:
        """Return datasets by their numbers, newest first, of those below `before`."""
        bound = NEWEST if before is None else before
        return [_as_dataset(row) for row in self._catalogue.read(_PAGE, (tenant, bound, limit))]

    def delete(self, tenant: int, dataset_id: str) -> Future[bool]:
        """Forget a dataset; return whether it was there."""
        return self._catalogue.write(
            lambda c: c.execute(_DELETE, (tenant, dataset_id)).rowcount > 0
        )


def _as_dataset(row: Sequence[Any]) -> Dataset:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Dataset(**values | {"profile": json.loads(values["profile"])})
