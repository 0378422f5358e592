"""Messages are leased line by line, one line for each creditor and kind."""

from __future__ import annotations

from alembic import op

from outbox.columns import only_where

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Put the line before the hour in the index that the lease walks."""
    op.drop_index("message_leasable", table_name="message")
    op.create_index(
        "message_leasable",
        "message",
        ["scope", "kind", "due_at", "seq"],
        **only_where("state = 'pending' AND head = 1"),
    )
