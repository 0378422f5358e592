"""The audit is found by who, what, of what and when."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0018"


def upgrade() -> None:
    """Add indexes, one of them in the place of another that a row's instant was not in."""
    op.drop_index("audit_of_subject", "audit")
    op.create_index("audit_by_instant", "audit", ["at", "seq"])
    op.create_index("audit_of_actor", "audit", ["actor", "at", "seq"])
    op.create_index("audit_of_action", "audit", ["action", "at", "seq"])
    op.create_index("audit_of_actors_action", "audit", ["actor", "action", "at", "seq"])
    op.create_index("audit_of_subject", "audit", ["subject", "at", "seq"])
