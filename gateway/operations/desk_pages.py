"""Events, tasks, alerts, creditors and the one-screen status, as lists give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document, Query, page
from gateway.operations.repair import copy_of
from gateway.storage import claims, events, mirror
from gateway.storage.desk import alerts_standing, open_tasks, pause_reason
from gateway.storage.events import StoredEvent
from gateway.storage.tables import alert, claim, task
from gateway.storage.tables import message as table
from outbox import store
from outbox.instants import from_ms

_TASKS: Final = sa.select(task, claim.c.invoice_number, claim.c.kravia_invoice_id).select_from(
    task.outerjoin(claim, claim.c.claim_id == task.c.claim_id)
)


def events_list(connection: sa.Connection, query: Query) -> Document:
    """Events, newest first."""
    conditions: dict[str, object] = {
        "type": query.text("type"),
        "outcome": query.choice("outcome", events.OUTCOMES),
    }

    def fetch(creditor_id: str | None) -> Sequence[StoredEvent]:
        of = {"creditor_id": creditor_id, **conditions}
        return events.listing(connection, of, limit=query.limit, after=query.after)

    return page(query, fetch, lambda row: row.seq, event_row)


def event_row(row: StoredEvent) -> Document:
    """An event's minimum fields."""
    return {
        "event_id": row.event_id,
        "creditor_id": row.creditor_id,
        "type": row.type,
        "webhook_id": row.webhook_id,
        "received_at": row.received_at.isoformat(),
        "outcome": row.outcome,
        "problem": row.problem,
    }


def event_show(connection: sa.Connection, event_id: str) -> Document:
    """An event, without its body: that holds personal data."""
    found = events.get(connection, event_id)
    if found is None:
        raise OperationError(
            f"there is no event {event_id}; list them with: events list", kind="not_found"
        )
    return {
        **event_row(found),
        "invoice_id": found.invoice_id,
        "handled_at": found.handled_at.isoformat() if found.handled_at else None,
        "repaired_as": copy_of(connection, found),
    }


def tasks_list(connection: sa.Connection, query: Query, *, done_too: bool) -> Document:
    """What a person must do elsewhere, oldest first."""
    statement = _TASKS.order_by(task.c.seq).limit(query.limit)
    if not done_too:
        statement = statement.where(sa.text("done_at IS NULL"))
    if query.after is not None:
        statement = statement.where(task.c.seq > query.after)
    fetch = _fetching(connection, statement, task.c.creditor_id)
    return page(query, fetch, lambda row: int(row["seq"]), _task, newest_first=False)


def task_show(connection: sa.Connection, task_id: str) -> Document:
    """One task, open or done."""
    row = connection.execute(_TASKS.where(task.c.task_id == task_id)).mappings().first()
    if row is None:
        raise OperationError(
            f"there is no task {task_id}; list them with: tasks list", kind="not_found"
        )
    return _task(row)


def alerts_list(connection: sa.Connection, query: Query) -> Document:
    """Alerts, newest first, each with the command that mends it."""
    statement = sa.select(alert).order_by(alert.c.seq.desc()).limit(query.limit)
    if query.after is not None:
        statement = statement.where(alert.c.seq < query.after)
    return page(
        query,
        _fetching(connection, statement, alert.c.creditor_id),
        lambda row: int(row["seq"]),
        lambda row: {
            "creditor_id": row["creditor_id"],
            "kind": row["kind"],
            "message": row["text"],
            "command": row["command"],
            "raised_at": from_ms(row["raised_at"]).isoformat(),
        },
    )


def _fetching(
    connection: sa.Connection,
    statement: sa.Select[*tuple[object, ...]],
    creditor: sa.Column[str] | None,
) -> Callable[[str | None], Sequence[sa.RowMapping]]:
    """How ``page`` gets the rows of one creditor; without its column there are no such."""

    def fetch(creditor_id: str | None) -> Sequence[sa.RowMapping]:
        if creditor is None or creditor_id is None:
            return connection.execute(statement).mappings().all()
        return connection.execute(statement.where(creditor == creditor_id)).mappings().all()

    return fetch


def creditors_list(
    connection: sa.Connection, gateway: Gateway, query: Query, now: datetime
) -> Document:
    """Creditors of the settings: mode, guards, pause, mirror. There are few; one page has all."""
    rows = [creditor_row(connection, gateway, name, now) for name in sorted(gateway.creditors)]
    return {"items": rows[: query.limit], "next": None}


def creditor_row(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, now: datetime
) -> Document:
    """One creditor's mode, guards, pause and mirror."""
    creditor = gateway.creditors[creditor_id]
    feed = mirror.get_feed(connection, creditor_id)
    fresh = feed.polled_at is not None and now - feed.polled_at <= timedelta(
        seconds=gateway.pace.mirror_max_age_seconds
    )
    return {
        "creditor_id": creditor_id,
        "kravia_creditor_id": creditor.kravia_creditor_id,
        "mode": "observe" if creditor.observe else "live",
        "approval": "manual" if creditor.approval_is_manual else "automatic",
        "first_cases_need_approval": creditor.first_cases_need_approval,
        "register_max_per_day": creditor.register_max_per_day,
        "payout_model": creditor.payout_model.value,
        "ledger": creditor.ledger_kind,
        "paused": pause_reason(connection, creditor_id),
        "mirror_complete": feed.completed_at is not None,
        "mirror_fresh": fresh,
        "polled_at": feed.polled_at.isoformat() if feed.polled_at else None,
    }


def status(connection: sa.Connection, gateway: Gateway) -> Document:
    """Counts of everything that may be seen, for one screen."""
    visible = gateway.visible
    outbox: Counter[str] = Counter()
    for scope in (None,) if visible is None else sorted(visible):
        found = store.counts(connection, table, scope=scope)
        outbox.update({state.value: count for state, count in found.items()})
    return {
        "claims": claims.counts(connection, visible),
        "events": events.counts(connection, visible),
        "outbox": dict(outbox),
        "tasks": open_tasks(connection, visible),
        "alerts": alerts_standing(connection, visible),
    }


def tasks_of(connection: sa.Connection, claim_id: str) -> list[Document]:
    """All tasks about a claim, done ones too."""
    rows = connection.execute(
        _TASKS.where(task.c.claim_id == claim_id).order_by(task.c.seq)
    ).mappings()
    return [_task(row) for row in rows]


def _task(row: sa.RowMapping) -> Document:
    done_at = row["done_at"]
    return {
        "task_id": row["task_id"],
        "creditor_id": row["creditor_id"],
        "claim_id": row["claim_id"],
        "invoice_number": row["invoice_number"],
        "kravia_invoice_id": row["kravia_invoice_id"],
        "kind": row["kind"],
        "text": row["text"],
        "created_at": from_ms(row["created_at"]).isoformat(),
        "done_at": None if done_at is None else from_ms(done_at).isoformat(),
        "done_by": row["done_by"],
        "done_note": row["done_note"],
    }
