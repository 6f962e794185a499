"""Datasets: tables that are uploaded, looked at, and kept as they are."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import polars as pl

from standout.detectors.archive import digest
from standout.domain.datasets import Dataset
from standout.domain.ports.datasets import DatasetStore
from standout.domain.ports.files import FileShelf
from standout.domain.records import DEFAULT_TENANT
from standout.domain.times import now_us
from standout.errors import DataFolderUnwritable, DatasetNotFound, InvalidInput
from standout.readers.datasets.profile import profile
from standout.readers.datasets.read import ReadDataset, read_dataset
from standout.service.jobs import new_id

READERS: Final = 2
"""Files that are read at one time; each may take several times its size of memory."""
_ROW_GROUP: Final = 131_072
_MAX_NAME: Final = 200


class DatasetService:
    """Takes datasets in and gives them out.

    Parameters
    ----------
    store
        Keeps what is told of them.
    shelf
        Keeps their rows, a Parquet file each.
    """

    def __init__(self, store: DatasetStore, shelf: FileShelf) -> None:
        self._store = store
        self._shelf = shelf
        self._readers = asyncio.Semaphore(READERS)

    def recover(self) -> None:
        """Remove what uploads left that the server's end cut off."""
        self._shelf.sweep()

    def draft(self) -> Path:
        """Return a path in the data folder for a file that comes in; its taker removes it."""
        return self._shelf.draft()

    async def add(self, path: Path, name: str) -> Dataset:
        """Read a file and keep it as a dataset; the file itself is left to the caller.

        Parameters
        ----------
        path
            From `draft`.
        name
            What it is called.

        Raises
        ------
        UnreadableFile, MessageTooLarge
            It is no table, or unpacks to too much.
        DataFolderUnwritable, StoreUnavailable
            It cannot be kept; nothing was.
        """
        shown = Path(name).name[:_MAX_NAME] or "the file"
        async with self._readers:
            read, facts = await asyncio.to_thread(_look_at, path, shown)
            return await self.keep(read.frame, shown, facts)

    async def keep(self, frame: pl.DataFrame, name: str, facts: dict[str, Any]) -> Dataset:
        """Keep a table with its profile; raises as `add`."""
        dataset_id = new_id("dataset")
        draft = self._shelf.draft()
        try:
            dataset = await asyncio.to_thread(_write, frame, draft, dataset_id, name, facts)
            await asyncio.to_thread(self._shelf.publish, draft, dataset.file)
        finally:
            draft.unlink(missing_ok=True)
        try:
            return await asyncio.wrap_future(self._store.add(DEFAULT_TENANT, dataset))
        except BaseException:
            self._shelf.remove([dataset.file])
            raise

    async def find(self, dataset_id: str) -> Dataset:
        """Find a dataset.

        Raises
        ------
        DatasetNotFound
            There is none of this id.
        """
        found = await asyncio.to_thread(self._store.find, DEFAULT_TENANT, dataset_id)
        if found is None:
            raise not_found(dataset_id)
        return found

    async def page(self, *, limit: int, before: int | None = None) -> list[Dataset]:
        """Return datasets, newest first, of those whose number is below `before`."""
        return await asyncio.to_thread(self._store.page, DEFAULT_TENANT, limit=limit, before=before)

    async def delete(self, dataset_id: str) -> None:
        """Forget a dataset and its rows; raises as `find`. Models that it taught stay."""
        there = await asyncio.wrap_future(self._store.delete(DEFAULT_TENANT, dataset_id))
        if not there:
            raise not_found(dataset_id)
        await asyncio.to_thread(self._shelf.remove, [f"{dataset_id}.parquet"])

    def path(self, dataset: Dataset) -> Path:
        """Return the Parquet file of a dataset."""
        return self._shelf.path(dataset.file)

    async def frame(self, dataset: Dataset) -> pl.DataFrame:
        """Read a dataset's rows; raises as `find` if it was deleted just now."""
        try:
            return await asyncio.to_thread(pl.read_parquet, self.path(dataset))
        except FileNotFoundError:
            raise not_found(dataset.id) from None

    async def combine(self, first: Dataset, second: Dataset, name: str) -> Dataset:
        """Keep the rows of one dataset, then those of another, as a new one.

        A column that only one of them has is missing in the rows of the other.

        Raises
        ------
        InvalidInput
            A column holds text in one and numbers in the other, or they have none in common.
        """
        _check_kinds(first, second)
        frames = [await self.frame(first), await self.frame(second)]
        async with self._readers:
            frame, facts = await asyncio.to_thread(_combined, frames, name)
            return await self.keep(frame, name, facts)


def not_found(dataset_id: str) -> DatasetNotFound:
    """Return the error of a dataset that is not there."""
    return DatasetNotFound(f"Dataset not found: there is no dataset {dataset_id[:200]!r}.")


def _look_at(path: Path, name: str) -> tuple[ReadDataset, dict[str, Any]]:
    read = read_dataset(path, name)
    facts = profile(read.frame)
    facts["warnings"] = [*read.warnings, *facts["warnings"]]
    told = {
        "filename": name,
        "format": read.format,
        "size_bytes": path.stat().st_size,
        "delimiter": read.delimiter,
        "encoding": read.encoding,
        "header": read.header,
        "decimal_comma": read.decimal_comma,
    }
    return read, told | facts


def _combined(frames: list[pl.DataFrame], name: str) -> tuple[pl.DataFrame, dict[str, Any]]:
    frame = pl.concat(frames, how="diagonal_relaxed")
    told = {"filename": name, "format": "combined", "size_bytes": int(frame.estimated_size())}
    return frame, told | profile(frame)


def _check_kinds(first: Dataset, second: Dataset) -> None:
    """Refuse columns that cannot follow each other."""
    numeric = {"integer", "number", "boolean"}
    there = second.kinds
    if there.keys().isdisjoint(first.kinds):
        raise InvalidInput(f"{first.id!r} and {second.id!r} have no column in common.")
    for name, kind in first.kinds.items():
        other = there.get(name, kind)
        if kind != other and not (kind in numeric and other in numeric):
            msg = f"Column {name!r} holds {kind} in {first.id!r} and {other} in {second.id!r}."
            raise InvalidInput(msg)


def _write(
    frame: pl.DataFrame, draft: Path, dataset_id: str, name: str, facts: dict[str, Any]
) -> Dataset:
    try:
        frame.write_parquet(draft, row_group_size=_ROW_GROUP)
        return Dataset(
            id=dataset_id,
            name=name,
            rows=frame.height,
            bytes=draft.stat().st_size,
            sha256=digest(draft),
            created_us=now_us(),
            profile=facts,
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        msg = f"The dataset cannot be written to the data folder: {reason}."
        raise DataFolderUnwritable(msg) from error
