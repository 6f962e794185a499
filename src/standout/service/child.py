"""Work in a child process, so that it can be ended, and cannot take the server's memory.

The child reads one line of JSON, says how far it is in lines of JSON, and ends with a line that
has ``done`` or ``error``. When its standard input ends, its parent is gone, and it ends itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import IO, Any, Final

import structlog

from standout import errors
from standout.errors import InvalidInput, StandoutError
from standout.service.jobs import Progress, current_job

_TOLD_BYTES: Final = 4_000
"""Of what a child that failed said to standard error, for the log."""

_log = structlog.get_logger(__name__)


async def run_child(
    module: str, task: Mapping[str, Any], progress: Progress, *, max_memory: int
) -> dict[str, Any]:
    """Do a task in a child process and return what it made.

    Parameters
    ----------
    module
        What is run, with ``python -m``.
    task
        As JSON.
    progress
        Is told how far it is.
    max_memory
        Bytes that it may take; told to the child, which limits itself.

    Raises
    ------
    StandoutError
        What the child raised, or `InvalidInput` where it took more memory than it may.
    asyncio.CancelledError
        It was cancelled; the child is gone.
    """
    with tempfile.TemporaryFile() as said:
        child = _Child(module, {**task, "max_memory": max_memory}, said, progress)
        listening = asyncio.ensure_future(asyncio.to_thread(child.run))
        try:
            answer = await asyncio.shield(listening)
        except asyncio.CancelledError:
            child.end()
            await listening
            raise
        if answer is not None and "done" in answer:
            done: dict[str, Any] = answer["done"]
            return done
        raise _failure(child.returncode, answer, said, max_memory)


class _Child:
    """A process that is started and listened to in one thread, and may be ended from another."""

    def __init__(
        self, module: str, task: Mapping[str, Any], said: IO[bytes], progress: Progress
    ) -> None:
        self._module = module
        self._task = task
        self._said = said
        self._progress = progress
        self._guard = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        return None if self._process is None else self._process.returncode

    def run(self) -> dict[str, Any] | None:
        """Give the child its task, and return its last line; None if it ended without one."""
        with self._guard:
            if self._ended:
                return None
            self._process = self._start()
        with self._process as process:
            answer = self._listen(process)
            if answer is None:
                process.kill()
        return answer

    def end(self) -> None:
        """End it at once, or let it not begin."""
        with self._guard:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            # A signal to the server's group is the server's to pass on.
            start_new_session=True,
        )

    def _listen(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        assert process.stdin is not None
        assert process.stdout is not None
        answer = None
        stage = None
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(self._task).encode() + b"\n")
            process.stdin.flush()
        for line in process.stdout:
            told = _read(line)
            if "progress" in told:
                self._progress.report(told.pop("progress"), told["stage"])
                if told["stage"] != stage:
                    _log.info("job", job=current_job.get(), **told)
                stage = told["stage"]
            elif told:
                answer = told
        return answer


def _read(line: bytes) -> dict[str, Any]:
    """Read one line; what some library printed is no news."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _failure(
    returncode: int | None, answer: dict[str, Any] | None, said: IO[bytes], limit: int
) -> Exception:
    """Return the error of a child that made nothing."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - _TOLD_BYTES))
    words = said.read().decode("utf-8", "replace")
    if answer is not None and (kind := getattr(errors, answer["error"], None)) is not None:
        return _again(kind, answer)
    if (answer or {}).get("error") == "MemoryError" or returncode in {
        -signal.SIGKILL,
        -signal.SIGABRT,
    }:
        _log.warning("child out of memory", returncode=returncode, said=words)
        return InvalidInput(
            f"It needs more than the {limit / 1e9:.1f} GB of memory that it may take; use fewer"
            " rows or columns, or let it take more with models.max_training_memory."
        )
    _log.error("child failed", returncode=returncode, said=words)
    return RuntimeError(f"The child ended with {returncode}.")


def _again(kind: type[StandoutError], answer: dict[str, Any]) -> StandoutError:
    error = kind(answer["detail"])
    if isinstance(error, InvalidInput):
        error.row = answer["row"]
    return error
