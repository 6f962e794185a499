"""Meters: what a running server counts and times, for Prometheus to read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Observations

_TIMES_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meters:
    """The meters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.points = self._counter("points", "Observations kept, late ones included.")
        self.verdicts = self._counter("verdicts", "Observations that were given a score.")
        self.anomalies = self._counter("anomalies", "Observations that were flagged.")
        self.late = self._counter("late", "Observations kept but not learnt: they came late.")
        self.failed = self._counter("failed", "Observations that could not be kept.")
        self.commit_s = self._histogram(
            "commit_seconds", "From scoring a batch until it is durable."
        )
        self.request_s = Histogram(
            "standout_request_seconds",
            "HTTP requests, by method and status.",
            ("method", "status"),
            buckets=_TIMES_S,
            registry=self._registry,
        )
        # Memory, CPU time and open files, under the names that are common to all services.
        ProcessCollector(registry=self._registry)

    def kept(self, rows: Observations, took_s: float) -> None:
        """Count rows that are durable, and the time from their scoring until then."""
        scored = rows.score >= 0
        self.points.inc(len(rows))
        self.verdicts.inc(int(np.count_nonzero(scored)))
        self.anomalies.inc(int(np.count_nonzero(rows.score >= SHIPPED)))
        self.late.inc(int(np.count_nonzero(rows.late)))
        self.commit_s.observe(took_s)

    def commit_quantile_s(self, share: float) -> float | None:
        """Return the time that this share of all commits took at most, in seconds; None for none.

        It is read off the histogram, so it is as fine as that: linear within a bar.
        """
        (metric,) = self.commit_s.collect()
        bars = [s for s in metric.samples if s.name.endswith("_bucket")]
        counts = [bar.value for bar in bars]
        if not counts or not counts[-1]:
            return None
        wanted = share * counts[-1]
        at = next(i for i, count in enumerate(counts) if count >= wanted)
        low, below = (_TIMES_S[at - 1], counts[at - 1]) if at else (0.0, 0.0)
        if at >= len(_TIMES_S):
            return _TIMES_S[-1]
        return low + (_TIMES_S[at] - low) * (wanted - below) / (counts[at] - below)

    def watch(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when it is asked for."""
        gauge = Gauge(f"standout_{name}", help_text, registry=self._registry)
        gauge.set_function(read)

    def render(self) -> bytes:
        """Return all in Prometheus' text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, help_text: str) -> Counter:
        return Counter(f"standout_{name}", help_text, registry=self._registry)

    def _histogram(self, name: str, help_text: str) -> Histogram:
        return Histogram(f"standout_{name}", help_text, buckets=_TIMES_S, registry=self._registry)
