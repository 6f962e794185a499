"""Models: fitted detectors, and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRAINING, READY, FAILED = VERSION_STATES = ("training", "ready", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """What one training made.

    Parameters
    ----------
    version
        From 1; 0 before it is kept.
    state
        "training", "ready" or "failed".
    algorithm
        Name of the batch detector.
    dataset, job
        Ids of what it was trained on, and of the training.
    asked
        What was asked for, as JSON.
    stats
        What came of it, as JSON; empty before it is ready.
    detail
        Why it failed; empty otherwise.
    sha256, bytes
        Of the file that keeps it.
    created_us, ready_us
        Microseconds UTC.
    """

    state: str
    algorithm: str
    dataset: str
    job: str
    asked: Mapping[str, Any]
    created_us: int
    version: int = 0
    stats: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""
    sha256: str = ""
    bytes: int = 0
    ready_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A name under which versions are kept, one of which predicts.

    Parameters
    ----------
    id
        Its name, made by the service.
    live
        The version that predicts; None before the first is ready.
    versions
        Oldest first.
    created_us
        Microseconds UTC.
    number
        The store's number for it; 0 before it is kept. It ascends.
    """

    id: str
    created_us: int
    live: int | None = None
    versions: tuple[ModelVersion, ...] = ()
    number: int = 0

    @property
    def shown(self) -> ModelVersion:
        """The version that predicts, else the newest."""
        return self.find(self.live) or self.versions[-1]

    def find(self, version: int | None) -> ModelVersion | None:
        """Return a version by its number; None if there is none."""
        return next((one for one in self.versions if one.version == version), None)

    def file(self, version: int) -> str:
        """Name of the file that keeps a version."""
        return file_of(self.id, version)


def file_of(model_id: str, version: int) -> str:
    """Name of the file that keeps a version of a model."""
    return f"{model_id}.v{version}.npz"
