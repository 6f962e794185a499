"""Datasets, models with their versions, and jobs."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""


def downgrade() -> None:
    """Go back to the revision before."""
