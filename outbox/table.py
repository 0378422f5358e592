"""The one table of the outbox, and which of its rows each index is for.

``head`` is 1 for the oldest unsettled message of its key and 0 for all others, so that leasing
never looks at what waits behind a head: its cost follows the heads, not the backlog.
"""

from __future__ import annotations

import sqlalchemy as sa

from outbox.columns import WHOLE, WORDS, only_where
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
        sa.Column("seq", WHOLE, primary_key=True),  # order within a key, never a timestamp
        sa.Column("message_id", WORDS, nullable=False, unique=True),
        sa.Column("scope", WORDS, nullable=False),
        sa.Column("key", WORDS, nullable=False),
        sa.Column("lane", WORDS),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("subject", WORDS),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("doubtful", WHOLE, nullable=False),
        sa.Column("state", WORDS, nullable=False),
        sa.Column("head", WHOLE, nullable=False),
        sa.Column("attempts", WHOLE, nullable=False, server_default="0"),
        sa.Column("crashes", WHOLE, nullable=False, server_default="0"),
        sa.Column("fence", WHOLE, nullable=False, server_default="0"),
        sa.Column("due_at", WHOLE, nullable=False),  # pending: send; in doubt: look up again
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("first_attempt_at", WHOLE),
        sa.Column("last_attempt_at", WHOLE),
        sa.Column("sent_at", WHOLE),  # when a call was last about to go out
        sa.Column("sent_at_theirs", WHOLE),  # the same by the receiver's clock
        sa.Column("sent_fence", WHOLE),  # under which lease that was
        sa.Column("lease_until", WHOLE),
        sa.Column("settled_at", WHOLE),  # when it became delivered or cancelled
        sa.Column("last_error", WORDS),
        sa.Column("result", WORDS),
        sa.Column("trace", WORDS),  # carried along for who adds it, never read here
        sa.CheckConstraint(f"state IN ({_STATES})", name="message_state_known"),
        sa.CheckConstraint("head IN (0, 1)", name="message_head_flag"),
        # The lease looks at the first of each line, and walks those whose turn it is.
        sa.Index("message_leasable", "scope", "kind", "due_at", "seq", **only_where(LEASABLE)),
        sa.Index("message_leased", "lane", **only_where(LEASED)),
        sa.Index("message_head", "key", unique=True, **only_where(HEAD)),
        sa.Index("message_unsettled_of_key", "key", "seq", **only_where(UNSETTLED)),
        # Lists by state; with settled_at and kind in it, counting never touches the rows.
        sa.Index(
            "message_unsettled", "state", "seq", "settled_at", "kind", **only_where(UNSETTLED)
        ),
        # Lists with every filter are paged by seq: one walk for each state, merged.
        sa.Index("message_settled", "state", "seq", **only_where(SETTLED)),
        sa.Index("message_of_scope", "scope", "state", "seq"),
        sa.Index("message_of_kind", "kind", "state", "seq"),
        sa.Index("message_of_scope_and_kind", "scope", "kind", "state", "seq"),
        sa.Index("message_by_subject", "subject", **only_where("subject IS NOT NULL")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
