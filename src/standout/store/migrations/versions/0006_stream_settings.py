"""Retention, unit, tags, duplicates and channels of streams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROWS = "tenant, stream, time_us, seq, value, score, votes, expected, lower, upper, late"  # as 0001


def upgrade() -> None:
    """Go from the revision before to this one."""
    _add_settings()
    # A key of a table cannot be changed: its rows move, in their order, into a new one.
    op.drop_index("ix_observations_flagged", "observations")
    for table in ("observations", "flags"):
        _move_rows(table)
    key = ["tenant", "stream", "time_us"]
    op.create_index(
        "ix_observations_flagged", "observations", key, sqlite_where=sa.text("score >= 0.6")
    )
    key = ["tenant", "stream", "key"]
    op.create_index("ix_observations_keyed", "observations", key, sqlite_where=sa.text("key >= 0"))
    key = ["tenant", "stream", "seq"]
    op.create_index("ix_observations_late", "observations", key, sqlite_where=sa.text("late = 1"))


def downgrade() -> None:
    """Refuse: the revision before cannot tell equal times or channels apart."""
    msg = "An older version cannot read these rows. Restore the backup that was made before."
    raise NotImplementedError(msg)


def _add_settings() -> None:
    for column in (
        sa.Column("unit", sa.Text()),
        sa.Column("tags", sa.Text(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("keep_us", sa.BigInteger()),
        sa.Column("keep_rows", sa.BigInteger()),
        sa.Column("expired_us", sa.BigInteger()),
        sa.Column("duplicates", sa.Text(), nullable=False, server_default=sa.text("'timestamp'")),
        sa.Column("channels", sa.Text()),
    ):
        op.add_column("streams", column)
    limited = sa.text("keep_us IS NOT NULL OR keep_rows IS NOT NULL")
    op.create_index("ix_streams_retaining", "streams", ["tenant", "id"], sqlite_where=limited)
    op.add_column("blocks", sa.Column("first_key", sa.BigInteger()))
    op.add_column("blocks", sa.Column("last_key", sa.BigInteger()))
    last = sa.Column("last_key", sa.BigInteger(), nullable=False, server_default=sa.text("-1"))
    op.add_column("snapshots", last)


def _move_rows(table: str) -> None:
    op.rename_table(table, f"{table}_before")
    op.create_table(
        table,
        sa.Column("tenant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "key",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            server_default=sa.text("-1"),
        ),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("score", sa.Double()),
        sa.Column("votes", sa.SmallInteger(), nullable=False),
        sa.Column("expected", sa.Double()),
        sa.Column("lower", sa.Double()),
        sa.Column("upper", sa.Double()),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.SmallInteger()),
        sa.Column("vector", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("tenant", "stream", "time_us", "key", name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO {table} ({_ROWS}) SELECT {_ROWS} FROM {table}_before"  # noqa: S608
        " ORDER BY tenant, stream, time_us"
    )
    op.drop_table(f"{table}_before")
