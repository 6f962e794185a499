"""Jobs: bounded, told of, cancelled, and kept beyond a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from standout.errors import InvalidInput, JobEnded, JobNotFound, StoreUnavailable, TooManyJobs
from standout.service.jobs import CUT_OFF, MISTAKE, JobService, Limits, Progress
from standout.store.catalogue import Catalogue, MemoryCatalogue, SqliteCatalogue
from standout.store.jobs import SqlJobs
from standout.store.sqlite import SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    if request.param == "memory":
        yield MemoryCatalogue()
        return
    store = SqliteStore(tmp_path / "standout.db")
    yield SqliteCatalogue(store)
    store.close()


@pytest.fixture
def jobs(catalogue: Catalogue) -> JobService:
    return JobService(SqlJobs(catalogue), {"slow": Limits(running=1, queued=1)})


async def nothing(progress: Progress) -> None:
    progress.report(0.5, "half")


async def forever(progress: Progress) -> None:
    progress.report(0.25, "waiting")
    await asyncio.Event().wait()


async def test_a_job_ends_with_its_result(jobs: JobService) -> None:
    async def work(progress: Progress) -> Mapping[str, Any]:
        progress.report(0.5, "half")
        return {"made": 3}

    begun = await jobs.start("quick", "thing", work)
    ended = await jobs.wait(begun.id)

    assert (begun.state, ended.state) == ("queued", "done")
    assert (ended.result, ended.progress, ended.stage) == ({"made": 3}, 1.0, "half")
    assert ended.created_us <= (ended.started_us or 0) <= (ended.ended_us or 0)
    assert await jobs.get(begun.id) == ended
    assert jobs.count() == 0


async def test_progress_is_told_while_it_runs(jobs: JobService) -> None:
    job = await jobs.start("quick", "thing", forever)
    await asyncio.sleep(0.05)
    now = await jobs.get(job.id)
    assert (now.state, now.progress, now.stage) == ("running", 0.25, "waiting")
    (listed,) = await jobs.page()
    assert listed == now
    await jobs.stop()


async def test_others_wait_their_turn_and_more_are_refused(jobs: JobService) -> None:
    first = await jobs.start("slow", "a", forever)
    second = await jobs.start("slow", "b", nothing)
    with pytest.raises(TooManyJobs, match="2 jobs of the kind 'slow'"):
        await jobs.start("slow", "c", nothing)
    other = await jobs.start("quick", "d", nothing)

    assert (await jobs.wait(other.id)).state == "done"
    assert (await jobs.get(second.id)).state == "queued"
    assert (await jobs.cancel(first.id)).state == "cancelled"
    assert (await jobs.wait(second.id)).state == "done"
    assert [job.subject for job in await jobs.page()] == ["d", "b", "a"]


async def test_one_that_waits_can_be_cancelled_and_never_runs(jobs: JobService) -> None:
    ran = []

    async def work(progress: Progress) -> None:
        ran.append(progress)

    first = await jobs.start("slow", "a", forever)
    second = await jobs.start("slow", "b", work)
    cancelled = await jobs.cancel(second.id)
    await jobs.cancel(first.id)

    assert (cancelled.state, cancelled.started_us) == ("cancelled", None)
    assert not ran


async def test_what_is_over_cannot_be_cancelled(jobs: JobService) -> None:
    job = await jobs.start("quick", "a", nothing)
    await jobs.wait(job.id)
    with pytest.raises(JobEnded, match="is done"):
        await jobs.cancel(job.id)


async def test_cancelling_twice_is_no_matter(jobs: JobService) -> None:
    job = await jobs.start("quick", "a", forever)
    assert (await jobs.cancel(job.id)).state == "cancelled"
    assert (await jobs.cancel(job.id)).state == "cancelled"


async def test_failures_are_told_in_sentences(jobs: JobService) -> None:
    async def refused(_: Progress) -> None:
        raise InvalidInput("There is nothing to learn.")

    async def broken(_: Progress) -> None:
        raise ZeroDivisionError

    ended = [await jobs.wait((await jobs.start("quick", "a", w)).id) for w in (refused, broken)]
    assert [job.state for job in ended] == ["failed", "failed"]
    assert [job.detail for job in ended] == ["There is nothing to learn.", MISTAKE]


async def test_waiting_has_an_end(jobs: JobService) -> None:
    job = await jobs.start("quick", "a", forever)
    assert (await jobs.wait(job.id, 0.01)).state in {"queued", "running"}
    await jobs.stop()


async def test_unknown_jobs(jobs: JobService) -> None:
    for ask in (jobs.get, jobs.cancel, jobs.wait):
        with pytest.raises(JobNotFound, match="there is no job 'x'"):
            await ask("x")


async def test_pages(jobs: JobService) -> None:
    made = [await jobs.start("quick", str(i), nothing) for i in range(5)]
    for job in made:
        await jobs.wait(job.id)
    first = await jobs.page(limit=2)
    rest = await jobs.page(limit=9, before=first[-1].number)
    assert [job.subject for job in first + rest] == ["4", "3", "2", "1", "0"]
    assert await jobs.page(kind="slow") == []


async def test_the_end_of_the_server_lets_jobs_fail(catalogue: Catalogue, jobs: JobService) -> None:
    stopped = await jobs.start("quick", "a", forever)
    await asyncio.sleep(0.02)
    await jobs.stop()
    assert (await jobs.get(stopped.id)).detail == CUT_OFF

    killed = await jobs.start("quick", "b", forever)
    await asyncio.sleep(0.02)
    # Another server on the same store, after one that was killed.
    again = JobService(SqlJobs(catalogue))
    again.recover()
    job = await again.get(killed.id)
    assert (job.state, job.detail) == ("failed", CUT_OFF)
    assert job.ended_us is not None
    await jobs.stop()


async def test_a_store_that_fails_starts_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "standout.db")
    jobs = JobService(SqlJobs(SqliteCatalogue(store)))
    store.close()
    ran = []

    async def work(progress: Progress) -> None:
        ran.append(progress)

    with pytest.raises(StoreUnavailable):
        await jobs.start("quick", "a", work)
    assert (ran, jobs.count()) == ([], 0)
