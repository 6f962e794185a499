"""Blocks of sealed rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEALED_FROM_ROWS = 2_048
"""Rows from which a stream is sealed; the writer does it by and by once the store is open."""


def upgrade() -> None:
    """Go from the revision before to this one."""
    _create_blocks()
    _create_flags()
    op.create_table("unsealed", *_stream_columns(), _key("unsealed"))
    # GROUP BY follows the primary key: it reads the table once and sorts nothing.
    many = f"HAVING count(*) >= {SEALED_FROM_ROWS}"
    op.execute(
        f"INSERT INTO unsealed SELECT tenant, stream FROM observations GROUP BY 1, 2 {many}"  # noqa: S608
    )


def downgrade() -> None:
    """Refuse: the revision before cannot read blocks."""
    msg = "Blocks cannot be read by an older version. Restore the backup that was made before."
    raise NotImplementedError(msg)


def _stream_columns() -> list[sa.Column[int]]:
    return [
        sa.Column("tenant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.BigInteger(), autoincrement=False, nullable=False),
    ]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant", "stream", *columns, name=f"pk_{table}")


def _create_blocks() -> None:
    op.create_table(
        "blocks",
        *_stream_columns(),
        sa.Column("first_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("anomalies", sa.Integer(), nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        _key("blocks", "first_us"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "block_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runs", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_block_rows"),
    )


def _create_flags() -> None:
    op.create_table(
        "flags",
        *_stream_columns(),
        sa.Column("time_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("score", sa.Double()),
        sa.Column("votes", sa.SmallInteger(), nullable=False),
        sa.Column("expected", sa.Double()),
        sa.Column("lower", sa.Double()),
        sa.Column("upper", sa.Double()),
        sa.Column("late", sa.SmallInteger(), nullable=False),
        _key("flags", "time_us"),
        sqlite_with_rowid=False,
    )
