"""Streams, observations and snapshots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from an empty database to this revision."""
    _create_streams()
    _create_observations()
    _create_snapshots()


def downgrade() -> None:
    """Go back to an empty database."""
    for table in ("purges", "snapshots", "observations", "stream_keys", "streams"):
        op.drop_table(table)


def _create_streams() -> None:
    op.create_table(
        "streams",
        sa.Column("tenant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("detector_version", sa.Integer(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("tz", sa.Text(), nullable=False),
        sa.Column("time_unit", sa.Text()),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_streams"),
        sa.UniqueConstraint("key", name="uq_streams_key"),
    )
    keys = op.create_table("stream_keys", sa.Column("last", sa.BigInteger(), nullable=False))
    op.bulk_insert(keys, [{"last": 0}])


def _create_observations() -> None:
    op.create_table(
        "observations",
        sa.Column("tenant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("score", sa.Double()),
        sa.Column("votes", sa.SmallInteger(), nullable=False),
        sa.Column("expected", sa.Double()),
        sa.Column("lower", sa.Double()),
        sa.Column("upper", sa.Double()),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "stream", "time_us", name="pk_observations"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_observations_flagged",
        "observations",
        ["tenant", "stream", "time_us"],
        sqlite_where=sa.text("score >= 0.6"),
    )


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("tenant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("anomalies", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger()),
        sa.Column("last_value", sa.Double()),
        sa.Column("last_score", sa.Double()),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "stream", name="pk_snapshots"),
    )
    op.create_table(
        "purges",
        sa.Column("tenant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "stream", name="pk_purges"),
    )
