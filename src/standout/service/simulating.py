"""Simulations: a file played back, a record at a time, into a stream of its own."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import structlog

from standout.detectors.thresholds import SHIPPED
from standout.domain.files import STREAMED_HEADER, reason_in_stream
from standout.domain.jobs import Job
from standout.errors import JobEnded, JobNotFound, StandoutError, TooManyJobs
from standout.readers.append import append_rows
from standout.readers.table import TimedTable
from standout.service.engine import StreamEngine
from standout.service.files import ascending_times
from standout.service.jobs import JobService, Progress, new_id
from standout.service.live_stream import LiveStream
from standout.service.loading import Loader
from standout.service.pinning import Asked
from standout.service.presence import Presence
from standout.service.verdicts import VerdictColumns
from standout.types import Mask, Times, Values

KIND = "simulate"
RUNNING = 16
"""Simulations at one time; each holds its file in memory."""
MOST_RECORDS = 30_000_000
"""Records of all that are played at one time, some 50 bytes each; a single file may have more."""
BATCH = 2_000
"""Most records that are played in one go."""
LEAST_RATE, MOST_RATE = 0.01, 100_000.0
TOLD = 1_000
"""Simulations that have ended and whose rate and stream are still told."""
OK, ANOMALY = "OK", "ANOMALY"

_log = structlog.get_logger(__name__)


class Pace:
    """When which record is due, at a rate that may change.

    Parameters
    ----------
    rate
        Records a second, over 0.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._since_s = time.monotonic()
        self._played = 0.0
        self._changed = asyncio.Event()

    def change(self, rate: float) -> None:
        """Go on at another rate from now."""
        now = time.monotonic()
        self._played = self._due(now)
        self._since_s = now
        self.rate = rate
        self._changed.set()

    async def due(self, played: int) -> int:
        """Wait until more records than `played` are due; return how many more."""
        while (more := int(self._due(time.monotonic()) + 1 - played)) < 1:
            wait_s = (played - self._played) / self.rate - (time.monotonic() - self._since_s)
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), max(wait_s, 0.0005))
            except TimeoutError:
                continue
        return more

    def _due(self, now_s: float) -> float:
        """Return how many intervals have passed; the first record is due at once."""
        return self._played + (now_s - self._since_s) * self.rate


@dataclass(slots=True)
class Simulation:
    """A file that is being played, in order of time, ``n`` records.

    Parameters
    ----------
    id
        That of its job, too.
    stream
        The stream that it is played into.
    records
        How many there are.
    stamps
        Times as the file has them.
    times_us, values
        Strictly ascending; nan is a missing value; shape ``(n,)``.
    pace
        Records a second.
    results
        What was said of each record so far, where somebody waits for it.
    """

    id: str
    stream: str
    records: int
    stamps: pl.Series
    times_us: Times
    values: Values
    pace: Pace
    results: list[dict[str, Any]] | None
    played: int = 0
    anomalies: int = 0

    def __len__(self) -> int:
        """Count of records."""
        return self.records

    def emptied(self) -> Simulation:
        """Return what is still told of it once it has ended, without its records."""
        none = np.empty(0)
        times = none.astype(np.int64)
        return replace(self, stamps=pl.Series(), times_us=times, values=none, results=None)


class SimulationService:
    """Plays files back.

    Parameters
    ----------
    engine, loader, presence
        Where records go, as those of any client.
    jobs
        Keeps simulations as jobs.
    output
        File that gets what was found.
    """

    def __init__(
        self,
        engine: StreamEngine,
        loader: Loader,
        presence: Presence,
        jobs: JobService,
        output: Path,
    ) -> None:
        self._engine = engine
        self._loader = loader
        self._presence = presence
        self._jobs = jobs
        self._output = output
        self._playing: dict[str, Simulation] = {}
        self._ended: OrderedDict[str, Simulation] = OrderedDict()

    async def start(
        self,
        table: TimedTable,
        *,
        rate: float,
        detector: str,
        params: Mapping[str, Any],
        window: int | None = None,
        results: bool = False,
    ) -> Simulation:
        """Begin to play a file into a new stream.

        Raises
        ------
        UnknownDetector, InvalidParameter
            The stream cannot be made so.
        TooManyJobs, StoreUnavailable
            It cannot be started now: too many are played, or too many records.
        """
        name = new_id("simulation")
        asked = Asked(window=window, detector=detector, params=params)
        self._loader.wanted(name, asked)
        self._check_room(len(table))
        stamps, times, values = await asyncio.to_thread(_columns, table)
        simulation = Simulation(
            id=name,
            stream=name,
            records=len(values),
            stamps=stamps,
            times_us=times,
            values=values,
            pace=Pace(rate),
            results=[] if results else None,
        )

        made = asyncio.Event()

        async def work(progress: Progress) -> Mapping[str, Any]:
            await self._loader.make(name, asked)
            made.set()
            return await self._play(simulation, progress)

        async def ended(_: Job) -> None:
            made.set()
            self._forget(simulation)

        self._playing[name] = simulation
        try:
            await self._jobs.start(KIND, name, work, job_id=name, ended=ended)
        except BaseException:
            self._playing.pop(name, None)
            raise
        # Whoever is answered may look at the stream at once.
        await made.wait()
        return simulation

    def held(self) -> int:
        """Count the records that are in memory: those of the files that are being played."""
        return sum(map(len, self._playing.values()))

    def _check_room(self, records: int) -> None:
        """Raise `TooManyJobs` where files of so many more records would take too much memory."""
        held = self.held()
        if held and held + records > MOST_RECORDS:
            told = f"{held:,} records are being played, and with {records:,} more there would be"
            msg = f"{told} over {MOST_RECORDS:,}; try again when a simulation has ended."
            raise TooManyJobs(msg)

    def _forget(self, simulation: Simulation) -> None:
        """Let go of the records of a simulation that has ended."""
        self._playing.pop(simulation.id, None)
        self._ended[simulation.id] = simulation.emptied()
        while len(self._ended) > TOLD:
            self._ended.popitem(last=False)

    async def wait(self, simulation: Simulation) -> Job:
        """Wait until a simulation has ended, however it did."""
        return await self._jobs.wait(simulation.id)

    async def find(self, simulation_id: str) -> tuple[Simulation, Job]:
        """Find a simulation, and how it stands.

        Raises
        ------
        JobNotFound
            There is none of this id, or it was played by an earlier server.
        """
        simulation = self._playing.get(simulation_id) or self._ended.get(simulation_id)
        if simulation is None:
            raise await self._not_at_hand(simulation_id)
        return simulation, await self._jobs.get(simulation_id)

    async def _not_at_hand(self, simulation_id: str) -> JobNotFound:
        shown = repr(simulation_id[:200])
        with suppress(JobNotFound):
            job = await self._jobs.get(simulation_id)
            if job.kind == KIND:
                told = f"Simulation {shown} is not at hand any more; it is {job.state}"
                return JobNotFound(f"{told}, as /jobs/{job.id} tells.")
        return JobNotFound(f"There is no simulation {shown}.")

    async def playing(self) -> list[tuple[Simulation, Job]]:
        """Return those that have not ended, and how they stand."""
        found = []
        for simulation in list(self._playing.values()):
            with suppress(JobNotFound):  # it was not kept yet
                found.append((simulation, await self._jobs.get(simulation.id)))
        return [(simulation, job) for simulation, job in found if not job.over]

    async def change_rate(self, simulation_id: str, rate: float) -> Simulation:
        """Go on at another rate.

        Raises
        ------
        JobNotFound, JobEnded
            There is none; it has ended.
        """
        simulation, job = await self.find(simulation_id)
        if job.over:
            raise JobEnded(f"Simulation {simulation_id!r} is {job.state}; start another.")
        simulation.pace.change(rate)
        return simulation

    async def stop(self, simulation_id: str) -> Job:
        """Stop a simulation; what was played stays. Raises as `change_rate`."""
        await self.find(simulation_id)
        return await self._jobs.cancel(simulation_id)

    async def _play(self, simulation: Simulation, progress: Progress) -> Mapping[str, Any]:
        live = await self._loader.open(simulation.stream)
        playing = asyncio.current_task()
        assert playing is not None
        sent_away: list[StandoutError] = []

        def leave(why: StandoutError) -> None:
            sent_away.append(why)
            playing.cancel()

        simulation.pace.change(simulation.pace.rate)
        self._presence.enter(simulation.stream, leave)
        try:
            while simulation.played < len(simulation):
                due = await simulation.pace.due(simulation.played)
                end = min(simulation.played + min(due, BATCH), len(simulation))
                rows = slice(simulation.played, end)
                await self._engine.backlog.room()
                await _to_its_end(self._send(simulation, live, rows))
                told = f"{simulation.played:,} of {len(simulation):,} records"
                progress.report(simulation.played / len(simulation), told)
        except asyncio.CancelledError:
            if sent_away:
                raise sent_away[0] from None
            raise
        finally:
            self._presence.exit(simulation.stream, leave)
            self._loader.close(live)
        return {
            "stream": simulation.stream,
            "records": simulation.played,
            "anomalies": simulation.anomalies,
        }

    async def _send(self, simulation: Simulation, live: LiveStream, rows: slice) -> None:
        """Let records be scored and kept, and tell of them."""
        done = asyncio.Event()
        times, values = simulation.times_us[rows], simulation.values[rows]
        submission = self._engine.submit(live, times, values, done.set)
        await done.wait()
        await self._keep(simulation, rows, VerdictColumns.of(submission))

    async def _keep(self, simulation: Simulation, rows: slice, found: VerdictColumns) -> None:
        """Count records, and tell and write those that are anomalies."""
        flagged = found.score >= SHIPPED
        stamps = simulation.stamps[rows].to_list()
        lines = streamed_lines(stamps, simulation.values[rows], flagged)
        if lines:
            for stamp, value, reason in lines:
                _log.warning(
                    "anomaly", stream=simulation.stream, at=stamp, value=value, reason=reason
                )
            await asyncio.to_thread(append_rows, self._output, STREAMED_HEADER, lines)
        simulation.played = rows.stop
        simulation.anomalies += len(lines)
        if simulation.results is not None:
            simulation.results.extend(
                {
                    "timestamp": stamp,
                    "value": None if np.isnan(value) else value,
                    "status": ANOMALY if bad else OK,
                }
                for stamp, value, bad in zip(
                    stamps,
                    simulation.values[rows].tolist(),
                    flagged.tolist(),
                    strict=True,
                )
            )


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for work also where this is cancelled meanwhile: what is kept must be told, too."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def streamed_lines(
    stamps: list[str], values: Values, flagged: Mask
) -> list[tuple[str, float, str]]:
    """Return what is written of records that are anomalies: time, value and reason."""
    found = np.flatnonzero(flagged).tolist()
    return [(stamps[i], float(values[i]), reason_in_stream(float(values[i]))) for i in found]


def _columns(table: TimedTable) -> tuple[pl.Series, Times, Values]:
    order = table.order()
    stamps = table.frame[table.time_column].str.strip_chars()[order]
    return stamps, ascending_times(table), table.values[order]
