"""Finding models and their versions, and saying which there are."""

from __future__ import annotations

import asyncio

from standout.domain.models import READY, TRAINING, Model, ModelVersion
from standout.domain.ports.models import ModelStore
from standout.domain.records import DEFAULT_TENANT
from standout.errors import ModelNotFound, ModelNotReady


async def find_model(store: ModelStore, model_id: str) -> Model:
    """Find a model.

    Raises
    ------
    ModelNotFound
        There is none of this id.
    """
    model = await asyncio.to_thread(store.find, DEFAULT_TENANT, model_id)
    if model is None or not model.versions:
        raise ModelNotFound(f"Model not found: there is no model {model_id[:200]!r}.")
    return model


def find_version(model: Model, version: int | None) -> ModelVersion:
    """Find a version of a model by its number; the one that is shown if None.

    Raises
    ------
    ModelNotFound
        It has none of this number.
    """
    found = model.shown if version is None else model.find(version)
    if found is None:
        there = ", ".join(str(one.version) for one in model.versions)
        msg = f"Model not found: {model.id!r} has no version {version}; it has {there}."
        raise ModelNotFound(msg)
    return found


def find_ready(model: Model, version: int | None) -> ModelVersion:
    """Find a version that can predict; as `find_version`.

    Raises
    ------
    ModelNotFound, ModelNotReady
        There is no such version, or it is not trained.
    """
    found = find_version(model, version)
    if found.state != READY:
        raise not_ready(model, found)
    return found


def not_ready(model: Model, version: ModelVersion) -> ModelNotReady:
    """Return the error of a version that cannot predict."""
    if version.state == TRAINING:
        msg = f"Model {model.id!r} is still in training (job {version.job!r}); wait for it."
    else:
        msg = f"Model {model.id!r} was not trained: {version.detail}"
    return ModelNotReady(msg)
