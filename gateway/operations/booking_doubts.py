"""A booking whose outcome nobody knows, judged by what stands on the invoice and did not before.

::

    in doubt ── one new payment with our day and amount ───────────────> adopted (delivered)
             ── several, or one that is not booked as ours are ────────> quarantine (parked)
             ── none, in a look later than the send and the window ────> proved absent (pending)
             ── none yet, or the ledger could not be read ─────────────> look again, then quarantine

A ledger that is asked answers from its own books, so a look that began after the settle window is
the witness that Kravia's feed needs a newer row for. What stood there before was written down in
the commit that let the call go out, and stays written down until the doubt is ended.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.ledgers.ledger import PaymentSeen
from gateway.operations.comparison import compared
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.look_again import is_late_enough, look_again
from gateway.operations.paging import Document
from gateway.storage import bookings
from gateway.storage.bookings import BookingRow, Seen
from gateway.storage.tables import QUARANTINE
from outbox.message import Delivered, InDoubt, Message, Parked, Retry

SEVERAL: Final = f"{QUARANTINE}which payment is ours cannot be told: "
"""How the reason begins when the ledger shows too much; only a person sends again after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What a ledger showed on an invoice, asked at ``began_at`` by our clock."""

    payments: tuple[PaymentSeen, ...]
    began_at: datetime
    settle_window: timedelta


def judge_booking(
    connection: sa.Connection,
    gateway: Gateway,
    message: Message,
    looked: LookedAt | None,
    now: datetime,
) -> Delivered | Retry | InDoubt | Parked:
    """Decide one doubt; keeps what was seen for the person who may have to."""
    row = bookings.of_message(connection, message.message_id)
    if row is None or (row.before_ids is None and message.sent_fence != message.fence):
        return Retry(at=now, error="it was never sent")
    if looked is None:
        return look_again(gateway, message, "the ledger could not be read", now)
    new = new_payments(row, looked.payments, _taken(connection, row))
    seen = (Seen(payment_id=each.payment_id, on=each.on, amount=each.amount) for each in new)
    bookings.look(connection, message.message_id, seen, looked.began_at)
    like_ours = [each for each in new if row.may_be(each.payment_id, each.on, each.amount)]
    if like_ours:
        only = like_ours[0]
        # Restored from a copy, nobody knows what stood there before the original sent it.
        is_certain = len(like_ours) == 1 and only.may_be_ours and row.before_ids is not None
        if is_certain and None not in (only.on, only.amount):
            return Delivered(result=only.payment_id)
        ids = ", ".join(each.payment_id for each in like_ours)
        return Parked(reason=f"{SEVERAL}{ids} came to the invoice since")
    if is_late_enough(message, looked.began_at, looked.settle_window):
        return Retry(at=now, error="proved absent in the ledger: sent again")
    return look_again(gateway, message, "not seen in the ledger yet", now)


def new_payments(
    row: BookingRow, payments: Collection[PaymentSeen], taken: frozenset[str]
) -> list[PaymentSeen]:
    """What came to the invoice since the call went out and is no other booking of ours."""
    before = row.before_ids or frozenset()
    return [each for each in payments if each.payment_id not in before | taken]


def check_adoption(connection: sa.Connection, message: Message, payment_id: str) -> None:
    """Refuse a payment that the last look did not show as new on the invoice."""
    row = bookings.of_message(connection, message.message_id)
    if row is None or payment_id not in {each.payment_id for each in row.seen}:
        raise OperationError(
            f"payment {payment_id} was not seen as new on the invoice; see the candidates with:"
            f" doubts show {message.message_id}",
            kind="invalid",
        )
    if payment_id in _taken(connection, row):
        raise OperationError(f"payment {payment_id} is another booking of ours", kind="refused")


def booking_doubt(connection: sa.Connection, message: Message) -> Document:
    """What a booking in doubt adds to its row: candidates, and the look that proves absence."""
    row = bookings.of_message(connection, message.message_id)
    if row is None:
        return {"candidates": [], "witness": None}
    return {
        "candidates": [each.payment_id for each in row.seen],
        "witness": None if row.seen_at is None else row.seen_at.isoformat(),
    }


def booking_sent(connection: sa.Connection, message: Message) -> Document:
    """What a booking sent that the ledger may show, under the names it is compared by."""
    row = bookings.of_message(connection, message.message_id)
    if row is None:
        return {}
    return {
        "invoice_id": row.invoice_id,
        "date": row.booked_on.isoformat(),
        "amount": str(row.amount),
    }


def booking_candidates(
    connection: sa.Connection, message: Message, sent: Document
) -> list[Document]:
    """What came to the invoice since, each beside what was sent."""
    row = bookings.of_message(connection, message.message_id)
    if row is None:
        return []
    found: list[Document] = []
    for each in row.seen:
        theirs: Document = {
            "invoice_id": row.invoice_id,
            "date": None if each.on is None else each.on.isoformat(),
            "amount": None if each.amount is None else str(each.amount),
        }
        found.append(
            {
                "payment_id": each.payment_id,
                **theirs,
                "is_like_ours": row.may_be(each.payment_id, each.on, each.amount),
                "told_by": "ledger",
                "comparison": compared(sent, theirs),
            }
        )
    return found


def booking_witness(connection: sa.Connection, gateway: Gateway, message: Message) -> Document:
    """The last look into the ledger, and whether it was late enough to prove absence."""
    row = bookings.of_message(connection, message.message_id)
    ledger = gateway.ledgers.get(message.scope)
    sent_at = message.sent_at
    seen_at = None if row is None else row.seen_at
    after: datetime | None = None
    if sent_at is not None and ledger is not None and ledger.bookings is not None:
        after = sent_at + ledger.bookings.settle_window
    return {
        "kravia_invoice_id": None,
        "stamp": seen_at and seen_at.isoformat(),
        "stamped_at": seen_at and seen_at.isoformat(),
        "must_be_after": after and after.isoformat(),
        "proves_absence": seen_at is not None and after is not None and seen_at > after,
        "feed_read_at": seen_at and seen_at.isoformat(),
    }


def _taken(connection: sa.Connection, row: BookingRow) -> frozenset[str]:
    """Payments on the invoice that are known to be other bookings of ours."""
    others = bookings.of_invoice(connection, row.creditor_id, row.invoice_id)
    return frozenset(
        each.payment_id
        for each in others
        if each.payment_id is not None and each.message_id != row.message_id
    )
