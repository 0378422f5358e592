"""From *ready* to *active*: queue the register, take it back, and settle what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.due_date import due_date_of
from gateway.domain.invoice import Invoice
from gateway.domain.money import from_minor, to_minor
from gateway.operations.amount import amount_to_register
from gateway.operations.case_actions import withdraw_registered
from gateway.operations.creditor import AmountModel, Creditor
from gateway.operations.gateway import Gateway
from gateway.operations.messages import (
    ANOTHERS_CASE,
    Kind,
    ReceiptOrder,
    RegisterOrder,
    add_receipt,
    add_register,
    live_messages,
    register_order,
)
from gateway.operations.tell import ask_person, tell
from gateway.storage import claims, receipts
from gateway.storage.claims import Claim
from gateway.storage.desk import clear_alert, finish_tasks
from gateway.storage.receipts import ReceiptState
from gateway.storage.tables import message as table
from outbox import store
from outbox.instants import to_ms
from outbox.message import Message, MessageState, OutcomeReplacedError, Parked

TASKS_AT_KRAVIA = frozenset(
    {"withdraw", "changed_after_hand_over", "objection_after_hand_over", "reversed_payment"}
)
"""Kinds of tasks to do at Kravia: needless once it is certain that it never had the claim."""


def send_ready(
    connection: sa.Connection,
    gateway: Gateway,
    creditor: Creditor,
    ready: Sequence[Claim],
    others: Iterable[Claim],
    now: datetime,
) -> None:
    """Queue a register for each of a debtor's claims that are ready, all in this one commit.

    They are *sending* already. A claim that becomes ready while a sibling, one of the ``others``,
    waits for company goes when that sibling goes.
    """
    if not ready:
        return
    due_at = now + timedelta(seconds=creditor.consolidation_wait_seconds)
    for sibling in others:
        if sibling.state is ClaimState.SENDING:
            for live in live_messages(connection, sibling.claim_id):
                if live.kind == Kind.REGISTER and live.state is MessageState.PENDING:
                    due_at = min(due_at, max(live.due_at, now))
    for claim in ready:
        invoice = claim.invoice(gateway.seal)
        order = RegisterOrder(
            invoice=invoice,
            facts_hash=claim.facts_hash,
            amount=amount_to_register(creditor, invoice),
            due_date=due_date_of(invoice, gateway.rules.interest_demand_days) or invoice.issue_date,
        )
        add_register(connection, gateway, claim, order, now, due_at)


def take_back(connection: sa.Connection, claim: Claim, why: str, now: datetime) -> Claim | None:
    """Cancel the claim's register if Kravia certainly never had it; ``None`` if it may have."""
    for live in live_messages(connection, claim.claim_id):
        if live.kind != Kind.REGISTER:
            continue
        if not live.is_surely_unsent:
            return None
        if not store.cancel(connection, table, live.message_id, reason=why, now=now):
            return None
        clear_alert(connection, claim.creditor_id, "parked", live.message_id)
    _cancel_receipts(connection, claim, why, now)
    finish_tasks(connection, claim.claim_id, TASKS_AT_KRAVIA, now)
    return claims.change(connection, claim, now, state=ClaimState.RECEIVED, problem=None)


def register_is_parked(connection: sa.Connection, claim: Claim) -> bool:
    """Whether the claim's register waits for a person."""
    return any(
        live.kind == Kind.REGISTER and live.state is MessageState.PARKED
        for live in live_messages(connection, claim.claim_id)
    )


def registered(
    connection: sa.Connection, gateway: Gateway, message: Message, kravia_id: str, now: datetime
) -> None:
    """Kravia has the claim that ``message`` handed over.

    Raises ``OutcomeReplacedError`` if the case is another claim's: only a person can tell whose.
    """
    claim = claims.get(connection, message.subject or "")
    if claim is None or claim.state is not ClaimState.SENDING:
        return
    owner = claims.by_kravia_id(connection, claim.creditor_id, kravia_id)
    if owner is not None:
        reason = f"{ANOTHERS_CASE}{kravia_id}, which is that of claim {owner.claim_id}"
        raise OutcomeReplacedError(Parked(reason=reason))
    order = register_order(gateway, message.payload)
    claim = _activate(connection, gateway, claim, kravia_id, order.amount, now)
    creditor = gateway.creditors[claim.creditor_id]
    if claim.withdrawn_at is not None:
        text = "withdraw this claim in Kravia's portal: it was withdrawn while it was handed over"
        withdraw_registered(connection, gateway, claim, text, now)
    if creditor.amount is AmountModel.TOTAL_THEN_PAYMENTS:
        _send_earlier_receipts(connection, gateway, claim, order.invoice, now)


def adopt(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    kravia_id: str,
    now: datetime,
) -> Claim:
    """Kravia had the claim before we could hand it over: take its case for ours, send nothing."""
    amount = amount_to_register(gateway.creditors[claim.creditor_id], invoice)
    if claim.state is not ClaimState.RECEIVED:
        claim = claims.change(connection, claim, now, state=ClaimState.RECEIVED)
    claim = _activate(connection, gateway, claim, kravia_id, amount, now)
    if amount != invoice.outstanding:
        text = (
            f"Kravia had case {kravia_id} before us, over {amount} {claim.currency}: check that it"
            " knows of the earlier payments and credit notes"
        )
        ask_person(connection, gateway, claim, "check_earlier_payments", text, now)
    gateway.wake.poll(claim.creditor_id)
    return claim


def close(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    reason: CloseReason,
    now: datetime,
    **more: object,
) -> Claim:
    """End a claim and say so."""
    claim = claims.change(
        connection,
        claim,
        now,
        state=ClaimState.CLOSED,
        close_reason=reason.value,
        hold_until=None,
        decide_on=None,
        problem=None,
        **more,
    )
    tell(
        connection,
        gateway,
        claim,
        "claim.closed",
        {"reason": reason.value, "at": now.isoformat()},
        now,
    )
    return claim


def _activate(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    kravia_id: str,
    amount: Decimal,
    now: datetime,
) -> Claim:
    minor = to_minor(amount)
    claim = claims.change(
        connection,
        claim,
        now,
        state=ClaimState.ACTIVE,
        kravia_invoice_id=kravia_id,
        registered_minor=minor,
        registered_at=to_ms(now),
        hold_until=None,
        decide_on=None,
        problem=None,
    )
    own = {
        "registered_at": now.isoformat(),
        "amount": str(from_minor(minor)),
        "currency": claim.currency,
    }
    tell(connection, gateway, claim, "claim.registered", own, now)
    return claim


def _send_earlier_receipts(
    connection: sa.Connection, gateway: Gateway, claim: Claim, invoice: Invoice, now: datetime
) -> None:
    """``total_then_payments``: what was paid or credited before goes after the register."""
    known = {(r.kind, r.receipt_id): r for r in receipts.of_claim(connection, claim.claim_id)}
    for kind, receipt_id, on, amount in receipts.told_by(invoice):
        order = ReceiptOrder(receipt_id=receipt_id, on=on, amount=amount)
        message_id = add_receipt(connection, gateway, claim, kind, order, now)
        before = known.get((kind, receipt_id))
        if before is not None:
            receipts.set_state(connection, before.seq, ReceiptState.TO_REPORT, message_id)


def _cancel_receipts(connection: sa.Connection, claim: Claim, why: str, now: datetime) -> None:
    """Payments queued behind a register that is taken back are facts of the claim again."""
    for live in live_messages(connection, claim.claim_id):
        if live.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
            store.cancel(connection, table, live.message_id, reason=why, now=now)
    for receipt in receipts.of_claim(connection, claim.claim_id):
        if receipt.state is ReceiptState.TO_REPORT:
            receipts.set_state(connection, receipt.seq, ReceiptState.BEFORE_HAND_OVER)
