"""Replays, their frozen sets, and what came of each item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outbox.columns import WHOLE, WORDS, only_where

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of replays."""
    op.create_table(
        "replay",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("replay_id", WORDS, nullable=False),
        sa.Column("what", WORDS, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("filter", WORDS, nullable=False),
        sa.Column("rate_per_second", WHOLE),
        sa.Column("actor", WORDS, nullable=False),
        sa.Column("reason", WORDS, nullable=False),
        sa.Column("started_at", WHOLE, nullable=False),
        sa.Column("ended_at", WHOLE),
        sa.Column("through_seq", WHOLE, nullable=False),
        sa.Column("frozen_seq", WHOLE, nullable=False),
        sa.Column("items", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("replay_id"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "replay_item",
        sa.Column("replay_seq", WHOLE, nullable=False),
        sa.Column("item_seq", WHOLE, nullable=False),
        sa.Column("outcome", WORDS),
        sa.PrimaryKeyConstraint("replay_seq", "item_seq"),
        sqlite_strict=True,
    )
    op.create_index(
        "replay_item_waiting",
        "replay_item",
        ["replay_seq", "item_seq"],
        **only_where("outcome IS NULL"),
    )
    op.create_table(
        "replay_count",
        sa.Column("replay_seq", WHOLE, nullable=False),
        sa.Column("outcome", WORDS, nullable=False),
        sa.Column("count", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("replay_seq", "outcome"),
        sqlite_strict=True,
    )
