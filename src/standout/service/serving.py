"""Models in memory: brought in when they are first asked, within a bound, and kept ready."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np

from standout.detectors.archive import read_archive
from standout.detectors.batch.fitted import Fitted
from standout.domain.models import Model, ModelVersion
from standout.domain.ports.files import FileShelf
from standout.domain.ports.models import ModelStore
from standout.errors import ModelDamaged
from standout.service.model_lookup import find_model, not_ready
from standout.service.rows import RowReader

QUICK_S: Final = 0.0005
"""A row that takes longer is scored in a thread, so that others need not wait."""
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A version of a model that is ready to predict.

    Parameters
    ----------
    model_id, version
        Which it is.
    fitted
        What it learnt.
    rows
        Reads its rows.
    names
        Its features.
    quick
        Whether one row may be scored on the event loop.
    bytes
        Of its file; about what it takes of memory.
    """

    model_id: str
    version: int
    fitted: Fitted
    rows: RowReader
    names: tuple[str, ...]
    quick: bool
    bytes: int


class ModelCache:
    """The models that predict, those that were asked last.

    Parameters
    ----------
    store, shelf
        Where models are kept.
    max_bytes
        Of all files together, beyond which the longest unasked goes; one model always stays.
    """

    def __init__(self, store: ModelStore, shelf: FileShelf, *, max_bytes: int) -> None:
        self._store = store
        self._shelf = shelf
        self._max_bytes = max_bytes
        self._served: OrderedDict[str, ServedModel] = OrderedDict()
        self._loading: dict[str, asyncio.Lock] = {}
        self._bytes = 0
        self._changes = 0

    def at_hand(self, model_id: str) -> ServedModel | None:
        """Return a model that is in memory; None if it is not."""
        served = self._served.get(model_id)
        if served is not None:
            self._served.move_to_end(model_id)
        return served

    async def get(self, model_id: str) -> ServedModel:
        """Return the live version of a model, from its file if it is not in memory.

        Raises
        ------
        ModelNotFound, ModelNotReady
            There is none of this id, or none of its versions is ready.
        ModelDamaged
            Its file is missing or was changed.
        """
        served = self.at_hand(model_id)
        if served is not None:
            return served
        lock = self._loading.setdefault(model_id, asyncio.Lock())
        try:
            async with lock:
                served = self.at_hand(model_id)
                return served if served is not None else await self._bring(model_id)
        finally:
            if not lock.locked():
                self._loading.pop(model_id, None)

    async def load(self, model: Model, version: ModelVersion) -> ServedModel:
        """Read a version from its file; raises `ModelDamaged`. It is not put into service."""
        return await asyncio.to_thread(self._read, model, version)

    def forget(self, model_id: str) -> None:
        """Let go of a model that was changed; it is read again when it is asked for."""
        self._changes += 1
        self._drop(model_id)

    def count(self) -> int:
        """Count the models in memory."""
        return len(self._served)

    async def _bring(self, model_id: str) -> ServedModel:
        while True:
            changes = self._changes
            model = await find_model(self._store, model_id)
            live = model.find(model.live)
            if live is None:
                raise not_ready(model, model.versions[-1])
            served = await self.load(model, live)
            # It may have been deleted, rolled back or trained anew in the meantime.
            if changes == self._changes:
                break
        self._served[model_id] = served
        self._bytes += served.bytes
        while self._bytes > self._max_bytes and len(self._served) > 1:
            self._drop(next(iter(self._served)))
        return served

    def _drop(self, model_id: str) -> None:
        served = self._served.pop(model_id, None)
        if served is not None:
            self._bytes -= served.bytes

    def _read(self, model: Model, version: ModelVersion) -> ServedModel:
        path = self._shelf.path(model.file(version.version))
        try:
            fitted = Fitted.from_state(read_archive(path, sha256=version.sha256))
        except (ValueError, KeyError) as error:
            msg = (
                f"The file of version {version.version} of model {model.id!r} is not used: {error}."
                " Load another version, or train it anew."
            )
            raise ModelDamaged(msg) from error
        except OSError as error:
            reason = error.strerror or str(error)
            msg = f"The file of model {model.id!r} cannot be read: {path.name}: {reason}."
            raise ModelDamaged(msg) from error
        return ServedModel(
            model_id=model.id,
            version=version.version,
            fitted=fitted,
            rows=RowReader(fitted.plan, version.asked["columns"]),
            names=fitted.plan.names,
            quick=_row_s(fitted) < QUICK_S,
            bytes=version.bytes,
        )


def _row_s(fitted: Fitted) -> float:
    """Return how long one row takes; the first ones compile and warm what there is."""
    row = np.ascontiguousarray(fitted.filler.median.reshape(1, -1))
    took = []
    for _ in range(_TRIES):
        begin = time.perf_counter()
        fitted.calibration(fitted.detector.score_many(row))
        fitted.explain(row)
        took.append(time.perf_counter() - begin)
    return min(took)
