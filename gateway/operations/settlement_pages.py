"""Kravia's settlements as lists and shows give them, and a person's word that one is booked."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.operations.arguments import Arguments, creditor_of, needed, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import BY_HAND, VOUCHER_MAX_CHARS, mark_if_booked
from gateway.operations.paging import Document, Query, page
from gateway.operations.settlement_entries import entries, entry_row
from gateway.storage import claims, settlement_marks, settlements
from gateway.storage.desk import record_action
from gateway.storage.settlement_marks import StoredSettlement, Unread
from gateway.storage.settlements import Line
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import MessageState

_STATE_OF: Final = {
    MessageState.DELIVERED: "marked",
    MessageState.PARKED: "parked",
    MessageState.IN_DOUBT: "in_doubt",
    MessageState.CANCELLED: "not_marked",
}
"""Where the message that marks it booked at Kravia stands; before its end: to_mark."""


def settlements_list(connection: sa.Connection, query: Query) -> Document:
    """Settlements, newest first."""
    return page(
        query,
        lambda creditor_id: settlement_marks.listing(
            connection, creditor_id=creditor_id, limit=query.limit, after=query.after
        ),
        lambda row: row.seq,
        lambda row: _row(connection, row),
    )


def settlement_show(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """One settlement: its lines with what each was recognised as, and what is booked where."""
    kept = _kept(connection, gateway, arguments)
    lines = settlements.lines_of(connection, kept.creditor_id, kept.settlement_id)
    found = entries(connection, gateway, kept.creditor_id, kept.settlement_id)
    return {
        **_row(connection, kept),
        "costs": _text(kept.costs),
        "vat": _text(kept.vat),
        "lines": [_line(connection, kept.creditor_id, kept.currency, line) for line in lines],
        "entries": [entry_row(each) for each in found],
    }


def settlement_raw(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """What came of a settlement that is not understood; it may hold personal data: audited."""
    settlement_id = needed(arguments, "settlement_id")
    creditor_id, unread = _unread(connection, gateway, settlement_id)
    record_action(
        connection,
        actor=actor,
        action="settlements.show --raw",
        subject=f"{creditor_id} {settlement_id}",
        reason=reason_of(arguments),
        now=now,
    )
    raw = gateway.seal.open(unread.sealed_raw).decode("utf-8", "replace")
    return {
        "creditor_id": creditor_id,
        "settlement_id": unread.about,
        "why": unread.why,
        "raw": raw,
    }


def settlement_booked(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """A person says that all of it is booked, and under which voucher; Kravia is told once."""
    kept = _kept(connection, gateway, arguments)
    voucher = needed(arguments, "voucher").strip()
    if not voucher.isprintable() or len(voucher) > VOUCHER_MAX_CHARS:
        raise OperationError(
            f"voucher must be the ledger's number, at most {VOUCHER_MAX_CHARS} characters",
            kind="invalid",
        )
    if kept.message_id is not None:
        raise OperationError(
            f"settlement {kept.settlement_id} is marked booked as {kept.voucher_id} already; see:"
            f" outbox show {kept.message_id}",
            kind="refused",
        )
    if kept.creditor_id not in gateway.creditors:
        raise OperationError(f"creditor {kept.creditor_id} is not in the settings", kind="refused")
    settlement_marks.finish_task(
        connection, kept.creditor_id, BY_HAND, kept.settlement_id, actor, now
    )
    mark_if_booked(
        connection, gateway, kept.creditor_id, kept.settlement_id, now, voucher_id=voucher
    )
    record_action(
        connection,
        actor=actor,
        action="settlements.booked",
        subject=f"{kept.creditor_id} {kept.settlement_id} = {voucher}",
        reason=reason_of(arguments),
        now=now,
    )
    return _row(connection, _kept(connection, gateway, arguments))


def _kept(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> StoredSettlement:
    settlement_id = needed(arguments, "settlement_id")
    found = settlement_marks.of_id(connection, settlement_id)
    if arguments.get("creditor") is not None:
        creditor_id = creditor_of(gateway, arguments)
        found = tuple(each for each in found if each.creditor_id == creditor_id)
    if not found:
        if any(
            settlement_id in settlement_marks.unread_of(connection, creditor_id)
            for creditor_id in gateway.creditors
        ):
            raise OperationError(
                f"settlement {settlement_id} is not understood; read it with: settlements show"
                f" {settlement_id} --raw",
                kind="refused",
            )
        raise OperationError(
            f"there is no settlement {settlement_id}; list them with: settlements list",
            kind="not_found",
        )
    if len(found) > 1:
        raise OperationError(
            f"several creditors have a settlement {settlement_id}: add --creditor", kind="invalid"
        )
    return found[0]


def _unread(connection: sa.Connection, gateway: Gateway, settlement_id: str) -> tuple[str, Unread]:
    for creditor_id in gateway.creditors:
        known = settlement_marks.unread_of(connection, creditor_id)
        if settlement_id in known:
            return creditor_id, known[settlement_id]
    raise OperationError(
        f"nothing is kept of {settlement_id} as it came: only of settlements that are not"
        " understood; list the tasks about them with: tasks list",
        kind="not_found",
    )


def _row(connection: sa.Connection, row: StoredSettlement) -> Document:
    return {
        "settlement_id": row.settlement_id,
        "creditor_id": row.creditor_id,
        "paid_on": row.paid_on.isoformat() if row.paid_on else None,
        "amount": str(row.amount),
        "currency": row.currency,
        "state": _state(connection, row),
        "voucher_id": row.voucher_id,
        "message_id": row.message_id,
        "received_at": row.received_at.isoformat(),
    }


def _state(connection: sa.Connection, row: StoredSettlement) -> str:
    """Say to_book, to_mark, or how the mark at Kravia stands."""
    if row.message_id is None:
        return "to_book"
    message = store.find(connection, table, row.message_id)
    return "to_mark" if message is None else _STATE_OF.get(message.state, "to_mark")


def _line(connection: sa.Connection, creditor_id: str, currency: str, line: Line) -> Document:
    claim = claims.by_kravia_id(connection, creditor_id, line.kravia_invoice_id)
    return {
        "kravia_invoice_id": line.kravia_invoice_id,
        "claim_id": None if claim is None else claim.claim_id,
        "invoice_id": None if claim is None else claim.invoice_id,
        "invoice_number": None if claim is None else claim.invoice_number,
        "amount": str(line.amount),
        "currency": currency,
        "principal": _text(line.principal),
        "interest": _text(line.interest),
        "fees": _text(line.fees),
        "recognised_as": line.taken_by,
        "by_hand": line.by_hand,
    }


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)
