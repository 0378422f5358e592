"""What Kravia lists of money, the differences that are known, and the nightly comparison."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add columns that older rows leave empty, and two tables."""
    op.add_column("claim", sa.Column("remaining_minor", WHOLE))
    op.add_column("claim", sa.Column("agency_entries", WORDS))
    op.create_table(
        "difference",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("sign", WORDS, nullable=False),
        sa.Column("about", WORDS, nullable=False),
        sa.Column("first_seen", WHOLE, nullable=False),
        sa.Column("last_seen", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "sign", "about"),
        sqlite_strict=True,
    )
    op.create_index("difference_first_seen", "difference", ["creditor_id", "first_seen"])
    op.create_table(
        "reconciliation",
        sa.Column("creditor_id", WORDS, primary_key=True),
        sa.Column("day", WORDS, nullable=False),
        sa.Column("began_at", WHOLE, nullable=False),
        sa.Column("ended_at", WHOLE),
        sa.Column("cursor", WORDS),
        sa.Column("compared", WORDS, nullable=False),
        sqlite_strict=True,
    )
