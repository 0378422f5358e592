"""When a message was sent by its receiver's own clock, beside ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column. What is in doubt from before is judged by our own clock, as it was."""
    op.add_column("message", sa.Column("sent_at_theirs", WHOLE))
    op.execute("UPDATE message SET sent_at_theirs = sent_at WHERE sent_at IS NOT NULL")
