"""What the end of a message means for its claim; runs in the commit that settles it (commit 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.oslo import oslo_date
from gateway.operations import hand_over
from gateway.operations.booking_orders import BOOKING
from gateway.operations.case_actions import CALLS, action_parked
from gateway.operations.decide import decide_debtor
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import VOUCHER
from gateway.operations.messages import ANOTHERS_CASE, Kind
from gateway.operations.own_bookings import after_booking
from gateway.operations.own_vouchers import after_voucher
from gateway.operations.tell import alert
from gateway.storage import claims, receipts
from gateway.storage.desk import NewAlert, clear_alert, clear_alerts_of_delivery
from gateway.storage.receipts import ReceiptState
from gateway.storage.tables import QUARANTINE
from outbox.message import Cancelled, Delivered, Message, Outcome, Parked

_BOOKED: Final = {BOOKING: after_booking, VOUCHER: after_voucher}

FOLLOW_AT_ONCE_MAX: Final = 50
"""Debtors decided in the commit that lets them follow, about 0.1 s; the clock takes the rest."""


def after_settle(
    connection: sa.Connection, gateway: Gateway, message: Message, outcome: Outcome, now: datetime
) -> None:
    """Carry an outcome over to the claim, the receipt or booking, and the people."""
    if message.kind in _BOOKED:
        _BOOKED[message.kind](connection, gateway, message, outcome, now)
    match outcome:
        case Delivered(result=result):
            place = place_of(message.kind)
            clear_alerts_of_delivery(connection, message.scope, message.message_id, place)
            if message.kind == Kind.REGISTER and result is not None:
                hand_over.registered(connection, gateway, message, result, now)
                _let_others_follow(connection, gateway, message.scope, now)
            elif message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
                _receipt_is(connection, message, ReceiptState.REPORTED)
        case Cancelled():
            _clear_alerts(connection, message)
            if message.kind == Kind.REGISTER:
                _register_cancelled(connection, gateway, message, now)
            elif message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
                _receipt_is(connection, message, ReceiptState.NOT_REPORTED)
        case Parked(reason=reason):
            alert_parked(connection, gateway, message, reason, now)
            if message.kind in CALLS:
                action_parked(connection, gateway, message, reason, now)
        case _:
            pass


def place_of(kind: str) -> str:
    """Whom a message of this kind speaks to: what one refuses or takes no more, others may not.

    A ledger that is told by webhooks and one in which we book are different doors.
    """
    return BOOKING if kind in _BOOKED else kind.split(".", 1)[0]


def alert_parked(
    connection: sa.Connection, gateway: Gateway, message: Message, reason: str, now: datetime
) -> None:
    """Say once that a message waits for a person.

    A reason that is not ours is not said: a remote's words may repeat what we sent. ``outbox show``
    has it.
    """
    in_doubt = reason.startswith(QUARANTINE)
    why = "its outcome is unknown" if in_doubt else "it was refused or given up"
    if reason.startswith(ANOTHERS_CASE):
        why = f"of claim {message.subject}: {reason.removeprefix(QUARANTINE)}"
    show = "doubts show" if in_doubt else "outbox show"
    new = NewAlert(
        creditor_id=message.scope,
        kind="parked",
        about=message.message_id,
        text=f"{message.kind} {message.message_id} is parked: {why}",
        command=f"kravia-gateway {show} {message.message_id}",
    )
    alert(connection, gateway, new, now)


def sent_again(connection: sa.Connection, message: Message) -> None:
    """A person had the message sent again: should it be parked again, say so again."""
    _clear_alerts(connection, message)
    clear_alert(connection, message.scope, "gone", place_of(message.kind))


def _clear_alerts(connection: sa.Connection, message: Message) -> None:
    clear_alert(connection, message.scope, "parked", message.message_id)


def _register_cancelled(
    connection: sa.Connection, gateway: Gateway, message: Message, now: datetime
) -> None:
    """The gate turned the register back: the claim is decided again from what is known now."""
    claim = claims.get(connection, message.subject or "")
    if claim is None or claim.state is not ClaimState.SENDING:
        return
    claim = hand_over.take_back(connection, claim, "its register was cancelled", now) or (
        claims.change(connection, claim, now, state=ClaimState.RECEIVED)
    )
    if claim.withdrawn_at is not None:
        hand_over.close(connection, gateway, claim, CloseReason.WITHDRAWN, now)
        return
    decide_debtor(connection, gateway, claim.creditor_id, claim.debtor_number, now)


def _let_others_follow(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, now: datetime
) -> None:
    """When the last of the first cases has gone, decide what waited for that, without a person.

    A debtor that cannot be decided is left to the clock, which says so: this register went well.
    """
    creditor = gateway.creditors[creditor_id]
    wanted = creditor.first_cases_need_approval
    if not wanted or claims.let_through_count(connection, creditor_id, wanted + 1) != wanted:
        return
    claims.decide_reviews_again(connection, creditor_id, oslo_date(now) - timedelta(days=1))
    for debtor_number in claims.debtors_in_review(connection, creditor_id, FOLLOW_AT_ONCE_MAX):
        try:
            with connection.begin_nested():
                decide_debtor(connection, gateway, creditor_id, debtor_number, now)
        except sa.exc.OperationalError:
            raise  # the disk, not the debtor
        except Exception:  # noqa: BLE001, S112 - the clock meets it again, logs it and alerts
            continue


def _receipt_is(connection: sa.Connection, message: Message, state: ReceiptState) -> None:
    receipt = receipts.of_message(connection, message.message_id)
    if receipt is not None and receipt.state is ReceiptState.TO_REPORT:
        receipts.set_state(connection, receipt.seq, state)
