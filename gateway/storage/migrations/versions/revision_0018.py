"""What each side said of a known difference, and the order in which differences are listed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WORDS

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add a column that the next comparison fills, and an index in the place of a shorter one."""
    op.add_column("difference", sa.Column("said", WORDS))
    op.drop_index("difference_first_seen", "difference")
    op.create_index(
        "difference_by_age", "difference", ["creditor_id", "first_seen", "sign", "about"]
    )
