"""The one table of the outbox, and which of its rows each index is for.

``head`` is 1 for the oldest unsettled message of its key and 0 for all others, so that leasing
never looks at what waits behind a head: its cost follows the heads, not the backlog.
"""

from __future__ import annotations

import sqlalchemy as sa

from outbox.message import MessageState

LEASABLE = sa.text("state = 'pending' AND head = 1")
LEASED = sa.text("state = 'leased'")
UNSETTLED = sa.text("settled_at IS NULL")
SETTLED = sa.text("settled_at IS NOT NULL")
HEAD = sa.text("head = 1")
"""Conditions of the partial indexes. Queries use the same objects: SQLite takes a partial index
only when the query repeats its condition literally."""

_STATES = ", ".join(f"'{state}'" for state in MessageState)


def message_table(metadata: sa.MetaData) -> sa.Table:
    """Define the message table in ``metadata``; its columns are the fields of ``Message``."""
    return sa.Table(
        "message",
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True),  # order within a key, never a timestamp
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("lane", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("doubtful", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", sa.Integer, nullable=False),  # pending: send; in doubt: look up again
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", sa.Integer),
        sa.Column("last_attempt_at", sa.Integer),
        sa.Column("sent_at", sa.Integer),  # when a call was last about to go out
        sa.Column("sent_at_theirs", sa.Integer),  # the same by the receiver's clock
        sa.Column("sent_fence", sa.Integer),  # under which lease that was
        sa.Column("lease_until", sa.Integer),
        sa.Column("settled_at", sa.Integer),  # when it became delivered or cancelled
        sa.Column("last_error", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("trace", sa.Text),  # carried along for who adds it, never read here
        sa.CheckConstraint(f"state IN ({_STATES})", name="message_state_known"),
        sa.CheckConstraint("head IN (0, 1)", name="message_head_flag"),
        # The lease looks at the first of each line, and walks those whose turn it is.
        sa.Index("message_leasable", "scope", "kind", "due_at", "seq", sqlite_where=LEASABLE),
        sa.Index("message_leased", "lane", sqlite_where=LEASED),
        sa.Index("message_head", "key", unique=True, sqlite_where=HEAD),
        sa.Index("message_unsettled_of_key", "key", "seq", sqlite_where=UNSETTLED),
        # Lists by state; with settled_at and kind in it, counting never touches the rows.
        sa.Index("message_unsettled", "state", "seq", "settled_at", "kind", sqlite_where=UNSETTLED),
        # Lists with every filter are paged by seq: one walk for each state, merged.
        sa.Index("message_settled", "state", "seq", sqlite_where=SETTLED),
        sa.Index("message_of_scope", "scope", "state", "seq"),
        sa.Index("message_of_kind", "kind", "state", "seq"),
        sa.Index("message_of_scope_and_kind", "scope", "kind", "state", "seq"),
        sa.Index("message_by_subject", "subject", sqlite_where=sa.text("subject IS NOT NULL")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
