"""Messages that were tried and wait for another try, found among many that wait for their first."""

from __future__ import annotations

from alembic import op

from outbox.columns import only_where

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add an index that holds just these."""
    op.create_index(
        "message_retried",
        "message",
        ["seq"],
        **only_where("state = 'pending' AND last_error <> ''"),
    )
