"""What the services ask of a store of models."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from standout.domain.models import Model, ModelVersion


class ModelStore(Protocol):
    """Keeps what is told of models and their versions; see `JobStore` for how it answers."""

    def create(self, tenant: int, model: Model, version: ModelVersion) -> Future[ModelVersion]:
        """Keep a new model with its first version."""
        ...

    def add_version(
        self, tenant: int, model_id: str, version: ModelVersion
    ) -> Future[ModelVersion]:
        """Keep one version more; return it with its number, one above the highest.

        Raises `ModelNotFound`, and `TrainingUnderWay` while another version is in training.
        """
        ...

    def update(
        self, tenant: int, model_id: str, version: ModelVersion, *, live: bool
    ) -> Future[None]:
        """Keep a version's new state; with `live` it predicts from now on.

        Raises `ModelNotFound` if the model is gone.
        """
        ...

    def set_live(self, tenant: int, model_id: str, version: int) -> Future[None]:
        """Let a version predict; raises `ModelNotFound` if the model is gone."""
        ...

    def find(self, tenant: int, model_id: str) -> Model | None:
        """Find a model by its id, with all versions."""
        ...

    def page(self, tenant: int, *, limit: int, before: int | None) -> list[Model]:
        """Return models by their numbers, newest first, of those below `before`."""
        ...

    def delete(self, tenant: int, model_id: str) -> Future[bool]:
        """Forget a model with all versions; return whether it was there."""
        ...

    def fail_unfinished(self, detail: str) -> Future[list[str]]:
        """Let all versions in training fail; return the files that they may have left."""
        ...
