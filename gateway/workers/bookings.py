"""Books one settlement line in the ledger: look at the invoice, write down what is there, call.

::

    read what stands on the invoice ── write it down, and that the call goes out now ── call
                                       (one commit, under the lease's fence)

Whatever happens from that commit on can be told afterwards from what is new on the invoice
(``operations.booking_doubts``). After a call that was in doubt once, the look before the next one
is compared with what stood there before the first: what came late is found, not booked again.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from clients.errors import AuthenticationError, RejectedError
from gateway.domain.oslo import oslo_date
from gateway.ledgers.ledger import Booked, Booking, DayClosed, LedgerBookings
from gateway.operations.booking_doubts import LookedAt, judge_booking
from gateway.operations.booking_orders import BookingOrder, booking_order
from gateway.operations.discretion import without_personal_data
from gateway.operations.gateway import Gateway
from gateway.storage import bookings, claims
from gateway.storage.bookings import BookingRow
from gateway.storage.desk import record_action
from gateway.storage.tables import message as table
from gateway.workers.ledger_looks import in_time
from outbox import store
from outbox.message import Delivered, InDoubt, Message, Outcome, Parked, Retry


async def deliver_booking(gateway: Gateway, message: Message) -> Outcome:
    """Book one line; raises ``clients.errors.ClientError`` where that is for delivery to judge."""
    ledger = gateway.ledgers.get(message.scope)
    side = None if ledger is None else ledger.bookings
    if side is None:
        return Parked(reason='nothing is booked any more: payout_model is no longer "batch".')
    row = await gateway.database.read(
        lambda connection: bookings.of_message(connection, message.message_id)
    )
    if row is None:
        return Parked(reason="its settlement line is not known.")
    looked = await look_at(gateway, side, row.invoice_id)
    now = gateway.clock()
    begun = await gateway.database.write(
        lambda connection: _begin(connection, gateway, message, looked, now)
    )
    if not isinstance(begun, BookingRow):
        return begun
    order = booking_order(gateway, message.payload)
    try:
        made = await side.book(_booking(begun, order))
    except AuthenticationError:
        raise
    except RejectedError as error:
        return Parked(reason=await _discreet(gateway, begun, str(error)))
    match made:
        case Booked(payment_id=payment_id):
            return Delivered(result=payment_id)
        case DayClosed():
            return await _another_day(gateway, message, begun, made)


async def look_at(gateway: Gateway, side: LedgerBookings, invoice_id: str) -> LookedAt:
    """Read what stands on an invoice; ``TemporaryError`` if that takes too long."""
    began_at = gateway.clock()
    async with in_time():
        payments = await side.payments_on(invoice_id)
    return LookedAt(payments=payments, began_at=began_at, settle_window=side.settle_window)


def _begin(
    connection: sa.Connection,
    gateway: Gateway,
    message: Message,
    looked: LookedAt,
    now: datetime,
) -> BookingRow | Outcome:
    """Write down what stands on the invoice and that the call goes out now, in one commit."""
    row = bookings.of_message(connection, message.message_id)
    if row is None or row.payment_id is not None:
        return Delivered(result=None if row is None else row.payment_id)
    if row.doubted and row.before_ids is not None:
        match judge_booking(connection, gateway, message, looked, now):
            case InDoubt(at=at, error=error):
                return Retry(at=at, error=error, counted=False)
            case Delivered() | Parked() as found:
                return found
            case _:
                pass
    bookings.begin(connection, message.message_id, (each.payment_id for each in looked.payments))
    # A ledger that is asked answers from its own books: its clock decides nothing.
    if not store.sending(connection, table, message.message_id, message.fence, now=now, theirs=now):
        return Retry(at=now, error="its lease was lost", counted=False)
    return row


def _booking(row: BookingRow, order: BookingOrder) -> Booking:
    return Booking(
        invoice_id=row.invoice_id,
        amount=order.amount,
        on=row.booked_on,
        settled_on=row.settled_on,
        settlement_id=order.settlement_id,
        line=order.line,
        kravia_invoice_id=order.kravia_invoice_id,
        department=order.department,
        project=order.project,
    )


async def _another_day(
    gateway: Gateway, message: Message, row: BookingRow, closed: DayClosed
) -> Outcome:
    """Move the booking to the day the ledger opens on, if the creditor wants that; say so.

    Each move is to a later day and none is beyond today, so there is an end to them.
    """
    now = gateway.clock()
    day = closed.instead
    if day is None or not row.booked_on < day <= oslo_date(now):
        return Parked(reason=closed.why)

    def move(connection: sa.Connection) -> None:
        bookings.book_on(connection, message.message_id, day)
        record_action(
            connection,
            actor="kravia-gateway",
            action="booking.moved",
            subject=f"{message.message_id} {row.booked_on} -> {day}",
            reason=closed.why,
            now=now,
        )

    await gateway.database.write(move)
    return Retry(at=now, error=f"booked on {day} instead: {closed.why}", counted=False)


async def _discreet(gateway: Gateway, row: BookingRow, why: str) -> str:
    """The ledger's words, without what they repeat of the debtor's."""
    claim = await gateway.database.read(lambda connection: claims.get(connection, row.claim_id))
    if claim is None:
        return why
    return without_personal_data(why, claim.invoice(gateway.seal).debtor)
