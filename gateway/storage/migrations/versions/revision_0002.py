"""What ledgers that are asked last told of each invoice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS, only_where

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of the sweeps."""
    op.create_table(
        "ledger_invoice",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("invoice_id", WORDS, nullable=False),
        sa.Column("debtor_number", WORDS),
        sa.Column("row_hash", sa.LargeBinary),
        sa.Column("payment_ids", WORDS, nullable=False),
        sa.Column("sealed_facts", sa.LargeBinary),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("is_open", WHOLE, nullable=False),
        sa.Column("is_listed", WHOLE, nullable=False),
        sa.Column("read_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "invoice_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "ledger_invoice_unread",
        "ledger_invoice",
        ["creditor_id", "read_at"],
        **only_where("is_open = 1"),
    )
    op.create_index(
        "ledger_invoice_listed",
        "ledger_invoice",
        ["creditor_id", "invoice_id"],
        **only_where("is_listed = 1"),
    )
    op.create_index("ledger_invoice_by_debtor", "ledger_invoice", ["creditor_id", "debtor_number"])
    op.create_table(
        "ledger_sweep",
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("swept_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )
