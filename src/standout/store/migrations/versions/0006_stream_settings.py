"""Retention, unit, tags, duplicates and channels of streams."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""


def downgrade() -> None:
    """Go back to the revision before."""
