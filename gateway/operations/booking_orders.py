"""The message that has one settlement line booked in the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.operations.gateway import Gateway
from gateway.storage import bookings, settlements
from gateway.storage.bookings import NewBooking
from gateway.storage.claims import Claim
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import NewMessage

BOOKING: Final = "ledger.booking"
"""The kind of such a message; the others to a ledger tell, and may be told twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingOrder:
    """The frozen payload: all of the booking but the day, which a closed one may move."""

    settlement_id: str
    line: int
    kravia_invoice_id: str
    amount: Decimal
    department: str | None
    project: str | None


def add_booking(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    order: BookingOrder,
    *,
    line_seq: int,
    settled_on: date,
    due_at: datetime,
    now: datetime,
) -> str:
    """Queue one booking. One of an invoice at a time, so that what is new on it is the last's."""
    message_id = gateway.new_id("msg_")
    bookings.add(
        connection,
        NewBooking(
            creditor_id=claim.creditor_id,
            claim_id=claim.claim_id,
            invoice_id=claim.invoice_id,
            settlement_id=order.settlement_id,
            line_seq=line_seq,
            amount=order.amount,
            settled_on=settled_on,
            message_id=message_id,
        ),
    )
    settlements.take_line(connection, line_seq, message_id)
    document = {
        "settlement_id": order.settlement_id,
        "line": order.line,
        "kravia_invoice_id": order.kravia_invoice_id,
        "amount": str(order.amount),
        "department": order.department,
        "project": order.project,
    }
    store.add(
        connection,
        table,
        NewMessage(
            message_id=message_id,
            scope=claim.creditor_id,
            key=f"booking.{claim.claim_id}",
            kind=BOOKING,
            subject=claim.claim_id,
            payload=gateway.seal.seal(json.dumps(document).encode()),
            due_at=due_at,
            doubtful=True,
        ),
        now=now,
    )
    return message_id


def booking_order(gateway: Gateway, payload: bytes) -> BookingOrder:
    """Read what ``add_booking`` froze."""
    document = json.loads(gateway.seal.open(payload))
    return BookingOrder(
        settlement_id=document["settlement_id"],
        line=document["line"],
        kravia_invoice_id=document["kravia_invoice_id"],
        amount=Decimal(document["amount"]),
        department=document["department"],
        project=document["project"],
    )
