"""How much lies before the gateway, counted from indexes alone, for metrics and alerts.

Nothing here reads a whole table: what is settled, handled or closed is in none of these indexes.
The cost grows with what is open; ``gateway.workers.watch`` counts the less often the more it costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa

from gateway.storage import inbox
from gateway.storage.bank_lines import LineState
from gateway.storage.tables import (
    QUARANTINED,
    alert,
    bank_line,
    claim,
    event,
    feed,
    ledger_sweep,
    message,
    pause,
    task,
)
from outbox.depth import Depth, Unknown, depth, unknown
from outbox.instants import from_ms
from outbox.table import UNSETTLED

_IN_DOUBT: Final = sa.and_(sa.text("state = 'in_doubt'"), UNSETTLED)

DAYS_AHEAD: Final = ("overdue", "today", "tomorrow", "2-7", "8-30", "31+")
"""How far ahead a hold's day is, from Oslo's today; each holds the days behind the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxDepth:
    """Events not handled yet, and when the oldest of them came."""

    events: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Everything counted at one instant; by creditor, kind or day where it says so."""

    outbox: Depth
    in_doubt: Unknown
    quarantined: Unknown
    frozen: Mapping[str, int]  # claims by creditor
    holds: Mapping[str, int]  # claims by DAYS_AHEAD
    polled_at: Mapping[str, datetime]  # the last whole poll of Kravia's feed, by creditor
    swept_at: Mapping[str, datetime]  # the last whole sweep of the ledger, by creditor
    alerts: Mapping[str, int]  # by kind
    tasks: int
    paused: frozenset[str]  # creditors, or "*"


def inbox_depth(connection: sa.Connection, *, at_most: int) -> InboxDepth:
    """Count up to ``at_most`` events that wait for intake; events are handled in order."""
    oldest = connection.execute(
        sa.select(event.c.received_at)
        .where(sa.text("outcome = 'recorded'"))
        .order_by(event.c.seq)
        .limit(1)
    ).scalar()
    return InboxDepth(
        events=inbox.pending_count(connection, at_most=at_most),
        oldest_at=None if oldest is None else from_ms(oldest),
    )


def waiting_bank_lines(connection: sa.Connection) -> dict[str, datetime]:
    """By creditor, since when the oldest line of the bank waits for a person."""
    query = (
        sa.select(bank_line.c.creditor_id, sa.func.min(bank_line.c.created_at))
        .where(bank_line.c.state == LineState.WAITING.value)
        .group_by(bank_line.c.creditor_id)
    )
    return {row[0]: from_ms(row[1]) for row in connection.execute(query)}


def measure(connection: sa.Connection, *, today: date) -> Measures:
    """Count everything."""
    return Measures(
        outbox=depth(connection, message),
        in_doubt=unknown(connection, message, _IN_DOUBT),
        quarantined=unknown(connection, message, QUARANTINED),
        frozen=_frozen(connection),
        holds=_holds(connection, today),
        polled_at=_instants(connection, feed.c.creditor_id, feed.c.polled_at),
        swept_at=_instants(connection, ledger_sweep.c.creditor_id, ledger_sweep.c.swept_at),
        alerts=dict(
            connection.execute(
                sa.select(alert.c.kind, sa.func.count()).group_by(alert.c.kind)
            ).all()
        ),
        tasks=connection.execute(
            sa.select(sa.func.count()).select_from(task).where(sa.text("done_at IS NULL"))
        ).scalar_one(),
        paused=frozenset(connection.execute(sa.select(pause.c.creditor_id)).scalars()),
    )


def _frozen(connection: sa.Connection) -> dict[str, int]:
    query = (
        sa.select(claim.c.creditor_id, sa.func.count())
        .where(sa.text("frozen_on IS NOT NULL"))
        .group_by(claim.c.creditor_id)
    )
    return dict(connection.execute(query).all())


def _holds(connection: sa.Connection, today: date) -> dict[str, int]:
    # As an expression: else the index of all claims by state is taken, and their rows looked up.
    state = sa.literal_column("claim.state || ''", sa.Text)
    query = (
        sa.select(claim.c.decide_on, sa.func.count())
        .where(sa.text("decide_on IS NOT NULL"), state == "held")
        .group_by(claim.c.decide_on)
    )
    holds = dict.fromkeys(DAYS_AHEAD, 0)
    for day, count in connection.execute(query):
        holds[days_ahead(date.fromisoformat(day), today)] += count
    return holds


def days_ahead(day: date, today: date) -> str:
    """Give the word of ``DAYS_AHEAD`` for a day."""
    ahead = (day - today).days
    last_days = (-1, 0, 1, 7, 30)
    for word, last in zip(DAYS_AHEAD, last_days, strict=False):
        if ahead <= last:
            return word
    return DAYS_AHEAD[-1]


def _instants(
    connection: sa.Connection, key: sa.Column[str], instant: sa.Column[int]
) -> dict[str, datetime]:
    query = sa.select(key, instant).where(instant.is_not(None))
    return {creditor_id: from_ms(at) for creditor_id, at in connection.execute(query)}
