"""A payment or credit note at the ledger, by where the claim stands (design: payments by state).

============================== =================================================================
received … ready               reduces the claim, which is decided again; nothing is sent
sending, register not yet sent the register is taken back, then as above
sending, register under way    queued behind the register
sending, register parked       queued behind it; a person decides about both
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
from gateway.domain.money_events import (
    unexplained,
    with_credit_note,
    with_payment,
    without_payment,
)
from gateway.operations import hand_over, told_twice
from gateway.operations.agency_money import is_from_agency, is_from_another
from gateway.operations.case_actions import act_or_ask
from gateway.operations.creditor import AmountModel, PayoutModel
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import books_itself, mark_if_booked
from gateway.operations.messages import (
    Kind,
    ReceiptOrder,
    add_receipt,
    live_messages,
    queued_register,
)
from gateway.operations.snapshot import store_facts
from gateway.operations.tell import ask_person
from gateway.storage import bank_lines, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import clear_alert, finish_tasks
from gateway.storage.receipts import Receipt, ReceiptKind, ReceiptState
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
    from_agency: bool = False  # the ledger itself says so


class Origin(StrEnum):
    """Where a payment on a claim that Kravia has came from."""

    DEBTOR = "debtor"
    KRAVIA = "kravia"
    UNCLEAR = "unclear"


PAYOUT_OR_DIRECT = "payout_or_direct"
"""The kind of task that asks a person whose money a payment was."""


def receive_money(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming, now: datetime
) -> Claim:
    """Book ``incoming`` on the claim once; the caller decides the debtor's claims again."""
    known = receipts.of_claim(connection, claim.claim_id)
    if any((r.kind, r.receipt_id) == (incoming.kind, incoming.receipt_id) for r in known):
        return claim
    if incoming.kind is ReceiptKind.PAYMENT and told_twice.pair(
        connection, claim.claim_id, incoming.receipt_id, incoming.on, incoming.amount
    ):
        _add(connection, claim, incoming, ReceiptState.TOLD_BY_BANK)
        return claim
    if claim.state is ClaimState.SENDING and not hand_over.register_is_parked(connection, claim):
        claim = hand_over.take_back(connection, claim, "money came in", now) or claim
    invoice = _applied(claim, claim.invoice(gateway.seal), incoming)
    claim = store_facts(connection, gateway, claim, invoice, now)
    if claim.state not in (ClaimState.SENDING, ClaimState.ACTIVE, ClaimState.CLOSED):
        _add(connection, claim, incoming, ReceiptState.BEFORE_HAND_OVER)
        return claim
    origin = _origin(connection, gateway, claim, incoming, now)
    if origin is Origin.KRAVIA:
        _add(connection, claim, incoming, ReceiptState.PAYOUT)
    elif origin is Origin.UNCLEAR:
        _add(connection, claim, incoming, ReceiptState.AMBIGUOUS)
        text = question(incoming.receipt_id)
        ask_person(connection, gateway, claim, PAYOUT_OR_DIRECT, text, now, incoming.receipt_id)
    else:
        state, message_id = _report(connection, gateway, claim, incoming, now)
        _add(connection, claim, incoming, state, message_id)
    return claim


def question(payment_id: str) -> str:
    """What a person is asked of a payment that may be a pay-out."""
    return (
        f"payment {payment_id} may be Kravia's pay-out or the debtor's own payment:"
        " answer with tasks done --answer payout or --answer direct"
    )


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
        bank_lines.answered(connection, receipt_id)
        incoming = Incoming(
            kind=known.kind,
            receipt_id=receipt_id,
            on=known.on,
            amount=known.amount,
            event_at=known.event_at,
        )
        if is_payout:
            receipts.set_state(connection, known.seq, ReceiptState.PAYOUT)
            _take_line(connection, gateway, claim, incoming, now)
            continue
        state, message_id = _report(connection, gateway, claim, incoming, now)
        receipts.set_state(connection, known.seq, state, message_id)


def _report(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming, now: datetime
) -> tuple[ReceiptState, str | None]:
    """Queue the part of ``incoming`` that Kravia can still count, and show a person the rest.

    Returns what becomes of the receipt, and the id of the message that tells it.
    """
    told = f"{incoming.kind.value.replace('_', ' ')} {incoming.receipt_id}"
    if claim.state is ClaimState.CLOSED:
        text = f"{told} came after the claim was closed: check it"
        ask_person(connection, gateway, claim, "money_after_close", text, now)
        return ReceiptState.SURPLUS, None
    amount = min(incoming.amount, open_at_kravia(connection, gateway, claim))
    surplus = incoming.amount - amount
    if surplus > 0:
        text = (
            f"{told}: {surplus} {claim.currency} is more than Kravia still collects and was not"
            " reported; pay it back or move it"
        )
        ask_person(connection, gateway, claim, "surplus", text, now)
    if amount <= 0:
        return ReceiptState.SURPLUS, None
    order = ReceiptOrder(receipt_id=incoming.receipt_id, on=incoming.on, amount=amount)
    message_id = add_receipt(connection, gateway, claim, incoming.kind, order, now)
    return ReceiptState.TO_REPORT, message_id


def open_at_kravia(connection: sa.Connection, gateway: Gateway, claim: Claim) -> Decimal:
    """Principal Kravia still collects: handed over, less what it was told and what it took."""
    handed_over, counted = claim.registered, {ReceiptState.TO_REPORT, ReceiptState.REPORTED}
    if handed_over is None:
        handed_over = queued_register(connection, gateway, claim.claim_id).amount
        if gateway.creditors[claim.creditor_id].amount is AmountModel.TOTAL_THEN_PAYMENTS:
            counted.add(ReceiptState.BEFORE_HAND_OVER)  # they will be reported after the register
    told = sum(
        (
            receipt.amount
            for receipt in receipts.of_claim(connection, claim.claim_id)
            if receipt.state in counted
        ),
        Decimal(0),
    )
    taken = settlements.collected_principal(connection, claim.claim_id)
    return max(Decimal(0), handed_over - told - taken)


def _origin(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming, now: datetime
) -> Origin:
    """Whose money it is. A credit note is always the creditor's own."""
    if incoming.kind is ReceiptKind.CREDIT_NOTE:
        return Origin.DEBTOR
    creditor = gateway.creditors[claim.creditor_id]
    if incoming.from_agency:
        if not books_itself(gateway, claim.creditor_id):  # else it is our booking, and has its line
            _take_line(connection, gateway, claim, incoming, now)
        return Origin.KRAVIA
    if is_from_agency(creditor, incoming.payer_account, incoming.text):
        _take_line(connection, gateway, claim, incoming, now)
        return Origin.KRAVIA
    if is_from_another(creditor, incoming.payer_account):
        return Origin.DEBTOR
    if _take_line(connection, gateway, claim, incoming, now):
        return Origin.KRAVIA
    in_part = creditor.payout_model is PayoutModel.KID  # Kravia pays on the invoice, costs deducted
    if settlements.looks_like_payout(connection, claim, incoming.amount, in_part=in_part):
        return Origin.UNCLEAR
    return Origin.DEBTOR


def _take_line(
    connection: sa.Connection, gateway: Gateway, claim: Claim, incoming: Incoming, now: datetime
) -> bool:
    """Take the settlement line that a pay-out is of; its settlement may be booked whole by it."""
    taken = settlements.consume_line(connection, claim, incoming.amount, incoming.receipt_id)
    if taken is not None:
        mark_if_booked(connection, gateway, claim.creditor_id, taken, now)
    return taken is not None


def reverse_payment(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    payment_id: str,
    at: datetime,
    now: datetime,
) -> Claim | None:
    """The ledger took a booked payment back at ``at``. No call of Kravia's undoes one: a task does.

    ``None`` if no such payment is known.
    """
    booked = [
        receipt
        for receipt in receipts.of_claim(connection, claim.claim_id)
        if (receipt.kind, receipt.receipt_id) == (ReceiptKind.PAYMENT, payment_id)
    ]
    if not booked:
        return None
    if booked[0].state is ReceiptState.REVERSED:
        return claim
    if booked[0].state is ReceiptState.TOLD_BY_BANK:
        receipts.reverse(connection, booked[0].seq, at)
        same = told_twice.bank_id_of(connection, claim.claim_id, payment_id)
        return reverse_payment(connection, gateway, claim, same, at, now)
    if claim.state is ClaimState.SENDING and not hand_over.register_is_parked(connection, claim):
        claim = hand_over.take_back(connection, claim, "a payment fell", now) or claim
    invoice = claim.invoice(gateway.seal)
    for name in told_twice.names_of(connection, claim.claim_id, payment_id):
        invoice = without_payment(invoice, name)
    claim = store_facts(connection, gateway, claim, invoice, now)
    known = booked[0]
    told = known.state is ReceiptState.REPORTED or (
        known.state is ReceiptState.TO_REPORT and not _unsent(connection, known, now)
    )
    at_kravia = claim.state in (ClaimState.SENDING, ClaimState.ACTIVE)
    if told or (at_kravia and known.state is ReceiptState.BEFORE_HAND_OVER):
        text = f"payment {payment_id} was reversed at the ledger: correct it at Kravia by hand"
        act_or_ask(connection, gateway, claim, Kind.REVERSAL, text, now, receipt_id=payment_id)
    receipts.reverse(connection, known.seq, at)
    if known.state is ReceiptState.PAYOUT:
        settlements.free_line(connection, claim.creditor_id, payment_id, claim.kravia_invoice_id)
    finish_tasks(connection, claim.claim_id, {PAYOUT_OR_DIRECT}, now, payment_id)
    bank_lines.answered(connection, payment_id)
    return claim


def _unsent(connection: sa.Connection, receipt: Receipt, now: datetime) -> bool:
    """Cancel the message of a receipt; ``False`` if Kravia may have it already."""
    for live in live_messages(connection, receipt.claim_id):
        if live.message_id == receipt.message_id and live.is_surely_unsent:
            clear_alert(connection, receipt.creditor_id, "parked", live.message_id)
            return store.cancel(
                connection, table, live.message_id, reason="reversed at the ledger", now=now
            )
    return False


def _applied(claim: Claim, invoice: Invoice, incoming: Incoming) -> Invoice:
    """The facts after the booking; a snapshot taken later may be net of it without naming it."""
    is_inside = incoming.event_at <= claim.facts_at and unexplained(invoice) >= incoming.amount
    if incoming.kind is ReceiptKind.PAYMENT:
        payment = Payment(
            id=incoming.receipt_id,
            paid_on=incoming.on,
            amount=incoming.amount,
            from_agency=incoming.from_agency,
        )
        return with_payment(invoice, payment, is_inside=is_inside)
    note = CreditNote(id=incoming.receipt_id, issued_on=incoming.on, amount=incoming.amount)
    return with_credit_note(invoice, note, is_inside=is_inside)


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
