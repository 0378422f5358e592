"""Replays, their frozen sets, and what came of each item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of replays."""
    op.create_table(
        "replay",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("replay_id", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("rate_per_second", sa.Integer),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("started_at", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.Integer),
        sa.Column("through_seq", sa.Integer, nullable=False),
        sa.Column("frozen_seq", sa.Integer, nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("replay_id"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "replay_item",
        sa.Column("replay_seq", sa.Integer, nullable=False),
        sa.Column("item_seq", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("replay_seq", "item_seq"),
        sqlite_strict=True,
    )
    op.create_index(
        "replay_item_waiting",
        "replay_item",
        ["replay_seq", "item_seq"],
        sqlite_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "replay_count",
        sa.Column("replay_seq", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("replay_seq", "outcome"),
        sqlite_strict=True,
    )
