"""What the services ask of a store of runs."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from standout.domain.runs import Run, TrackedAnomaly
from standout.kernels.scatter import Scatter


class RunStore(Protocol):
    """Keeps runs and the anomalies that they track. Every key begins with a tenant and a token.

    Writes return at once, are done in their order, and are durable when their future is done;
    reads block. Every call may raise `StoreUnavailable`; a write that did has changed nothing.
    """

    def fit(self, tenant: int, run: Run) -> Future[Run]:
        """Keep a run, in place of the token's former one of this id; its anomalies stay."""
        ...

    def learn(
        self, tenant: int, token: str, run_id: str, sums: Scatter, now_us: int
    ) -> Future[Run]:
        """Merge the sums of more rows into a run, as one step.

        Raises from its future `RunNotFound`, and `InvalidRunData` for rows of another width.
        """
        ...

    def find(self, tenant: int, token: str, run_id: str) -> Run | None:
        """Find a run of a token."""
        ...

    def delete(self, tenant: int, token: str, run_id: str) -> Future[bool]:
        """Forget a run with its anomalies; False if the token has none of this id."""
        ...

    def track(self, run: Run, anomaly: TrackedAnomaly, *, keep: int) -> Future[TrackedAnomaly]:
        """Keep an anomaly of a run, and of all that it has only the newest `keep`.

        Raises `RunNotFound` from its future where the run was deleted meanwhile.
        """
        ...

    def count(self, run: Run) -> int:
        """Count the anomalies that a run keeps."""
        ...

    def tracked(self, run: Run, *, limit: int, after: int) -> list[TrackedAnomaly]:
        """Return anomalies of a run by their numbers, those after `after` first."""
        ...
