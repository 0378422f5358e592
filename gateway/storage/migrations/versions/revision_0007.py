"""Who each creditor was when it was last served, and which files are copies of a database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "known_creditor",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("kravia_creditor_id", WHOLE, nullable=False),
        sa.Column("ledger_kind", WORDS, nullable=False),
        sa.Column("ledger_account", WORDS),
        sa.Column("known_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "copy_mark",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("copied_at", WHOLE, nullable=False),
        sa.Column("restored_at", WHOLE),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_strict=True,
    )
