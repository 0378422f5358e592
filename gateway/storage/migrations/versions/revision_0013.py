"""Settlements in parts: interest, fees, costs and VAT, the voucher, and those not understood."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add columns that older rows leave empty, and a table."""
    for name in ("costs_minor", "vat_minor"):
        op.add_column("settlement", sa.Column(name, WHOLE))
    for name in ("voucher_id", "message_id"):
        op.add_column("settlement", sa.Column(name, WORDS))
    op.create_index("settlement_by_message", "settlement", ["message_id"])
    for name in ("interest_minor", "fees_minor"):
        op.add_column("settlement_line", sa.Column(name, WHOLE))
    op.add_column(
        "settlement_line", sa.Column("by_hand", WHOLE, nullable=False, server_default="0")
    )
    op.create_index(
        "settlement_line_by_settlement", "settlement_line", ["creditor_id", "settlement_id"]
    )
    op.create_index("settlement_line_by_receipt", "settlement_line", ["creditor_id", "receipt_id"])
    op.create_table(
        "unread_settlement",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("about", WORDS, nullable=False),
        sa.Column("sealed_raw", sa.LargeBinary, nullable=False),
        sa.Column("why", WORDS, nullable=False),
        sa.Column("seen_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "about"),
        sqlite_strict=True,
    )
