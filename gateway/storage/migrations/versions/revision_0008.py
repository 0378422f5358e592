"""What an event and a message are traced under, and indexes that counts are read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the two columns, an index of frozen claims, and what is counted by to two others."""
    op.add_column("event", sa.Column("trace", sa.Text))
    op.add_column("message", sa.Column("trace", sa.Text))
    op.drop_index("message_unsettled", "message")
    op.create_index(
        "message_unsettled",
        "message",
        ["state", "seq", "settled_at", "kind"],
        sqlite_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index("claim_due", "claim")
    op.create_index(
        "claim_due",
        "claim",
        ["decide_on", "state"],
        sqlite_where=sa.text("decide_on IS NOT NULL"),
    )
    op.create_index(
        "claim_frozen",
        "claim",
        ["creditor_id", "frozen_on"],
        sqlite_where=sa.text("frozen_on IS NOT NULL"),
    )
    op.create_index(
        "claim_not_understood",
        "claim",
        ["creditor_id", "kravia_status"],
        sqlite_where=sa.text("kravia_status IS NOT NULL AND details_at IS NULL"),
    )
