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

from standout.store.rows import FLAGGED

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
    # An append names streams by their keys alone, so a key must tell its tenant.
    UniqueConstraint("key"),
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
        Column("seq", BigInteger, nullable=False),
        Column("value", Double),
        Column("score", Double),
        Column("votes", SmallInteger, nullable=False),
        Column("expected", Double),
        Column("lower", Double),
        Column("upper", Double),
        Column("late", SmallInteger, nullable=False),
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
