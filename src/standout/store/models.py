"""Models and their versions in SQL; what was learnt is in files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import fields, replace
from typing import Any, Final

from standout.domain.models import FAILED, TRAINING, Model, ModelVersion, file_of
from standout.errors import ModelNotFound, TrainingUnderWay
from standout.store.catalogue import NEWEST, Catalogue

_FIND: Final = "SELECT number, id, live, created_us FROM models WHERE tenant = ? AND id = ?"
_PAGE: Final = (
    "SELECT number, id, live, created_us FROM models WHERE tenant = ? AND number < ?"
    " ORDER BY number DESC LIMIT ?"
)
_ADD: Final = "INSERT INTO models (tenant, id, created_us) VALUES (?, ?, ?) RETURNING number"
_NAMES: Final = tuple(field.name for field in fields(ModelVersion))
_VERSIONS: Final = (
    f"SELECT {', '.join(_NAMES)} FROM model_versions WHERE model = ? ORDER BY version"  # noqa: S608 - constants
)
_PUT: Final = (
    f"INSERT OR REPLACE INTO model_versions (model, {', '.join(_NAMES)})"  # noqa: S608 - as above
    f" VALUES (?, {', '.join('?' * len(_NAMES))})"
)
_LIVE: Final = "UPDATE models SET live = ? WHERE number = ?"
_UNFINISHED: Final = (
    "SELECT models.id, version FROM model_versions JOIN models ON models.number = model"
    " WHERE state = ?"
)
_FAIL: Final = "UPDATE model_versions SET state = ?, detail = ? WHERE state = ?"


class SqlModels:
    """A `ModelStore` on a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def create(self, tenant: int, model: Model, version: ModelVersion) -> Future[ModelVersion]:
        """Keep a new model with its first version."""

        def write(connection: sqlite3.Connection) -> ModelVersion:
            values = (tenant, model.id, model.created_us)
            (number,) = connection.execute(_ADD, values).fetchone()
            return _put(connection, number, replace(version, version=1))

        return self._catalogue.write(write)

    def add_version(
        self, tenant: int, model_id: str, version: ModelVersion
    ) -> Future[ModelVersion]:
        """Keep one version more; return it with its number, one above the highest."""

        def write(connection: sqlite3.Connection) -> ModelVersion:
            number = _number(connection, tenant, model_id)
            former = [_as_version(row) for row in connection.execute(_VERSIONS, (number,))]
            under_way = next((one for one in former if one.state == TRAINING), None)
            if under_way is not None:
                msg = (
                    f"Version {under_way.version} of model {model_id!r} is in training (job"
                    f" {under_way.job!r}); wait for it, or cancel it."
                )
                raise TrainingUnderWay(msg)
            newest = max((one.version for one in former), default=0)
            return _put(connection, number, replace(version, version=newest + 1))

        return self._catalogue.write(write)

    def update(
        self, tenant: int, model_id: str, version: ModelVersion, *, live: bool
    ) -> Future[None]:
        """Keep a version's new state; with `live` it predicts from now on."""

        def write(connection: sqlite3.Connection) -> None:
            number = _number(connection, tenant, model_id)
            _put(connection, number, version)
            if live:
                connection.execute(_LIVE, (version.version, number))

        return self._catalogue.write(write)

    def set_live(self, tenant: int, model_id: str, version: int) -> Future[None]:
        """Let a version predict."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(_LIVE, (version, _number(connection, tenant, model_id)))

        return self._catalogue.write(write)

    def find(self, tenant: int, model_id: str) -> Model | None:
        """Find a model by its id, with all versions."""
        found = self._catalogue.read(_FIND, (tenant, model_id))
        return self._as_model(found[0]) if found else None

    def page(self, tenant: int, *, limit: int, before: int | None) -> list[Model]:
        """Return models by their numbers, newest first, of those below `before`."""
        bound = NEWEST if before is None else before
        found = [self._as_model(row) for row in self._catalogue.read(_PAGE, (tenant, bound, limit))]
        # One that was deleted between the two reads has no version.
        return [model for model in found if model.versions]

    def delete(self, tenant: int, model_id: str) -> Future[bool]:
        """Forget a model with all versions; return whether it was there."""

        def write(connection: sqlite3.Connection) -> bool:
            found = connection.execute(_FIND, (tenant, model_id)).fetchone()
            if found is None:
                return False
            connection.execute("DELETE FROM model_versions WHERE model = ?", found[:1])
            connection.execute("DELETE FROM models WHERE number = ?", found[:1])
            return True

        return self._catalogue.write(write)

    def fail_unfinished(self, detail: str) -> Future[list[str]]:
        """Let all versions in training fail; return the files that they may have left."""

        def write(connection: sqlite3.Connection) -> list[str]:
            left = connection.execute(_UNFINISHED, (TRAINING,)).fetchall()
            connection.execute(_FAIL, (FAILED, detail, TRAINING))
            return [file_of(model_id, version) for model_id, version in left]

        return self._catalogue.write(write)

    def _as_model(self, row: Sequence[Any]) -> Model:
        number, model_id, live, created_us = row
        versions = self._catalogue.read(_VERSIONS, (number,))
        return Model(
            id=model_id,
            created_us=created_us,
            live=live,
            versions=tuple(_as_version(one) for one in versions),
            number=number,
        )


def _number(connection: sqlite3.Connection, tenant: int, model_id: str) -> int:
    found = connection.execute(_FIND, (tenant, model_id)).fetchone()
    if found is None:
        raise ModelNotFound(f"Model not found: {model_id!r} was deleted.")
    return int(found[0])


def _put(connection: sqlite3.Connection, number: int, version: ModelVersion) -> ModelVersion:
    values = {name: getattr(version, name) for name in _NAMES}
    values |= {name: json.dumps(dict(values[name])) for name in ("asked", "stats")}
    connection.execute(_PUT, (number, *values.values()))
    return version


def _as_version(row: Sequence[Any]) -> ModelVersion:
    values = dict(zip(_NAMES, row, strict=True))
    values |= {name: json.loads(values[name]) for name in ("asked", "stats")}
    return ModelVersion(**values)
