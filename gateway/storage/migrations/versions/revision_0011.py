"""What several processes on one database share: duties, marks of writers, the key of hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "duty",
        sa.Column("name", WORDS, nullable=False),
        sa.Column("holder", WORDS, nullable=False),
        sa.Column("until", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
    )
    op.create_table(
        "writer",
        sa.Column("writer_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("groups", WHOLE, nullable=False),
        sa.Column("opened_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("writer_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "token_key",
        sa.Column("name", WORDS, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
    )
