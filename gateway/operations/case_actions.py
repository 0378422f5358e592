"""Withdrawals, objections and reversals after hand-over: by a configured call, else by a person.

Kravia documents no call for any of them. Where the operator's assumptions name one it goes through
the outbox like all else; before it, and in doubt, the case's details are asked whether it is done.
Either way the end is believed from the details alone: a task stays until they show it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from clients.kravia.wire import DetailPayment, InvoiceDetails
from gateway.domain.claim import ClaimState
from gateway.operations.gateway import Gateway
from gateway.operations.messages import ActionOrder, Kind, action_order, add_action
from gateway.operations.tell import ask_person
from gateway.storage import claims, receipts
from gateway.storage.claims import Claim
from gateway.storage.desk import finish_tasks
from gateway.storage.receipts import ReceiptKind, ReceiptState
from gateway.storage.tables import QUARANTINE
from mappers.status_from_kravia import Ended, status_from_kravia
from outbox.message import Delivered, Message, Parked

CALLS: Final = {
    Kind.WITHDRAW: "withdraw",
    Kind.OBJECTION: "object",
    Kind.REVERSAL: "reverse_payment",
}
"""The name that each has among the assumptions' actions."""

TASKS: Final = {
    Kind.WITHDRAW: "withdraw",
    Kind.OBJECTION: "objection_after_hand_over",
    Kind.REVERSAL: "reversed_payment",
}
"""The kind of task that stands for each where a person does it."""


def act_or_ask(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    kind: Kind,
    by_hand: str,
    now: datetime,
    *,
    receipt_id: str | None = None,
) -> None:
    """Queue the configured call for a case at Kravia; without one, ask a person."""
    order = ActionOrder(receipt_id=receipt_id, task_kind=TASKS[kind], by_hand=by_hand)
    if has_call(gateway, kind) and claim.state is ClaimState.ACTIVE:
        add_action(connection, gateway, claim, kind, order, now)
        return
    _ask(connection, gateway, claim, order, now)


def has_call(gateway: Gateway, kind: Kind) -> bool:
    """Whether the operator's assumptions name a call for it."""
    return gateway.assumptions.actions[CALLS[kind]] is not None


def withdraw_registered(
    connection: sa.Connection, gateway: Gateway, claim: Claim, by_hand: str, now: datetime
) -> None:
    """Call off what was withdrawn while its register was under way; its task stands already."""
    if has_call(gateway, Kind.WITHDRAW):
        act_or_ask(connection, gateway, claim, Kind.WITHDRAW, by_hand, now)


def done_at_kravia(gateway: Gateway, message: Message, details: InvoiceDetails) -> bool | None:
    """Whether a case shows that the action took place; None: it cannot show that."""
    if message.kind == Kind.WITHDRAW:
        meaning = status_from_kravia(details.status, details.closingReason, gateway.assumptions)
        return isinstance(meaning, Ended)
    if message.kind == Kind.OBJECTION:
        words = gateway.assumptions.objection_words
        return is_disputed(gateway, details.status) if words else None
    receipt_id = action_order(gateway, message.payload).receipt_id
    told = told_payments(details, receipt_id or "")
    return None if told is None else all(payment.reversed for payment in told)


def judge_action(
    gateway: Gateway, message: Message, details: InvoiceDetails
) -> Delivered | Parked | None:
    """Decide a doubt from the case; None: it certainly shows nothing of it."""
    is_done = done_at_kravia(gateway, message, details)
    if is_done is None:
        return Parked(reason=f"{QUARANTINE}the assumptions do not say how a case would show it")
    return Delivered() if is_done else None


def told_payments(details: InvoiceDetails, receipt_id: str) -> list[DetailPayment] | None:
    """The payments that Kravia has under an id of ours; None where it shows no payments."""
    if details.payments is None:
        return None
    return [
        payment
        for payment in details.payments
        if payment.AccountingPaymentId == receipt_id and not payment.isCreditNote
    ]


def is_disputed(gateway: Gateway, status: str | None) -> bool:
    """Whether a status word shows that Kravia knows of an objection."""
    return (status or "").strip().lower() in gateway.assumptions.objection_words


def action_parked(
    connection: sa.Connection, gateway: Gateway, message: Message, reason: str, now: datetime
) -> None:
    """Kravia refused the configured call: a person does it. What is in doubt is only looked up."""
    claim = claims.get(connection, message.subject or "")
    if claim is None or reason.startswith(QUARANTINE):
        return
    _ask(connection, gateway, claim, action_order(gateway, message.payload), now)


def finish_done(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    details: InvoiceDetails,
    now: datetime,
) -> None:
    """End the tasks whose work the case shows to be done; all others stay."""
    if is_disputed(gateway, details.status):
        finish_tasks(connection, claim.claim_id, {TASKS[Kind.OBJECTION]}, now)
    for known in receipts.of_claim(connection, claim.claim_id):
        if known.state is not ReceiptState.REVERSED or known.kind is not ReceiptKind.PAYMENT:
            continue
        told = told_payments(details, known.receipt_id)
        if told is not None and all(payment.reversed for payment in told):
            finish_tasks(connection, claim.claim_id, {TASKS[Kind.REVERSAL]}, now, known.receipt_id)


def _ask(
    connection: sa.Connection, gateway: Gateway, claim: Claim, order: ActionOrder, now: datetime
) -> None:
    ask_person(
        connection, gateway, claim, order.task_kind, order.by_hand, now, about=order.receipt_id
    )
