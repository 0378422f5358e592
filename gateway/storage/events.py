"""Events after they were recorded: read in order, marked, listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from gateway.storage.tables import LOOKED_AT, alert, event
from gateway.storage.visibility import of_creditors
from outbox.instants import from_ms, to_ms
from outbox.prepared import Prepared

OUTCOMES = (
    "recorded",
    "handled",
    "rejected",
    "repaired",
    "ignored",
    "stale",
    "waiting",
    "conflict",
)
"""What may become of an event."""

WAITING_ALERT = "event_waiting"
"""The kind of alert about an event whose invoice never came."""

WAITING_ALERTS_MAX = 100
"""Alerts raised at once; the next look takes the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One event as kept; the body is sealed."""

    seq: int
    event_id: str
    creditor_id: str
    webhook_id: str
    type: str
    invoice_id: str | None
    sealed_body: bytes
    received_at: datetime
    outcome: str
    problem: str | None
    handled_at: datetime | None
    trace: str | None = None


_EVENTS: Final = sa.select(
    *(
        event.c[name]
        for name in (
            *("seq", "event_id", "creditor_id", "webhook_id", "type", "invoice_id", "sealed_body"),
            *("received_at", "outcome", "problem", "handled_at", "trace"),
        )
    )
)
"""What ``_stored`` takes, in its order."""

# These run for every event.
_UNHANDLED: Final = Prepared(
    _EVENTS.where(sa.text("outcome = 'recorded'"))
    .order_by(event.c.seq)
    .limit(sa.bindparam("at_most", type_=sa.Integer))
)
_OUTCOME: Final = Prepared(sa.select(event.c.outcome).where(event.c.seq == sa.bindparam("of_seq")))
_IS_AWAITED: Final = Prepared(
    sa.select(sa.literal(1))
    .select_from(event)
    .where(
        sa.text("outcome = 'recorded'"),
        event.c.creditor_id.concat("") == sa.bindparam("of_creditor"),
        event.c.invoice_id == sa.bindparam("of_invoice"),
    )
    .limit(1)
)
_WAITING_FOR: Final = Prepared(
    _EVENTS.where(
        sa.text("outcome = 'waiting'"),
        event.c.creditor_id == sa.bindparam("of_creditor"),
        event.c.invoice_id == sa.bindparam("of_invoice"),
    ).order_by(event.c.seq)
)
_MARK: Final = Prepared(sa.update(event).where(event.c.seq == sa.bindparam("of_seq")))


def unhandled(connection: sa.Connection, limit: int) -> tuple[StoredEvent, ...]:
    """Recorded events in the order they were committed."""
    return tuple(map(_stored, _UNHANDLED.all(connection, at_most=limit)))


def outcome_of(connection: sa.Connection, seq: int) -> str:
    """What became of an event by now; ``recorded`` is nothing yet."""
    (row,) = _OUTCOME.all(connection, of_seq=seq)
    return str(row[0])


def is_awaited(connection: sa.Connection, creditor_id: str, invoice_id: str) -> bool:
    """Whether an event about the invoice was recorded and is not handled yet.

    Reads the short list of unhandled events; the planner would read all events of the creditor,
    but an expression takes no index.
    """
    found = _IS_AWAITED.first(connection, of_creditor=creditor_id, of_invoice=invoice_id)
    return found is not None


def waiting_for(
    connection: sa.Connection, creditor_id: str, invoice_id: str
) -> tuple[StoredEvent, ...]:
    """Events that came before their invoice."""
    rows = _WAITING_FOR.all(connection, of_creditor=creditor_id, of_invoice=invoice_id)
    return tuple(map(_stored, rows))


def waited_too_long(connection: sa.Connection, before: datetime) -> tuple[StoredEvent, ...]:
    """Money and objection events that wait since ``before`` and were not alerted of yet.

    Snapshots of invoices that were never overdue wait too, rightly and for ever.
    """
    told = sa.exists(
        sa.select(sa.literal(1)).where(
            alert.c.creditor_id == event.c.creditor_id,
            alert.c.kind == WAITING_ALERT,
            alert.c.about == event.c.event_id,
        )
    )
    return _many(
        connection,
        _EVENTS.where(
            sa.text("outcome = 'waiting'"),
            event.c.type.not_like("invoice.%"),
            event.c.received_at <= to_ms(before),
            ~told,
        )
        .order_by(event.c.seq)
        .limit(WAITING_ALERTS_MAX),
    )


def mark(
    connection: sa.Connection,
    stored: StoredEvent,
    outcome: str,
    now: datetime,
    *,
    problem: str | None = None,
) -> str:
    """Write what became of an event; returns the outcome."""
    _MARK.change(
        connection,
        of_seq=stored.seq,
        outcome=outcome,
        problem=problem,
        handled_at=None if outcome == "waiting" else to_ms(now),
    )
    return outcome


def get(connection: sa.Connection, event_id: str) -> StoredEvent | None:
    """The event with this id."""
    found = _many(connection, _EVENTS.where(event.c.event_id == event_id))
    return found[0] if found else None


def by_seq(connection: sa.Connection, seq: int) -> StoredEvent | None:
    """The event with this ``seq``."""
    found = _many(connection, _EVENTS.where(event.c.seq == seq))
    return found[0] if found else None


def by_webhook_id(
    connection: sa.Connection, creditor_id: str, webhook_id: str
) -> StoredEvent | None:
    """The event that came under a webhook id."""
    found = _many(
        connection,
        _EVENTS.where(event.c.creditor_id == creditor_id, event.c.webhook_id == webhook_id),
    )
    return found[0] if found else None


def id_by_webhook(connection: sa.Connection, creditor_id: str, prefix: str) -> str | None:
    """The id of the event whose webhook id begins so."""
    found: str | None = connection.execute(
        sa.select(event.c.event_id).where(
            event.c.creditor_id == creditor_id,
            event.c.webhook_id > prefix,
            event.c.webhook_id < f"{prefix}~",  # behind every hex digit
        )
    ).scalar()
    return found


def listing(
    connection: sa.Connection,
    conditions: dict[str, object],
    *,
    limit: int,
    after: int | None,
) -> tuple[StoredEvent, ...]:
    """Newest first, ``after`` a ``seq``; ``conditions`` are column = value, ``None`` ignored."""
    wanted = {name: value for name, value in conditions.items() if value is not None}
    outcome = wanted.pop("outcome", None)
    before = [] if after is None else [event.c.seq < after]
    newest_first = sa.literal_column("seq", sa.Integer).desc()
    if outcome is None and not wanted:
        return _many(connection, _EVENTS.where(*before).order_by(newest_first).limit(limit))
    # The indexes have the outcome before the order: without one, a walk for each is merged.
    outcomes = OUTCOMES if outcome is None else (str(outcome),)
    walks = [_with_outcome(each, wanted).where(*before) for each in outcomes]
    query = walks[0] if len(walks) == 1 else sa.union_all(*walks)
    return _many(connection, query.order_by(newest_first).limit(limit))


def of_invoice(
    connection: sa.Connection, creditor_id: str, invoice_id: str, limit: int
) -> tuple[StoredEvent, ...]:
    """The newest events about one invoice that intake has looked at, newest first."""
    query = (
        _EVENTS.where(
            LOOKED_AT, event.c.creditor_id == creditor_id, event.c.invoice_id == invoice_id
        )
        .order_by(event.c.seq.desc())
        .limit(limit)
    )
    return _many(connection, query)


def _with_outcome(outcome: str, wanted: Mapping[str, object]) -> sa.Select[tuple[object, ...]]:
    """Events with one outcome, in the words of the index that has them in order."""
    if outcome == "recorded":  # few: the rest is looked up in them, for an expression has no index
        of = [event.c[name].concat("") == value for name, value in wanted.items()]
        return _EVENTS.where(sa.text("outcome = 'recorded'"), *of)
    of = [event.c[name] == value for name, value in wanted.items()]
    return _EVENTS.where(LOOKED_AT, event.c.outcome == outcome, *of)


def counts(connection: sa.Connection, creditors: frozenset[str] | None = None) -> dict[str, int]:
    """Events by outcome, of these creditors or of all."""
    query = sa.select(event.c.outcome, sa.func.count()).group_by(event.c.outcome)
    return dict(connection.execute(of_creditors(query, event.c.creditor_id, creditors)).all())


def _many(
    connection: sa.Connection,
    query: sa.Select[tuple[object, ...]] | sa.CompoundSelect[tuple[object, ...]],
) -> tuple[StoredEvent, ...]:
    return tuple(map(_stored, connection.execute(query)))


def _stored(row: Sequence[Any]) -> StoredEvent:
    (
        seq,
        event_id,
        creditor_id,
        webhook_id,
        type_,
        invoice_id,
        sealed_body,
        received_at,
        outcome,
        problem,
        handled_at,
        trace,
    ) = row
    return StoredEvent(
        seq=seq,
        event_id=event_id,
        creditor_id=creditor_id,
        webhook_id=webhook_id,
        type=type_,
        invoice_id=invoice_id,
        sealed_body=sealed_body,
        received_at=from_ms(received_at),
        outcome=outcome,
        problem=problem,
        handled_at=None if handled_at is None else from_ms(handled_at),
        trace=trace,
    )
