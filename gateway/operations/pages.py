"""What lists and shows give, as JSON objects with the contract's minimum fields (§4).

Lists page by key: ``next`` is the cursor for ``after``, or ``None`` at the end. No personal data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from gateway.domain.money import from_minor
from gateway.operations.doubts import candidates_for, is_open, witness_for
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind, live_messages, receipt_order, register_order
from gateway.storage import claims, events, mirror, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import pause_reason
from gateway.storage.events import StoredEvent
from gateway.storage.tables import alert, audit, claim, task
from gateway.storage.tables import message as table
from outbox import store
from outbox.instants import from_ms
from outbox.message import Message, MessageState

Document = dict[str, object]
Row = TypeVar("Row")

LIMIT_DEFAULT = 50
LIMIT_MAX = 1_000
"""Rows of one page: a list is read by people or paged by programs, never held whole in memory."""


class Query:
    """The arguments of a list, read and checked."""

    def __init__(self, arguments: Mapping[str, object]) -> None:
        self._arguments = arguments
        self.limit = self._number("limit", LIMIT_DEFAULT, LIMIT_MAX) or LIMIT_DEFAULT
        self.after = self._number("after", None, None)

    def text(self, name: str) -> str | None:
        """An optional text argument."""
        value = self._arguments.get(name)
        return None if value is None else str(value)

    def _number(self, name: str, default: int | None, most: int | None) -> int | None:
        value = self._arguments.get(name, default)
        if value is None:
            return None
        try:
            number = int(str(value))
        except ValueError:
            number = 0
        if number < 1:
            raise OperationError(f"{name} must be a whole number from 1 up", kind="invalid")
        return number if most is None else min(number, most)


def page(
    rows: Sequence[Row], query: Query, seq: Callable[[Row], int], show: Callable[[Row], Document]
) -> Document:
    """One page; there may be more whenever it is full."""
    following = str(seq(rows[-1])) if len(rows) == query.limit else None
    return {"items": [show(row) for row in rows], "next": following}


def claims_list(connection: sa.Connection, gateway: Gateway, query: Query) -> Document:
    """Claims, newest first."""
    found = claims.listing(
        connection,
        {
            "creditor_id": query.text("creditor"),
            "state": query.text("state"),
            "debtor_number": query.text("debtor"),
        },
        limit=query.limit,
        after=query.after,
    )
    return page(found, query, lambda row: row.seq, lambda row: claim_row(connection, gateway, row))


def claim_row(connection: sa.Connection, _gateway: Gateway, row: Claim) -> Document:
    """A claim's minimum fields; *problem* is its own, or its head message's."""
    live = live_messages(connection, row.claim_id)
    stuck = next((f"{m.kind} {m.state}: {m.last_error}" for m in live if m.last_error), None)
    return {
        "claim_id": row.claim_id,
        "case_id": row.case_id,
        "creditor_id": row.creditor_id,
        "invoice_id": row.invoice_id,
        "invoice_number": row.invoice_number,
        "debtor_number": row.debtor_number,
        "state": row.state.value,
        "close_reason": row.close_reason.value if row.close_reason else None,
        "frozen_on": row.frozen_on.isoformat() if row.frozen_on else None,
        "hold_until": row.hold_until.isoformat() if row.hold_until else None,
        "kravia_invoice_id": row.kravia_invoice_id,
        "kravia_status": row.kravia_status,
        "outstanding": str(row.outstanding),
        "currency": row.currency,
        "updated_at": row.updated_at.isoformat(),
        "problem": row.problem or stuck,
    }


def claim_show(connection: sa.Connection, gateway: Gateway, claim_id: str) -> Document:
    """A claim with its last decision, its money and its messages."""
    row = claims.get(connection, claim_id)
    if row is None:
        raise OperationError(
            f"there is no claim {claim_id}; list them with: claims list", kind="not_found"
        )
    return {
        **claim_row(connection, gateway, row),
        "registered": None if row.registered is None else str(row.registered),
        "registered_at": row.registered_at.isoformat() if row.registered_at else None,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "held_by_person": row.held_by_person,
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        "decision": json.loads(row.decision) if row.decision else None,
        "receipts": [
            {
                "kind": receipt.kind.value,
                "receipt_id": receipt.receipt_id,
                "on": receipt.on.isoformat(),
                "amount": str(receipt.amount),
                "state": receipt.state.value,
            }
            for receipt in receipts.of_claim(connection, claim_id)
        ],
        "collected": [
            {
                "payment_id": payment.payment_id,
                "paid_on": payment.paid_on.isoformat(),
                "amount": str(payment.amount),
                "principal": None if payment.principal is None else str(payment.principal),
                "reversed": payment.reversed,
            }
            for payment in settlements.collected_of(connection, claim_id).values()
        ],
        "messages": [
            message_row(message)
            for message in store.listing(connection, table, subject=claim_id, limit=LIMIT_MAX)
        ],
        "tasks": _tasks_of(connection, claim_id),
    }


def cases_list(connection: sa.Connection, query: Query) -> Document:
    """Cases, newest first: one row for all claims of one creditor on one debtor."""
    newest = sa.func.max(claim.c.seq).label("newest")
    statement = (
        sa.select(
            claim.c.case_id,
            claim.c.creditor_id,
            claim.c.debtor_number,
            newest,
            sa.func.count().label("claims"),
            sa.func.sum(claim.c.outstanding_minor).label("outstanding"),
            sa.func.min(claim.c.currency).label("currency"),
            sa.func.group_concat(claim.c.state.distinct()).label("states"),
            sa.func.max(claim.c.updated_at).label("updated_at"),
        )
        .group_by(claim.c.case_id)
        .order_by(newest.desc())
        .limit(query.limit)
    )
    if query.text("creditor") is not None:
        statement = statement.where(claim.c.creditor_id == query.text("creditor"))
    if query.after is not None:
        statement = statement.having(newest < query.after)
    rows = connection.execute(statement).all()
    return page(
        rows,
        query,
        lambda row: int(row.newest),
        lambda row: {
            "case_id": row.case_id,
            "creditor_id": row.creditor_id,
            "debtor_number": row.debtor_number,
            "claims": row.claims,
            "states": sorted(str(row.states).split(",")),
            "outstanding": str(from_minor(row.outstanding)),
            "currency": row.currency,
            "updated_at": from_ms(row.updated_at).isoformat(),
        },
    )


def case_show(connection: sa.Connection, gateway: Gateway, case_id: str) -> Document:
    """A case with its claims."""
    members = claims.of_case(connection, case_id)
    if not members:
        raise OperationError(
            f"there is no case {case_id}; list them with: cases list", kind="not_found"
        )
    return {
        "case_id": case_id,
        "creditor_id": members[0].creditor_id,
        "debtor_number": members[0].debtor_number,
        "claims": [claim_row(connection, gateway, member) for member in members],
    }


def events_list(connection: sa.Connection, query: Query) -> Document:
    """Events, newest first."""
    conditions: dict[str, object] = {
        "creditor_id": query.text("creditor"),
        "type": query.text("type"),
        "outcome": query.text("outcome"),
    }
    found = events.listing(connection, conditions, limit=query.limit, after=query.after)
    return page(found, query, lambda row: row.seq, event_row)


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


def outbox_list(connection: sa.Connection, query: Query) -> Document:
    """Messages in the order they were added."""
    state = query.text("state")
    found = store.listing(
        connection,
        table,
        scope=query.text("creditor"),
        state=None if state is None else MessageState(state),
        kind=query.text("kind"),
        limit=query.limit,
        after=query.after,
    )
    return page(found, query, lambda row: row.seq, message_row)


def message_row(row: Message) -> Document:
    """A message's minimum fields."""
    return {
        "message_id": row.message_id,
        "creditor_id": row.scope,
        "key": row.key,
        "kind": row.kind,
        "state": row.state.value,
        "attempts": row.attempts,
        "due_at": row.due_at.isoformat(),
        "last_error": row.last_error,
        "claim_id": row.subject,
    }


def message_show(connection: sa.Connection, message_id: str) -> Document:
    """A message, without its payload: that holds personal data."""
    found = store.find(connection, table, message_id)
    if found is None:
        raise OperationError(
            f"there is no message {message_id}; list them with: outbox list", kind="not_found"
        )
    instants = {
        "created_at": found.created_at,
        "first_attempt_at": found.first_attempt_at,
        "last_attempt_at": found.last_attempt_at,
        "lease_until": found.lease_until,
        "settled_at": found.settled_at,
    }
    return {
        **message_row(found),
        **{name: None if at is None else at.isoformat() for name, at in instants.items()},
        "lane": found.lane,
        "fence": found.fence,
        "result": found.result,
    }


def doubts_list(connection: sa.Connection, gateway: Gateway, query: Query) -> Document:
    """Messages whose outcome is unknown, with what Kravia shows that may be theirs."""
    found: list[Message] = []
    for state in (MessageState.IN_DOUBT, MessageState.PARKED):
        found += store.listing(
            connection,
            table,
            scope=query.text("creditor"),
            state=state,
            limit=query.limit,
            after=query.after,
        )
    rows = sorted((m for m in found if is_open(m)), key=lambda m: m.seq)[: query.limit]
    return page(rows, query, lambda row: row.seq, lambda row: doubt_row(connection, gateway, row))


def doubt_row(connection: sa.Connection, gateway: Gateway, row: Message) -> Document:
    """A doubt's minimum fields."""
    found = candidates_for(connection, gateway, row)[0] if row.kind == Kind.REGISTER else ()
    witness = witness_for(connection, gateway, row)
    return {
        "message_id": row.message_id,
        "claim_id": row.subject,
        "kind": row.kind,
        "state": row.state.value,
        "sent_at": row.last_attempt_at.isoformat() if row.last_attempt_at else None,
        "candidates": [candidate.kravia_invoice_id for candidate in found],
        "witness": witness.stamp if witness.proves_absence else None,
        "last_error": row.last_error,
    }


def doubt_show(connection: sa.Connection, gateway: Gateway, message_id: str) -> Document:
    """A doubt: what we sent beside each candidate at Kravia."""
    found = store.find(connection, table, message_id)
    if found is None:
        raise OperationError(
            f"there is no message {message_id}; list doubts with: doubts list", kind="not_found"
        )
    row = doubt_row(connection, gateway, found)
    if found.kind != Kind.REGISTER:
        if not found.kind.startswith("kravia."):
            raise OperationError(f"{message_id} is never in doubt", kind="invalid")
        order = receipt_order(gateway, found.payload)
        sent: Document = {"receipt_id": order.receipt_id, "amount": str(order.amount)}
        return {**row, "sent": sent}
    register = register_order(gateway, found.payload)
    candidates, _ = candidates_for(connection, gateway, found)
    return {
        **row,
        "sent": {
            "accounting_invoice_id": register.invoice.id,
            "invoice_number": register.invoice.number,
            "invoice_date": register.invoice.issue_date.isoformat(),
            "amount": str(register.amount),
            "debtor_number": register.invoice.debtor.number,
        },
        "candidates": [
            {
                "kravia_invoice_id": candidate.kravia_invoice_id,
                "accounting_invoice_id": candidate.accounting_invoice_id,
                "invoice_number": candidate.invoice_number,
                "invoice_date": candidate.invoice_date.isoformat()
                if candidate.invoice_date
                else None,
                "amount": None if candidate.amount is None else str(candidate.amount),
                "debtor_number": candidate.debtor_number,
                "status": candidate.status,
            }
            for candidate in candidates
        ],
    }


def tasks_list(connection: sa.Connection, query: Query, *, done_too: bool) -> Document:
    """What a person must do elsewhere, oldest first."""
    statement = sa.select(task).order_by(task.c.seq).limit(query.limit)
    if not done_too:
        statement = statement.where(sa.text("done_at IS NULL"))
    if query.text("creditor") is not None:
        statement = statement.where(task.c.creditor_id == query.text("creditor"))
    if query.after is not None:
        statement = statement.where(task.c.seq > query.after)
    rows = connection.execute(statement).mappings().all()
    return page(rows, query, lambda row: int(row["seq"]), _task)


def alerts_list(connection: sa.Connection, query: Query) -> Document:
    """Alerts, newest first, each with the command that mends it."""
    statement = sa.select(alert).order_by(alert.c.seq.desc()).limit(query.limit)
    if query.after is not None:
        statement = statement.where(alert.c.seq < query.after)
    return page(
        connection.execute(statement).all(),
        query,
        lambda row: int(row.seq),
        lambda row: {
            "creditor_id": row.creditor_id,
            "kind": row.kind,
            "message": row.text,
            "command": row.command,
            "raised_at": from_ms(row.raised_at).isoformat(),
        },
    )


def audit_list(connection: sa.Connection, query: Query) -> Document:
    """What people did, newest first."""
    statement = sa.select(audit).order_by(audit.c.seq.desc()).limit(query.limit)
    if query.after is not None:
        statement = statement.where(audit.c.seq < query.after)
    return page(
        connection.execute(statement).all(),
        query,
        lambda row: int(row.seq),
        lambda row: {
            "at": from_ms(row.at).isoformat(),
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "reason": row.reason,
        },
    )


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


def status(connection: sa.Connection) -> Document:
    """Counts of everything, for one screen."""
    return {
        "claims": claims.counts(connection),
        "events": events.counts(connection),
        "outbox": {state.value: count for state, count in store.counts(connection, table).items()},
        "tasks": connection.execute(
            sa.select(sa.func.count()).select_from(task).where(sa.text("done_at IS NULL"))
        ).scalar_one(),
        "alerts": connection.execute(sa.select(sa.func.count()).select_from(alert)).scalar_one(),
    }


def _tasks_of(connection: sa.Connection, claim_id: str) -> list[Document]:
    rows = connection.execute(
        sa.select(task).where(task.c.claim_id == claim_id).order_by(task.c.seq)
    ).mappings()
    return [_task(row) for row in rows]


def _task(row: sa.RowMapping) -> Document:
    done_at = row["done_at"]
    return {
        "task_id": row["task_id"],
        "creditor_id": row["creditor_id"],
        "claim_id": row["claim_id"],
        "kind": row["kind"],
        "text": row["text"],
        "created_at": from_ms(row["created_at"]).isoformat(),
        "done_at": None if done_at is None else from_ms(done_at).isoformat(),
        "done_by": row["done_by"],
        "done_note": row["done_note"],
    }
