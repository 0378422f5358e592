"""Payments as banks tell them, and the keyed hash of a KID by which a claim is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS, only_where

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the tables, and the hash empty: ``gateway.operations.known_debtors`` fills it."""
    op.add_column("claim", sa.Column("kid_token", WORDS))
    op.create_index("claim_by_kid", "claim", ["creditor_id", "kid_token"])
    op.create_table(
        "bank_line",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("line_id", WORDS, nullable=False),
        sa.Column("creditor_id", WORDS, nullable=False),
        sa.Column("source", WORDS, nullable=False),
        sa.Column("identity", WORDS, nullable=False),
        sa.Column("file", WORDS),
        sa.Column("on", WORDS, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", WORDS, nullable=False),
        sa.Column("is_return", WHOLE, nullable=False),
        sa.Column("kid_token", WORDS),
        sa.Column("sealed_details", sa.LargeBinary, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("reason", WORDS),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("decided_at", WHOLE),
        sa.Column("decided_by", WORDS),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("line_id"),
        sa.UniqueConstraint("creditor_id", "identity", name="bank_line_once"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    by_kid = only_where("kid_token IS NOT NULL")
    op.create_index("bank_line_by_kid", "bank_line", ["creditor_id", "kid_token"], **by_kid)
    op.create_index("bank_line_of_creditor", "bank_line", ["creditor_id", "seq"])
    op.create_index("bank_line_in_state", "bank_line", ["state", "seq"])
    op.create_index("bank_line_of_creditor_in_state", "bank_line", ["creditor_id", "state", "seq"])
    op.create_table(
        "bank_line_part",
        sa.Column("line_seq", WHOLE, nullable=False),
        sa.Column("claim_id", WORDS, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("told_as", WORDS),
        sa.Column("is_entered", WHOLE, nullable=False),
        sa.Column("is_returned", WHOLE, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("line_seq", "claim_id"),
        sqlite_strict=True,
    )
    op.create_index("bank_line_part_by_claim", "bank_line_part", ["claim_id"])
