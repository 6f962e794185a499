"""What the services ask of a store of datasets."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from standout.domain.datasets import Dataset


class DatasetStore(Protocol):
    """Keeps what is told of datasets; see `JobStore` for how it answers."""

    def add(self, tenant: int, dataset: Dataset) -> Future[Dataset]:
        """Keep a dataset; return it with its number."""
        ...

    def find(self, tenant: int, dataset_id: str) -> Dataset | None:
        """Find a dataset by its id."""
        ...

    def page(self, tenant: int, *, limit: int, before: int | None) -> list[Dataset]:
        """Return datasets by their numbers, newest first, of those below `before`."""
        ...

    def delete(self, tenant: int, dataset_id: str) -> Future[bool]:
        """Forget a dataset; return whether it was there."""
        ...
