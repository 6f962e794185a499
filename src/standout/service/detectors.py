"""Detectors: which there are, for what, and what they are good and bad at."""

from __future__ import annotations

from standout.detectors import registry
from standout.detectors.batch import registry as batch
from standout.detectors.series import registry as series
from standout.schemas.detectors import DetectorInfo, DetectorList, Task


def detectors(task: Task | None = None) -> DetectorList:
    """Return all detectors, or those for one kind of task, the default of each first."""
    told = [
        *(_online(name) for name in registry.names()),
        *(_series(name) for name in series.names()),
        *(_batch(name) for name in batch.names()),
    ]
    return DetectorList(
        detectors=[one for one in told if task in (None, one.task)],
        auto={"stream": registry.for_stream(registry.AUTO), "series": "auto", "table": "auto"},
    )


def _online(name: str) -> DetectorInfo:
    told = registry.entry(name).told
    return DetectorInfo(
        name=name,
        task="stream",
        default=name == registry.DEFAULT,
        title=told.title,
        summary=told.summary,
        good_at=told.good_at,
        bad_at=told.bad_at,
        cost=told.cost,
        version=registry.version(name),
        warmup=registry.bank(name, {}).warmup,
        voters=list(registry.voters(name)),
        supervised=False,
        params=registry.schema(name),
    )


def _series(name: str) -> DetectorInfo:
    told = series.describe(name)
    return DetectorInfo(
        name=name,
        task="series",
        default=name == series.DEFAULT,
        title=told.title,
        summary=told.summary,
        good_at=told.good_at,
        bad_at=told.bad_at,
        cost=told.cost,
        version=series.version(name),
        warmup=0,
        voters=[],
        supervised=False,
        params=told.params,
    )


def _batch(name: str) -> DetectorInfo:
    told = batch.describe(name)
    return DetectorInfo(
        name=name,
        task="table",
        default=name == batch.DEFAULT,
        title=told.title,
        summary=told.summary,
        good_at=told.good_at,
        bad_at=told.bad_at,
        cost=told.cost,
        version=None,
        warmup=None,
        voters=[],
        supervised=told.supervised,
        params=told.params,
    )
