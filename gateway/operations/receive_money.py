"""A payment or credit note at the ledger, by where the claim stands (design: payments by state).

============================== =================================================================
received … ready               reduces the claim, which is decided again; nothing is sent
sending, register not yet sent the register is taken back, then as above
sending, register under way    queued behind the register
active                         one call to Kravia per bank receipt and claim
closed                         a task for a person
============================== =================================================================

Kravia's own pay-outs look like payments at the ledger. They are recognised and never reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.invoice import CreditNote, Invoice, Payment
from gateway.domain.money_events import with_credit_note, with_payment, without_payment
from gateway.operations import hand_over
from gateway.operations.gateway import Gateway
from gateway.operations.messages import (
    Kind,
    ReceiptOrder,
    add_receipt,
    ask_person,
    queued_register,
)
from gateway.operations.snapshot import store_facts
from gateway.storage import receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.receipts import ReceiptKind, ReceiptState
from gateway.storage.tables import message as table
from outbox import store


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One booking at the ledger. ``amount`` is positive; the bank's words help tell pay-outs."""

    kind: ReceiptKind
    receipt_id: str
    on: date
    amount: Decimal
    event_at: datetime
    payer_account: str | None = None
    text: str | None = None


class Origin(StrEnum):
    """Where a payment on a claim that Kravia has came from."""

    DEBTOR = "debtor"
    KRAVIA = "kravia"
    UNCLEAR = "unclear"


def receive_money(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming, now: datetime
) -> Claim:
    """Book ``incoming`` on the claim once; the caller decides the debtor's claims again."""
    known = receipts.of_claim(connection, claim.claim_id)
    if any((r.kind, r.receipt_id) == (incoming.kind, incoming.receipt_id) for r in known):
        return claim
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "money came in", now) or claim
    if claim.state is ClaimState.CLOSED:
        _add(connection, claim, incoming, ReceiptState.SURPLUS)
        text = f"{incoming.kind} {incoming.receipt_id} came after the claim was closed: check it"
        ask_person(connection, gateway, claim, "money_after_close", text, now)
        return claim
    invoice = _applied(claim.invoice(gateway.seal), incoming)
    claim = store_facts(connection, gateway, claim, invoice, now)
    if claim.state not in (ClaimState.SENDING, ClaimState.ACTIVE):
        _add(connection, claim, incoming, ReceiptState.BEFORE_HAND_OVER)
        return claim
    origin = _origin(connection, gateway, claim, incoming)
    if origin is Origin.KRAVIA:
        _add(connection, claim, incoming, ReceiptState.PAYOUT)
    elif origin is Origin.UNCLEAR:
        _add(connection, claim, incoming, ReceiptState.AMBIGUOUS)
        text = (
            f"payment {incoming.receipt_id} may be Kravia's pay-out or the debtor's own payment:"
            " answer with tasks done --answer payout or --answer direct"
        )
        ask_person(connection, gateway, claim, PAYOUT_OR_DIRECT, text, now, incoming.receipt_id)
    else:
        report(connection, gateway, claim, incoming, now)
    return claim


PAYOUT_OR_DIRECT = "payout_or_direct"
"""The kind of task that asks a person whose money a payment was."""


def report(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming, now: datetime
) -> None:
    """Queue the part of ``incoming`` that Kravia can still count; show the rest."""
    amount = min(incoming.amount, open_at_kravia(connection, gateway, claim))
    surplus = incoming.amount - amount
    if amount <= 0:
        _add(connection, claim, incoming, ReceiptState.SURPLUS)
    else:
        order = ReceiptOrder(receipt_id=incoming.receipt_id, on=incoming.on, amount=amount)
        kind = Kind.PAYMENT if incoming.kind is ReceiptKind.PAYMENT else Kind.CREDIT_NOTE
        message_id = add_receipt(connection, gateway, claim, kind, order, now)
        _add(connection, claim, incoming, ReceiptState.TO_REPORT, message_id)
    if surplus > 0:
        text = (
            f"{incoming.kind} {incoming.receipt_id}: {surplus} {claim.currency} is more than"
            " Kravia still collects and was not reported; pay it back or move it"
        )
        ask_person(connection, gateway, claim, "surplus", text, now)


def settle_ambiguous(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    receipt_id: str,
    *,
    is_payout: bool,
    now: datetime,
) -> None:
    """A person has said whose money a payment was; the debtor's own is reported to Kravia now."""
    for known in receipts.of_claim(connection, claim.claim_id):
        if known.receipt_id != receipt_id or known.state is not ReceiptState.AMBIGUOUS:
            continue
        if is_payout:
            receipts.set_state(connection, known.seq, ReceiptState.PAYOUT)
            continue
        amount = min(known.amount, open_at_kravia(connection, gateway, claim))
        if claim.state is ClaimState.CLOSED or amount <= 0:
            receipts.set_state(connection, known.seq, ReceiptState.SURPLUS)
            continue
        order = ReceiptOrder(receipt_id=receipt_id, on=known.on, amount=amount)
        message_id = add_receipt(connection, gateway, claim, Kind.PAYMENT, order, now)
        receipts.set_state(connection, known.seq, ReceiptState.TO_REPORT, message_id)


def open_at_kravia(connection: sa.Connection, gateway: Gateway, claim: Claim) -> Decimal:
    """Principal Kravia still collects: handed over, less what it was told and what it took."""
    handed_over = claim.registered
    if handed_over is None:
        handed_over = queued_register(connection, gateway, claim.claim_id).amount
    told = sum(
        (
            receipt.amount
            for receipt in receipts.of_claim(connection, claim.claim_id)
            if receipt.state in (ReceiptState.TO_REPORT, ReceiptState.REPORTED)
        ),
        Decimal(0),
    )
    taken = settlements.collected_principal(connection, claim.claim_id)
    return max(Decimal(0), handed_over - told - taken)


def _origin(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming
) -> Origin:
    """Whose money it is. A credit note is always the creditor's own."""
    if incoming.kind is ReceiptKind.CREDIT_NOTE:
        return Origin.DEBTOR
    creditor = gateway.creditors[claim.creditor_id]
    text = (incoming.text or "").lower()
    if incoming.payer_account in creditor.payout_accounts or any(
        word in text for word in creditor.payout_texts
    ):
        return Origin.KRAVIA
    if incoming.payer_account and creditor.payout_accounts:
        return Origin.DEBTOR  # we know Kravia's accounts, and it is none of them
    if settlements.consume_line(connection, claim, incoming.amount, incoming.receipt_id):
        return Origin.KRAVIA
    if settlements.looks_like_payout(connection, claim, incoming.amount):
        return Origin.UNCLEAR
    return Origin.DEBTOR


def reverse_payment(
    connection: sa.Connection, gateway: Gateway, claim: Claim, payment_id: str, now: datetime
) -> Claim:
    """The ledger took a booked payment back. No call of Kravia's undoes one: a task does."""
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "a payment fell", now) or claim
    invoice = without_payment(claim.invoice(gateway.seal), payment_id)
    claim = store_facts(connection, gateway, claim, invoice, now)
    for known in receipts.of_claim(connection, claim.claim_id):
        if (known.kind, known.receipt_id) != (ReceiptKind.PAYMENT, payment_id):
            continue
        unsent = known.message_id is not None and store.cancel(
            connection, table, known.message_id, reason="reversed at the ledger", now=now
        )
        told = known.state is ReceiptState.REPORTED or (
            known.state is ReceiptState.TO_REPORT and not unsent
        )
        at_kravia = claim.state in (ClaimState.SENDING, ClaimState.ACTIVE)
        if told or (at_kravia and known.state is ReceiptState.BEFORE_HAND_OVER):
            text = f"payment {payment_id} was reversed at the ledger: correct it at Kravia by hand"
            ask_person(connection, gateway, claim, "reversed_payment", text, now)
        receipts.set_state(connection, known.seq, ReceiptState.REVERSED)
    return claim


def _applied(invoice: Invoice, incoming: Incoming) -> Invoice:
    if incoming.kind is ReceiptKind.PAYMENT:
        return with_payment(
            invoice, Payment(id=incoming.receipt_id, paid_on=incoming.on, amount=incoming.amount)
        )
    return with_credit_note(
        invoice,
        CreditNote(id=incoming.receipt_id, issued_on=incoming.on, amount=incoming.amount),
    )


def _add(
    connection: sa.Connection,
    claim: Claim,
    incoming: Incoming,
    state: ReceiptState,
    message_id: str | None = None,
) -> None:
    receipts.add(
        connection,
        creditor_id=claim.creditor_id,
        claim_id=claim.claim_id,
        kind=incoming.kind,
        receipt_id=incoming.receipt_id,
        on=incoming.on,
        amount=incoming.amount,
        event_at=incoming.event_at,
        state=state,
        message_id=message_id,
    )
