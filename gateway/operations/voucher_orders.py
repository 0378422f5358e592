"""The message that has what of a settlement is no principal booked, as one voucher."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from gateway.ledgers.ledger import LedgerVouchers, Voucher, VoucherLine
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import VOUCHER
from gateway.operations.settlement_entries import Entry, entry_text
from gateway.storage import vouchers
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import NewMessage


def voucher_side(gateway: Gateway, creditor_id: str) -> LedgerVouchers | None:
    """Where the creditor's vouchers are booked; None where a person does that."""
    ledger = gateway.ledgers.get(creditor_id)
    if ledger is None or ledger.bookings is None:
        return None
    return ledger.bookings.vouchers


def voucher_of(
    settlement_id: str, settled_on: date, currency: str, found: list[Entry]
) -> Voucher | None:
    """Make the voucher of these parts; None where one of them has no account."""
    lines = [
        VoucherLine(
            account=each.account,
            amount=each.amount,
            text=entry_text(each),
            department=each.department,
            project=each.project,
        )
        for each in found
        if each.account is not None
    ]
    if not lines or len(lines) != len(found):
        return None
    return Voucher(
        settlement_id=settlement_id,
        settled_on=settled_on,
        on=settled_on,
        currency=currency,
        text=f"Kravia settlement {settlement_id}",
        lines=tuple(lines),
    )


def add_voucher(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    voucher: Voucher,
    *,
    due_at: datetime,
    now: datetime,
) -> str:
    """Queue the voucher of a settlement; there is one, so add none for a settlement known."""
    document = {
        "settlement_id": voucher.settlement_id,
        "settled_on": voucher.settled_on.isoformat(),
        "currency": voucher.currency,
        "text": voucher.text,
        "lines": [
            {
                "account": line.account,
                "amount": str(line.amount),
                "text": line.text,
                "department": line.department,
                "project": line.project,
            }
            for line in voucher.lines
        ],
    }
    message_id = gateway.new_id("msg_")
    store.add(
        connection,
        table,
        NewMessage(
            message_id=message_id,
            scope=creditor_id,
            key=vouchers.key_of(creditor_id, voucher.settlement_id),
            kind=VOUCHER,
            subject=None,
            payload=gateway.seal.seal(json.dumps(document).encode()),
            due_at=due_at,
            doubtful=True,
            trace=gateway.trace,
        ),
        now=now,
    )
    return message_id


def voucher_order(gateway: Gateway, payload: bytes) -> Voucher:
    """Read what ``add_voucher`` froze, to be booked on the settlement's own day."""
    document = json.loads(gateway.seal.open(payload))
    settled_on = date.fromisoformat(document["settled_on"])
    return Voucher(
        settlement_id=document["settlement_id"],
        settled_on=settled_on,
        on=settled_on,
        currency=document["currency"],
        text=document["text"],
        lines=tuple(
            VoucherLine(
                account=line["account"],
                amount=Decimal(line["amount"]),
                text=line["text"],
                department=line["department"],
                project=line["project"],
            )
            for line in document["lines"]
        ),
    )
