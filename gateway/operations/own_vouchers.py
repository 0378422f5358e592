"""What the end of a voucher's call means for its settlement, and for the people."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import mark_if_booked
from gateway.operations.own_bookings import BY_HAND
from gateway.operations.settlement_entries import entries, sentence
from gateway.operations.voucher_orders import voucher_order
from gateway.storage.desk import NewTask, add_task
from gateway.storage.settlement_marks import finish_task, get
from gateway.storage.tables import QUARANTINE
from outbox.message import Cancelled, Delivered, Message, Outcome, Parked


def after_voucher(
    connection: sa.Connection, gateway: Gateway, message: Message, outcome: Outcome, now: datetime
) -> None:
    """Carry the end of a call over to the settlement; a refusal becomes the task to book it."""
    settlement_id = voucher_order(gateway, message.payload).settlement_id
    match outcome:
        case Delivered() | Cancelled():
            finish_task(
                connection, message.scope, BY_HAND, message.message_id, "kravia-gateway", now
            )
            kept = get(connection, message.scope, settlement_id)
            is_named = kept is not None and kept.voucher_id is not None
            # Given up: marked only as what a person names, who may have done so before.
            if isinstance(outcome, Delivered) or is_named:
                mark_if_booked(connection, gateway, message.scope, settlement_id, now)
        case Parked(reason=reason) if not reason.startswith(QUARANTINE):
            _ask_to_book(connection, gateway, message, reason, now)
        case _:
            pass


def _ask_to_book(
    connection: sa.Connection, gateway: Gateway, message: Message, reason: str, now: datetime
) -> None:
    """Name each part with its account, what the ledger refused, and how to go on."""
    order = voucher_order(gateway, message.payload)
    accounts = {(line.account, line.amount) for line in order.lines}
    parts = [
        sentence(message.scope, each)
        for each in entries(connection, gateway, message.scope, order.settlement_id)
        if (each.account, each.amount) in accounts
    ]
    text = (
        f"What is no principal of Kravia's settlement {order.settlement_id} of {order.settled_on}"
        f" is not booked in the ledger: {reason} It is: {'; '.join(parts)}. When it is mended:"
        f" kravia-gateway outbox resend {message.message_id}. When it is booked by hand:"
        f" kravia-gateway outbox cancel {message.message_id}, then kravia-gateway settlements"
        f" booked {order.settlement_id} --voucher NUMBER"
    )
    new = NewTask(
        creditor_id=message.scope,
        claim_id=None,
        kind=BY_HAND,
        about=message.message_id,
        text=text,
    )
    add_task(connection, new, gateway.new_id("tsk_"), now)
