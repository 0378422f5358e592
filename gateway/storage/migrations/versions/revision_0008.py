"""What an event and a message are traced under, and indexes that counts are read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WORDS, only_where

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the two columns, an index of frozen claims, and what is counted by to two others."""
    op.add_column("event", sa.Column("trace", WORDS))
    op.add_column("message", sa.Column("trace", WORDS))
    op.drop_index("message_unsettled", "message")
    op.create_index(
        "message_unsettled",
        "message",
        ["state", "seq", "settled_at", "kind"],
        **only_where("settled_at IS NULL"),
    )
    op.drop_index("claim_due", "claim")
    op.create_index(
        "claim_due",
        "claim",
        ["decide_on", "state"],
        **only_where("decide_on IS NOT NULL"),
    )
    op.create_index(
        "claim_frozen",
        "claim",
        ["creditor_id", "frozen_on"],
        **only_where("frozen_on IS NOT NULL"),
    )
    op.create_index(
        "claim_not_understood",
        "claim",
        ["creditor_id", "kravia_status"],
        **only_where("kravia_status IS NOT NULL AND details_at IS NULL"),
    )
