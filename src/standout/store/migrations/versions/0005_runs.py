"""Runs and their tracked anomalies."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from the revision before to this one."""


def downgrade() -> None:
    """Go back to the revision before."""
