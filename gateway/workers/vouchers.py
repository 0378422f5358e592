"""Books a settlement's voucher in the ledger: look whether it is there, call.

::

    look for its name ── note that the call goes out now (under the lease's fence) ── call

The look comes before every call, the first too: a gateway that was set up anew, or restored from a
copy, finds what another one booked. What becomes of a call whose answer is unclear can be told by
the same look (``operations.voucher_doubts``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from clients.errors import AuthenticationError, RejectedError
from gateway.domain.oslo import oslo_date
from gateway.ledgers.ledger import DayClosed, LedgerVouchers, Voucher, VoucherBooked
from gateway.operations.gateway import Gateway
from gateway.operations.voucher_doubts import VouchersAt, found_already
from gateway.operations.voucher_orders import voucher_order, voucher_side
from gateway.storage.desk import record_action
from gateway.storage.tables import message as table
from gateway.workers.ledger_looks import in_time
from outbox import store
from outbox.message import Delivered, Message, Outcome, Parked, Retry


async def deliver_voucher(gateway: Gateway, message: Message) -> Outcome:
    """Book one voucher; raises ``clients.errors.ClientError`` where that is for delivery to judge.

    The account that is wrong, the closed period and any other refusal park it, with a task.
    """
    side = voucher_side(gateway, message.scope)
    if side is None:
        return Parked(reason="no vouchers are booked any more: see payout_model.")
    voucher = voucher_order(gateway, message.payload)
    found = found_already(await look_for(gateway, side, voucher))
    if found is not None:
        return found
    now = gateway.clock()
    is_ours = await gateway.database.write(
        # A ledger that is asked answers from its own books: its clock decides nothing.
        lambda connection: store.sending(
            connection, table, message.message_id, message.fence, now=now, theirs=now
        )
    )
    if not is_ours:
        return Retry(at=now, error="its lease was lost", counted=False)
    try:
        return await _book(gateway, side, message, voucher)
    except AuthenticationError:
        raise
    except RejectedError as error:
        return Parked(reason=str(error))


async def look_for(gateway: Gateway, side: LedgerVouchers, voucher: Voucher) -> VouchersAt:
    """Look for the vouchers of its name; ``TemporaryError`` if that takes too long."""
    began_at = gateway.clock()
    async with in_time():
        ids = await side.vouchers_like(voucher)
    return VouchersAt(ids=ids, began_at=began_at, settle_window=side.settle_window)


async def _book(
    gateway: Gateway, side: LedgerVouchers, message: Message, voucher: Voucher
) -> Outcome:
    """Book it on its day, or on the day the ledger opens on, if the creditor wants that.

    Each move is to a later day and none is beyond today, so there is an end to them.
    """
    while True:
        match await side.book_voucher(voucher):
            case VoucherBooked(voucher_id=voucher_id):
                return Delivered(result=voucher_id)
            case DayClosed(why=why, instead=day):
                if day is None or not voucher.on < day <= oslo_date(gateway.clock()):
                    return Parked(reason=why)
                await _moved(gateway, message, voucher.on, day, why)
                voucher = replace(voucher, on=day)


async def _moved(gateway: Gateway, message: Message, on: date, day: date, why: str) -> None:
    def record(connection: sa.Connection, now: datetime) -> None:
        record_action(
            connection,
            actor="kravia-gateway",
            action="voucher.moved",
            subject=f"{message.message_id} {on} -> {day}",
            reason=why,
            now=now,
        )

    now = gateway.clock()
    await gateway.database.write(lambda connection: record(connection, now))
