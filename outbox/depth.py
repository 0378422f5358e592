"""How much lies in the outbox and since when, for those who watch it.

Each statement reads one partial index: what is settled, however much it is, costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from outbox.instants import from_ms
from outbox.message import MessageState
from outbox.store import next_due_at
from outbox.table import UNSETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Unsettled messages by (state, kind), and the instant since which the oldest head is due."""

    messages: Mapping[tuple[MessageState, str], int]
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Messages whose effect is unknown: how many, and when the oldest of them was sent."""

    count: int
    oldest_sent_at: datetime | None


def depth(connection: sa.Connection, table: sa.Table) -> Depth:
    """Count what is not settled; its cost grows with that, not with the history."""
    # As expressions, for which no index is in order: else one that holds the settled messages too
    # would be walked whole, and not the one that holds just these.
    state, kind = (
        sa.literal_column(f"{table.name}.{name} || ''", sa.Text) for name in ("state", "kind")
    )
    query = sa.select(state, kind, sa.func.count()).select_from(table).where(UNSETTLED)
    query = query.group_by(state, kind)
    found = {(MessageState(s), kind): count for s, kind, count in connection.execute(query)}
    return Depth(messages=found, oldest_due_at=next_due_at(connection, table))


def unknown(
    connection: sa.Connection, table: sa.Table, condition: sa.ColumnElement[bool] | sa.TextClause
) -> Unknown:
    """Count the messages that fit, and find the oldest send; say the condition as an index does."""
    sent_at = sa.func.coalesce(table.c.sent_at, table.c.last_attempt_at)
    query = sa.select(sa.func.count(), sa.func.min(sent_at)).select_from(table).where(condition)
    count, oldest = connection.execute(query).one()
    return Unknown(count=count, oldest_sent_at=None if oldest is None else from_ms(oldest))
