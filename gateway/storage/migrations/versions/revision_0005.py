"""Indexes that let a list with any filter be paged without reading what it leaves out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import only_where

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create them; some seconds for a million rows."""
    _of_messages()
    _of_events()
    op.create_index("claim_of_creditor", "claim", ["creditor_id", "seq"])
    op.create_index("claim_in_state", "claim", ["state", "seq"])
    op.create_index("claim_of_creditor_in_state", "claim", ["creditor_id", "state", "seq"])
    op.create_index("claim_of_debtor", "claim", ["debtor_number", "seq"])
    op.create_index(
        "task_open_of_creditor",
        "task",
        ["creditor_id", "seq"],
        **only_where("done_at IS NULL"),
    )
    op.create_index("task_of_creditor", "task", ["creditor_id", "seq"])


def _of_messages() -> None:
    op.create_index(
        "message_settled",
        "message",
        ["state", "seq"],
        **only_where("settled_at IS NOT NULL"),
    )
    op.create_index("message_of_scope", "message", ["scope", "state", "seq"])
    op.create_index("message_of_kind", "message", ["kind", "state", "seq"])
    op.create_index("message_of_scope_and_kind", "message", ["scope", "kind", "state", "seq"])
    quarantined = sa.text(
        "state = 'parked' AND last_error >= 'quarantine: ' AND last_error < 'quarantine:!'"
    )
    op.create_index("message_quarantined", "message", ["seq"], **only_where(quarantined))
    op.create_index(
        "message_quarantined_of_scope", "message", ["scope", "seq"], **only_where(quarantined)
    )


def _of_events() -> None:
    looked_at = sa.text("outcome <> 'recorded'")
    for name, columns in {
        "event_of_outcome": ["outcome", "seq"],
        "event_of_creditor": ["creditor_id", "outcome", "seq"],
        "event_of_type": ["type", "outcome", "seq"],
        "event_of_creditor_and_type": ["creditor_id", "type", "outcome", "seq"],
    }.items():
        op.create_index(name, "event", columns, **only_where(looked_at))
