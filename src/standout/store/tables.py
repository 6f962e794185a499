"""Tables of the store, as SQLAlchemy Core knows them; every change also needs a migration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from standout.store.rows import FLAGGED, KEYED, LATE, RETAINING

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

streams = Table(
    "streams",
    metadata,
    Column("tenant", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    Column("key", BigInteger, nullable=False),
    Column("window", Integer, nullable=False),
    Column("detector", Text, nullable=False),
    Column("detector_version", Integer, nullable=False),
    Column("params", Text, nullable=False),
    Column("tz", Text, nullable=False),
    Column("time_unit", Text),
    Column("created_us", BigInteger, nullable=False),
    Column("unit", Text),
    Column("tags", Text, nullable=False, server_default=text("'[]'")),
    # Retention: how far back of the newest, in microseconds, and how many; NULL is no limit.
    Column("keep_us", BigInteger),
    Column("keep_rows", BigInteger),
    Column("expired_us", BigInteger),
    Column("duplicates", Text, nullable=False, server_default=text("'timestamp'")),
    # Their names, once they are known.
    Column("channels", Text),
    # An append names streams by their keys alone, so a key must tell its tenant.
    UniqueConstraint("key"),
)

Index(
    "ix_streams_retaining",
    streams.c.tenant,
    streams.c.id,
    sqlite_where=text(RETAINING),
)

stream_keys = Table(
    "stream_keys",
    metadata,
    # One row: the key that was given last. A deleted stream's key never comes back.
    Column("last", BigInteger, nullable=False),
)


def _row_columns() -> list[Column[Any]]:
    """Columns of an observation with its verdict."""
    return [
        Column("tenant", Integer, primary_key=True, autoincrement=False),
        Column("stream", BigInteger, primary_key=True, autoincrement=False),
        Column("time_us", BigInteger, primary_key=True, autoincrement=False),
        # The sender's own number; -1 where the stream keys on the timestamp.
        Column("key", BigInteger, primary_key=True, autoincrement=False, server_default=text("-1")),
        Column("seq", BigInteger, nullable=False),
        Column("value", Double),
        Column("score", Double),
        Column("votes", SmallInteger, nullable=False),
        Column("expected", Double),
        Column("lower", Double),
        Column("upper", Double),
        Column("late", SmallInteger, nullable=False),
        # Of several channels: the leading one, and the values of all (float64, little-endian).
        Column("channel", SmallInteger),
        Column("vector", LargeBinary),
    ]


# Rows that are not sealed in a block: the newest of each stream, and those that came late.
observations = Table("observations", metadata, *_row_columns(), sqlite_with_rowid=False)

Index(
    "ix_observations_flagged",
    observations.c.tenant,
    observations.c.stream,
    observations.c.time_us,
    sqlite_where=text(FLAGGED),
)

Index(
    "ix_observations_keyed",
    observations.c.tenant,
    observations.c.stream,
    observations.c.key,
    sqlite_where=text(KEYED),
)

Index(
    "ix_observations_late",
    observations.c.tenant,
    observations.c.stream,
    observations.c.seq,
    sqlite_where=text(LATE),
)

# Copies of the flagged rows that are sealed, so that they are found without reading the blocks.
flags = Table("flags", metadata, *_row_columns(), sqlite_with_rowid=False)

# What is told of a block; the blocks of a stream do not overlap. The rows are elsewhere, so that
# thousands of these lie close together.
blocks = Table(
    "blocks",
    metadata,
    Column("tenant", Integer, primary_key=True, autoincrement=False),
    Column("stream", BigInteger, primary_key=True, autoincrement=False),
    Column("first_us", BigInteger, primary_key=True, autoincrement=False),
    Column("last_us", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("anomalies", Integer, nullable=False),
    # See `standout.store.summaries`.
    Column("summary", LargeBinary, nullable=False),
    Column("id", Integer, nullable=False),
    # The range of the senders' own numbers, of streams that key on them.
    Column("first_key", BigInteger),
    Column("last_key", BigInteger),
    sqlite_with_rowid=False,
)

block_rows = Table(
    "block_rows",
    metadata,
    Column("id", Integer, primary_key=True),
    # Summaries of every 64 rows, and the rows: see `standout.store.coding`.
    Column("runs", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

unsealed = Table(
    "unsealed",
    metadata,
    # Streams of an older version whose rows are still to be sealed, some at a time.
    Column("tenant", Integer, primary_key=True, autoincrement=False),
    Column("stream", BigInteger, primary_key=True, autoincrement=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("tenant", Integer, primary_key=True, autoincrement=False),
    Column("stream", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("anomalies", BigInteger, nullable=False),
    Column("last_us", BigInteger),
    Column("last_value", Double),
    Column("last_score", Double),
    Column("state", LargeBinary, nullable=False),
    Column("last_key", BigInteger, nullable=False, server_default=text("-1")),
)

purges = Table(
    "purges",
    metadata,
    # Deleted streams whose observations are still being removed, a few thousand at a time.
    Column("tenant", Integer, primary_key=True, autoincrement=False),
    Column("stream", BigInteger, primary_key=True, autoincrement=False),
)

labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("stream", BigInteger, nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("to_us", BigInteger, nullable=False),
    Column("word", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("tenant", "stream", "from_us", "to_us", "who"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("progress", Double),
    Column("stage", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("started_us", BigInteger),
    Column("ended_us", BigInteger),
    # JSON.
    Column("result", Text, nullable=False),
    UniqueConstraint("tenant", "id"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    # JSON; the rows are in a file of their own.
    Column("profile", Text, nullable=False),
    UniqueConstraint("tenant", "id"),
)

models = Table(
    "models",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("id", Text, nullable=False),
    # The version that predicts; null before the first is ready.
    Column("live", Integer),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("tenant", "id"),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("model", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("job", Text, nullable=False),
    # JSON: what was asked for, and what came of it.
    Column("asked", Text, nullable=False),
    Column("stats", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("ready_us", BigInteger),
)

repeats = Table(
    "repeats",
    metadata,
    # Answers to requests that named an Idempotency-Key, for when they come again.
    Column("number", Integer, primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("tenant", "key"),
)

runs = Table(
    "runs",
    metadata,
    # Never given again: an anomaly that is on its way must not reach another run.
    Column("number", Integer, primary_key=True),
    Column("tenant", Integer, nullable=False),
    Column("token", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    # The means, then the scatter matrix by rows: float64, little endian.
    Column("sums", LargeBinary, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    UniqueConstraint("tenant", "token", "id"),
    sqlite_autoincrement=True,
)

run_anomalies = Table(
    "run_anomalies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    # JSON, both.
    Column("row", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Index("ix_run_anomalies_run", "run"),
)
