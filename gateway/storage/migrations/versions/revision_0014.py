"""The operator's desk: accounts, sessions and tokens, and indexes for its figures and timelines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS, only_where

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the three tables and four indexes."""
    op.create_table(
        "account",
        sa.Column("name", WORDS, nullable=False),
        sa.Column("role", WORDS, nullable=False),
        sa.Column("creditors", WORDS),
        sa.Column("password_hash", WORDS),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("disabled_at", WHOLE),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("started_at", WHOLE, nullable=False),
        sa.Column("ends_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
        sqlite_strict=True,
    )
    op.create_index("session_of_account", "session", ["name"])
    op.create_index("session_by_end", "session", ["ends_at"])
    op.create_table(
        "api_token",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("creditors", WORDS),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("created_by", WORDS, nullable=False),
        sa.Column("ends_at", WHOLE),
        sa.Column("revoked_at", WHOLE),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("token_hash"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "claim_money",
        "claim",
        [
            "creditor_id",
            "state",
            "currency",
            "created_at",
            "outstanding_minor",
            "registered_minor",
        ],
    )
    op.create_index(
        "event_of_invoice",
        "event",
        ["creditor_id", "invoice_id", "seq"],
        **only_where("outcome <> 'recorded'"),
    )
    op.create_index("collected_money", "collected", ["creditor_id", "reversed", "amount_minor"])
    op.create_index("audit_of_subject", "audit", ["subject", "seq"])
