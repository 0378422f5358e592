"""Who each creditor was when it was last served, and which files are copies of a database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "known_creditor",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("kravia_creditor_id", sa.Integer, nullable=False),
        sa.Column("ledger_kind", sa.Text, nullable=False),
        sa.Column("ledger_account", sa.Text),
        sa.Column("known_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "copy_mark",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("copied_at", sa.Integer, nullable=False),
        sa.Column("restored_at", sa.Integer),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_strict=True,
    )
