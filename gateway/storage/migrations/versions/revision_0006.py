"""Settlement lines booked in the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of bookings."""
    op.create_table(
        "booking",
        sa.Column("seq", WHOLE, primary_key=True),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("claim_id", WORDS, nullable=False),
        sa.Column("invoice_id", WORDS, nullable=False),
        sa.Column("settlement_id", WORDS, nullable=False),
        sa.Column("line_seq", WHOLE, nullable=False, unique=True),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("settled_on", WORDS, nullable=False),
        sa.Column("booked_on", WORDS, nullable=False),
        sa.Column("message_id", WORDS, nullable=False, unique=True),
        sa.Column("before_ids", WORDS),
        sa.Column("doubted", WHOLE, nullable=False, server_default="0"),
        sa.Column("seen", WORDS),
        sa.Column("seen_at", WHOLE),
        sa.Column("payment_id", WORDS),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("booking_by_invoice", "booking", ["creditor_id", "invoice_id"])
