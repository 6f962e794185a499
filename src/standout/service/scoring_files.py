"""Files of rows scored out of core: as large as the disk, in the memory of some batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PolarsError
from polars.io.plugins import register_io_source

from standout.detectors.thresholds import SHIPPED
from standout.errors import (
    DataFolderUnwritable,
    InvalidInput,
    MessageTooLarge,
    StandoutError,
    UnreadableFile,
)
from standout.readers.datasets.arrays import arrays
from standout.readers.datasets.columnar import check_arrow, check_text, simplified
from standout.readers.datasets.formats import ARROW_FILE, ARROW_STREAM, PARQUET, find_format
from standout.readers.uploads.arrow_messages import BATCH, END, ArrowMessages
from standout.service.predicting import judge
from standout.service.rows import Following
from standout.service.serving import ServedModel
from standout.service.severity import severity_words

BATCH_ROWS: Final = 131_072
MAX_ROWS: Final = 1_000_000_000
"""Rows of a file: some kilobytes of Parquet can say that they have a million times as many."""
_LEAST_ROWS: Final = 1_000


@dataclass(slots=True)
class FileCounts:
    """What was found in a file so far."""

    rows: int = 0
    anomalies: int = 0


def score_file(
    served: ServedModel,
    source: Path,
    target: Path,
    *,
    form: str = PARQUET,
    shares: bool = False,
    progress: Callable[[int], None] = lambda rows: None,  # noqa: ARG005 - nobody listens
) -> FileCounts:
    """Score the rows of a file, which follow each other, into another file.

    Parameters
    ----------
    served
        The model.
    source
        Parquet, or Arrow as a file or a stream.
    target
        Written: columns `is_anomaly`, `score`, `severity`, and with `shares` one a feature,
        ``contribution_<feature>``; a row a row, in their order.
    form
        "parquet" or "arrow-stream".
    progress
        Told the rows that are done.

    Raises
    ------
    UnreadableFile
        The source is broken or of another format.
    ColumnNotFound, InvalidInput
        It does not have the columns of the model, or has no rows.
    MessageTooLarge
        It unpacks to more than is scored.
    DataFolderUnwritable
        The target cannot be written.

    Notes
    -----
    A row is scored as it would be in one batch with all others, to the bit. Memory for a few
    batches of 131,072 rows, however long the file is; an Arrow stream is read whole.
    """
    counts = FileCounts()

    def frames() -> Iterator[pl.DataFrame]:
        for frame in _verdicts(served, _batches(served, source), shares=shares):
            counts.rows += frame.height
            counts.anomalies += int(frame["is_anomaly"].sum())
            progress(counts.rows)
            yield frame

    try:
        if form == ARROW_STREAM:
            _write_stream(frames(), target)
        else:
            _write_parquet(frames(), target, _schema(served, shares=shares))
    except (PolarsError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DataFolderUnwritable(f"The verdicts cannot be written: {reason}.") from error
    if not counts.rows:
        raise InvalidInput("There are no rows in the file; send at least one.")
    return counts


def _write_parquet(frames: Iterator[pl.DataFrame], target: Path, schema: dict[str, Any]) -> None:
    failure: list[StandoutError] = []

    def source(*_: Any) -> Iterator[pl.DataFrame]:
        # What is raised in here comes out of polars as an error of its own.
        try:
            yield from frames
        except StandoutError as error:
            failure.append(error)
            raise

    try:
        # Polars would open a path in a task of its own, and after an error that may happen when
        # the file was thought to be gone.
        with target.open("wb") as file:
            register_io_source(source, schema=schema).sink_parquet(file, maintain_order=True)
    except PolarsError:
        if failure:
            raise failure[0] from None
        raise


def _write_stream(frames: Iterator[pl.DataFrame], target: Path) -> None:
    with target.open("wb") as file:
        begun = False
        for frame in frames:
            buffer = BytesIO()
            # What other libraries than polars read, too.
            frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
            for message in ArrowMessages().feed(buffer.getvalue()):
                if not begun or message.kind == BATCH:
                    file.write(message.data)
            begun = True
        file.write(END)


def _schema(served: ServedModel, *, shares: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "is_anomaly": pl.Boolean,
        "score": pl.Float64,
        "severity": pl.String,
    }
    names = served.names if shares else ()
    return schema | {f"contribution_{name}": pl.Float64 for name in names}


def _verdicts(
    served: ServedModel, batches: Iterator[pl.DataFrame], *, shares: bool
) -> Iterator[pl.DataFrame]:
    following = Following(served.fitted.plan)
    for batch in batches:
        texts = [column for column in batch if column.dtype == pl.String]
        check_text(sum(column.str.len_bytes().sum() for column in texts), "A part of the file")
        frame, _ = simplified(batch)
        columns = served.rows.arrays(arrays(frame))
        judged = judge(served, columns, following.history, shares=shares)
        following.add(columns)
        score = pl.Series("score", judged.verdicts.score)
        found = pl.DataFrame([(score >= SHIPPED).alias("is_anomaly"), score, severity_words(score)])
        if judged.shares is not None:
            found = found.with_columns(
                pl.Series(f"contribution_{name}", column)
                for name, column in zip(served.names, judged.shares.T, strict=True)
            )
        yield found


def _batches(served: ServedModel, source: Path) -> Iterator[pl.DataFrame]:
    """Give the columns that are looked at, some rows at a time; each part but the last is long."""
    form = find_format(source, "the file")
    if form not in {PARQUET, ARROW_FILE, ARROW_STREAM}:
        raise UnreadableFile(f"A file of {form} is not scored; send Parquet or Arrow.")
    short: list[pl.DataFrame] = []
    try:
        lazy = _lazy(source, form)
        rows = int(lazy.select(pl.len()).collect().item())
        if rows > MAX_ROWS:
            msg = f"The file has {rows:,} rows; at most {MAX_ROWS:,} are scored. Send it in parts."
            raise MessageTooLarge(msg)
        there = lazy.collect_schema().names()
        wanted = [name for name in served.rows.columns_read if name in there]
        if not wanted:
            served.rows.arrays({})
        for part in lazy.select(wanted).collect_batches(
            maintain_order=True, chunk_size=BATCH_ROWS, engine="streaming"
        ):
            short.append(part)
            if sum(frame.height for frame in short) >= _LEAST_ROWS:
                yield pl.concat(short)
                short = []
    except (PolarsError, OSError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise UnreadableFile(f"The file is no whole table: {reason}.") from error
    if any(frame.height for frame in short):
        yield pl.concat(short)


def _lazy(source: Path, form: str) -> pl.LazyFrame:
    if form == ARROW_STREAM:
        check_arrow(source, "The file")
        return pl.read_ipc_stream(source).lazy()
    return pl.scan_parquet(source, glob=False) if form == PARQUET else pl.scan_ipc(source)
