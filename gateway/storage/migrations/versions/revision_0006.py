"""Settlement lines booked in the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of bookings."""
    op.create_table(
        "booking",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("claim_id", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Text, nullable=False),
        sa.Column("settlement_id", sa.Text, nullable=False),
        sa.Column("line_seq", sa.Integer, nullable=False, unique=True),
        sa.Column("amount_minor", sa.Integer, nullable=False),
        sa.Column("settled_on", sa.Text, nullable=False),
        sa.Column("booked_on", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("before_ids", sa.Text),
        sa.Column("doubted", sa.Integer, nullable=False, server_default="0"),
        sa.Column("seen", sa.Text),
        sa.Column("seen_at", sa.Integer),
        sa.Column("payment_id", sa.Text),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("booking_by_invoice", "booking", ["creditor_id", "invoice_id"])
