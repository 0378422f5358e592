"""Messages of the outbox and doubts as lists and shows give them (contract §4).

Payloads are never shown: they hold personal data.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.domain.matching import Candidate
from gateway.operations.booking_doubts import booking_doubt, booking_sent
from gateway.operations.booking_orders import BOOKING
from gateway.operations.doubts import candidates_for, is_open, witness_for
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind, receipt_order, register_order
from gateway.operations.paging import LIMIT_MAX, Document, Query, page
from gateway.operations.tell import LEDGER, NOTIFY
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Message, MessageState


def outbox_list(connection: sa.Connection, query: Query) -> Document:
    """Messages, newest first."""
    state = query.choice("state", MessageState)
    found = store.listing(
        connection,
        table,
        scope=query.text("creditor"),
        state=None if state is None else MessageState(state),
        kind=_kind(query),
        limit=query.limit,
        after=query.after,
        newest_first=True,
    )
    return page(found, query, lambda row: row.seq, message_row)


def _kind(query: Query) -> str | None:
    """A kind of message; those that tell somebody are named after what they tell."""
    kind = query.text("kind")
    if kind is not None and not kind.startswith((LEDGER, NOTIFY)) and kind not in tuple(Kind):
        allowed = ", ".join((*Kind, f"{LEDGER}…", f"{NOTIFY}…"))
        raise OperationError(f"kind must be one of {allowed}", kind="invalid")
    return kind


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
    """Messages whose outcome is unknown, with what the receiver shows that may be theirs."""
    rows = sorted(
        [
            *_open_ones(connection, query, MessageState.IN_DOUBT),
            *_open_ones(connection, query, MessageState.PARKED),
        ],
        key=lambda message: message.seq,
    )[: query.limit]
    return page(rows, query, lambda row: row.seq, lambda row: doubt_row(connection, gateway, row))


def _open_ones(connection: sa.Connection, query: Query, state: MessageState) -> list[Message]:
    """Up to a page of open doubts in ``state``; most parked messages are none."""
    found: list[Message] = []
    after = query.after
    while len(found) < query.limit:
        some = store.listing(
            connection,
            table,
            scope=query.text("creditor"),
            state=state,
            limit=LIMIT_MAX,
            after=after,
        )
        found += [message for message in some if is_open(message)]
        if len(some) < LIMIT_MAX:
            break
        after = some[-1].seq
    return found


def doubt_row(connection: sa.Connection, gateway: Gateway, row: Message) -> Document:
    """A doubt's minimum fields."""
    sent_at = row.sent_at or row.last_attempt_at
    told: Document = {
        "message_id": row.message_id,
        "claim_id": row.subject,
        "kind": row.kind,
        "state": row.state.value,
        "sent_at": sent_at.isoformat() if sent_at else None,
        "last_error": row.last_error,
    }
    if row.kind == BOOKING:
        return told | booking_doubt(connection, row)
    found = candidates_for(connection, gateway, row)[0] if row.kind == Kind.REGISTER else ()
    witness = witness_for(connection, gateway, row)
    return told | {
        "candidates": [candidate.kravia_invoice_id for candidate in found],
        "witness": witness.stamp if witness.proves_absence else None,
    }


def doubt_show(connection: sa.Connection, gateway: Gateway, message_id: str) -> Document:
    """A doubt: what we sent beside each candidate at Kravia or in the ledger."""
    found = store.find(connection, table, message_id)
    if found is None:
        raise OperationError(
            f"there is no message {message_id}; list doubts with: doubts list", kind="not_found"
        )
    row = doubt_row(connection, gateway, found)
    if found.kind == BOOKING:
        return {**row, **booking_sent(connection, found)}
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
        "candidates": [_candidate(candidate) for candidate in candidates],
    }


def _candidate(candidate: Candidate) -> Document:
    issued, amount = candidate.invoice_date, candidate.amount
    return {
        "kravia_invoice_id": candidate.kravia_invoice_id,
        "accounting_invoice_id": candidate.accounting_invoice_id,
        "invoice_number": candidate.invoice_number,
        "invoice_date": None if issued is None else issued.isoformat(),
        "amount": None if amount is None else str(amount),
        "debtor_number": candidate.debtor_number,
        "status": candidate.status,
    }
