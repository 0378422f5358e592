"""What ledgers that are asked last told of each invoice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of the sweeps."""
    op.create_table(
        "ledger_invoice",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Text, nullable=False),
        sa.Column("debtor_number", sa.Text),
        sa.Column("row_hash", sa.LargeBinary),
        sa.Column("payment_ids", sa.Text, nullable=False),
        sa.Column("sealed_facts", sa.LargeBinary),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Integer, nullable=False),
        sa.Column("is_listed", sa.Integer, nullable=False),
        sa.Column("read_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id", "invoice_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "ledger_invoice_unread",
        "ledger_invoice",
        ["creditor_id", "read_at"],
        sqlite_where=sa.text("is_open = 1"),
    )
    op.create_index(
        "ledger_invoice_listed",
        "ledger_invoice",
        ["creditor_id", "invoice_id"],
        sqlite_where=sa.text("is_listed = 1"),
    )
    op.create_index("ledger_invoice_by_debtor", "ledger_invoice", ["creditor_id", "debtor_number"])
    op.create_table(
        "ledger_sweep",
        sa.Column("creditor_id", sa.Text, nullable=False),
        sa.Column("swept_at", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("creditor_id"),
        sqlite_strict=True,
    )
