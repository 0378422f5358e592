"""Our own bookings in what a ledger says of an invoice, and what their end means.

A payment we booked comes back with the next reading. It is known by the id its booking has, and is
the agency's money: never told to Kravia, never booked again. While a call is out that may have made
a payment whose id we do not know, what may be that payment is no news yet: it is left out of the
reading, the amount still open, and the invoice is read again once the doubt is ended.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.ledgers.ledger import Snapshot
from gateway.operations.discretion import without_personal_data
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import mark_if_booked
from gateway.operations.tell import ask_person
from gateway.storage import bookings, claims, ledger_readings, settlements
from gateway.storage.desk import finish_tasks
from gateway.storage.tables import QUARANTINE
from outbox.message import Cancelled, Delivered, InDoubt, Message, Outcome, Parked

BY_HAND: Final = "book_by_hand"
"""The kind of task about a booking that the ledger refused."""


def with_own_bookings(connection: sa.Connection, creditor_id: str, snapshot: Snapshot) -> Snapshot:
    """Mark the payments that are ours, and leave out those that may be.

    Ours come first: once they are known as pay-outs, a payment of the same amount is not taken for
    one.
    """
    invoice = snapshot.invoice
    rows = bookings.of_invoice(connection, creditor_id, invoice.id)
    if not rows:
        return snapshot
    own = {row.payment_id for row in rows if row.payment_id is not None}
    ours, others, left_out = [], [], Decimal(0)
    for payment in invoice.payments:
        booked_as = snapshot.booked_as.get(payment.id, payment.id)
        if booked_as in own:
            ours.append(replace(payment, from_agency=True))
        elif any(row.may_be(booked_as, payment.paid_on, payment.amount) for row in rows):
            left_out += payment.amount
        else:
            others.append(payment)
    changed = replace(
        invoice, payments=(*ours, *others), outstanding=invoice.outstanding + left_out
    )
    return replace(snapshot, invoice=changed, is_open=snapshot.is_open or left_out > 0)


def after_booking(
    connection: sa.Connection, gateway: Gateway, message: Message, outcome: Outcome, now: datetime
) -> None:
    """Carry the end of a call over to its booking, the settlement's line, and the people."""
    row = bookings.of_message(connection, message.message_id)
    if row is None:
        return
    match outcome:
        case Delivered(result=payment_id) if payment_id is not None:
            bookings.booked(connection, message.message_id, payment_id)
            mark_if_booked(connection, gateway, row.creditor_id, row.settlement_id, now)
        case InDoubt():
            bookings.doubt(connection, message.message_id)
            return
        case Cancelled():
            bookings.forget(connection, message.message_id)
            settlements.free_line(connection, row.creditor_id, message.message_id)
        case Parked(reason=reason) if reason.startswith(QUARANTINE):
            bookings.doubt(connection, message.message_id)
            return
        case Parked(reason=reason):
            bookings.not_applied(connection, message.message_id)
            _ask_to_book(connection, gateway, message, row, reason, now)
        case _:
            bookings.not_applied(connection, message.message_id)
    ledger_readings.read_again(connection, row.creditor_id, row.invoice_id)
    if isinstance(outcome, Delivered | Cancelled):
        finish_tasks(connection, row.claim_id, {BY_HAND}, now, message.message_id)


def _ask_to_book(
    connection: sa.Connection,
    gateway: Gateway,
    message: Message,
    row: bookings.BookingRow,
    reason: str,
    now: datetime,
) -> None:
    """Say what the ledger refused, in its own sentence, and how to go on."""
    claim = claims.get(connection, row.claim_id)
    if claim is None:
        return
    why = without_personal_data(reason, claim.invoice(gateway.seal).debtor)
    text = (
        f"{row.amount} {claim.currency} of Kravia's settlement {row.settlement_id} of"
        f" {row.settled_on} is not booked in the ledger: {why} When it is mended: kravia-gateway"
        f" outbox resend {message.message_id}. When it is booked by hand: kravia-gateway outbox"
        f" cancel {message.message_id}"
    )
    ask_person(connection, gateway, claim, BY_HAND, text, now, message.message_id)
