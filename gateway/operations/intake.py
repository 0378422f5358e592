"""One recorded event becomes changes of claims, decisions and messages, in one commit."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.invoice import Invoice, ObjectionOutcome
from gateway.domain.money_events import difference
from gateway.operations import hand_over, objections
from gateway.operations.decide import OPEN_TO_DECISION, decide_debtor
from gateway.operations.gateway import Gateway
from gateway.operations.messages import alert, ask_person
from gateway.operations.receive_money import Incoming, receive_money, reverse_payment
from gateway.operations.snapshot import new_claim, snapshot_hash, store_facts, take_snapshot
from gateway.schema.webhooks import (
    CollectionWithdrawnEvent,
    CreditNoteIssuedEvent,
    InvalidEvent,
    InvoiceEvent,
    KnownEvent,
    ObjectionRaisedEvent,
    ObjectionResolvedEvent,
    PaymentReceivedEvent,
    PaymentReversedEvent,
    parse_event,
)
from gateway.storage import claims, events, receipts
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert
from gateway.storage.events import StoredEvent
from gateway.storage.receipts import ReceiptKind, ReceiptState
from mappers.credit_note_from_webhook import credit_note_from_webhook
from mappers.invoice_from_webhook import invoice_from_webhook
from mappers.objection_from_webhook import objection_from_webhook
from mappers.payment_from_webhook import payment_from_webhook
from outbox.instants import to_ms


def take_in(connection: sa.Connection, gateway: Gateway, stored: StoredEvent, now: datetime) -> str:
    """Act on one event and mark it; returns the outcome it now has."""
    parsed = parse_event(gateway.seal.open(stored.sealed_body))
    if isinstance(parsed, InvalidEvent):
        return events.mark(connection, stored, "rejected", now, problem=parsed.problem)
    if parsed.event is None or stored.creditor_id not in gateway.creditors:
        return events.mark(connection, stored, "ignored", now)
    at = parsed.timestamp or stored.received_at
    outcome, problem = _apply(connection, gateway, stored, parsed.event, at, now)
    return events.mark(connection, stored, outcome, now, problem=problem)


def _apply(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredEvent,
    event: KnownEvent,
    at: datetime,
    now: datetime,
) -> tuple[str, str | None]:
    invoice_id = event.data.invoice.id if isinstance(event, InvoiceEvent) else event.data.invoice_id
    claim = claims.find(connection, stored.creditor_id, invoice_id)
    if isinstance(event, InvoiceEvent):
        return _take_invoice(connection, gateway, stored, event, claim, at, now)
    if claim is None:
        return "waiting", "no overdue invoice with this id has come yet"
    if not _same_currency(event, claim):
        return "rejected", f"the currency is not the invoice's {claim.currency}"
    match event:
        case PaymentReceivedEvent():
            claim = receive_money(connection, gateway, claim, _payment(event, at), now)
        case CreditNoteIssuedEvent():
            claim = receive_money(connection, gateway, claim, _credit_note(event, at), now)
        case PaymentReversedEvent():
            claim = reverse_payment(connection, gateway, claim, event.data.payment_id, now)
        case ObjectionRaisedEvent():
            raised = objection_from_webhook(event.data.objection)
            claim = objections.raise_objection(connection, gateway, claim, raised, now)
        case ObjectionResolvedEvent():
            outcome = ObjectionOutcome(event.data.outcome)
            claim = objections.resolve_objection(
                connection, gateway, claim, event.data.resolved_on, outcome, now
            )
        case CollectionWithdrawnEvent():
            claim = withdraw(connection, gateway, claim, now)
    decide_debtor(connection, gateway, claim.creditor_id, claim.debtor_number, now)
    return "handled", None


def withdraw(connection: sa.Connection, gateway: Gateway, claim: Claim, now: datetime) -> Claim:
    """The creditor wants no collection: end the claim, or ask a person to call it off at Kravia."""
    if claim.state is ClaimState.CLOSED:
        return claim
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "withdrawn", now) or claim
    if claim.state in (ClaimState.SENDING, ClaimState.ACTIVE):
        text = "withdraw this claim in Kravia's portal: no documented call does it"
        ask_person(connection, gateway, claim, "withdraw", text, now)
        return claims.change(connection, claim, now, withdrawn_at=to_ms(now), problem=text)
    return hand_over.close(
        connection, gateway, claim, CloseReason.WITHDRAWN, now, withdrawn_at=to_ms(now)
    )


def _take_invoice(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredEvent,
    event: InvoiceEvent,
    claim: Claim | None,
    at: datetime,
    now: datetime,
) -> tuple[str, str | None]:
    invoice = invoice_from_webhook(event.data)
    if claim is None:
        if event.type == "invoice.updated":
            return "waiting", "kept as a snapshot: the invoice is not known to be overdue"
        claim = new_claim(connection, gateway, stored.creditor_id, invoice, at, now)
        _book_told_receipts(connection, claim, invoice, at)
        claim = objections.follow_snapshot(connection, gateway, claim, None, now)
        _take_waiting(connection, gateway, claim, now)
    else:
        old = claim.debtor_number
        stale = _older(connection, gateway, claim, invoice, at, now)
        if stale is not None:
            return stale
        _take_snapshot(connection, gateway, claim, invoice, at, now)
        if old != invoice.debtor.number:
            decide_debtor(connection, gateway, stored.creditor_id, old, now)
    decide_debtor(connection, gateway, stored.creditor_id, invoice.debtor.number, now)
    return "handled", None


def _older(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    at: datetime,
    now: datetime,
) -> tuple[str, str | None] | None:
    """Why this snapshot is not newer than the one we have, or ``None`` if it is."""
    if invoice.version is None or claim.facts_version is None:
        if at < claim.facts_at:
            return "stale", "a snapshot with a later timestamp came before"
        return None
    if invoice.version < claim.facts_version:
        return "stale", f"version {claim.facts_version} came before"
    if invoice.version > claim.facts_version:
        return None
    if snapshot_hash(invoice) == claim.snapshot_hash:
        return "stale", "the same version came before"
    alert(
        connection,
        gateway,
        NewAlert(
            creditor_id=claim.creditor_id,
            kind="version_conflict",
            about=f"{claim.claim_id}/{invoice.version}",
            text=f"invoice {claim.invoice_id} came twice as version {invoice.version} with"
            " different content; the first stands",
            command=f"kravia-gateway claims show {claim.claim_id}",
        ),
        now,
    )
    return "conflict", f"version {invoice.version} came before with other content"


def _take_snapshot(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    at: datetime,
    now: datetime,
) -> Claim:
    """A newer snapshot of a known claim."""
    before = claim.invoice(gateway.seal)
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "new facts came", now) or claim
    if claim.state in OPEN_TO_DECISION:
        claim = take_snapshot(connection, gateway, claim, invoice, at, now)
        _book_told_receipts(connection, claim, invoice, at)
        claim = _book_later_receipts(connection, gateway, claim, at, now)
        return objections.follow_snapshot(connection, gateway, claim, before, now)
    if claim.state is ClaimState.CLOSED:
        return claims.change(connection, claim, now, facts_version=invoice.version)
    return _changes_at_kravia(connection, gateway, claim, before, invoice, at, now)


def _changes_at_kravia(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    before: Invoice,
    invoice: Invoice,
    at: datetime,
    now: datetime,
) -> Claim:
    """Kravia has the claim, or may: what explains a lower balance goes there."""
    change = difference(before, invoice)
    for payment in change.payments:
        money = Incoming(
            kind=ReceiptKind.PAYMENT,
            receipt_id=payment.id,
            on=payment.paid_on,
            amount=payment.amount,
            event_at=at,
        )
        claim = receive_money(connection, gateway, claim, money, now)
    for note in change.credit_notes:
        money = Incoming(
            kind=ReceiptKind.CREDIT_NOTE,
            receipt_id=note.id,
            on=note.issued_on,
            amount=note.amount,
            event_at=at,
        )
        claim = receive_money(connection, gateway, claim, money, now)
    people = list(change.for_a_person)
    if change.unexplained > 0:
        people.append(
            f"the ledger's balance fell by {change.unexplained} {claim.currency} with no payment"
            " or credit note that explains it"
        )
    for what in people:
        text = f"after hand-over {what}: tell Kravia by hand, no documented call does it"
        ask_person(connection, gateway, claim, "changed_after_hand_over", text, now)
    claim = take_snapshot(connection, gateway, claim, invoice, at, now)
    return objections.follow_snapshot(connection, gateway, claim, before, now)


def _book_told_receipts(
    connection: sa.Connection, claim: Claim, invoice: Invoice, at: datetime
) -> None:
    """Payments and credit notes inside a snapshot are known, and inside its ``outstanding``."""
    told = [(ReceiptKind.PAYMENT, p.id, p.paid_on, p.amount) for p in invoice.payments] + [
        (ReceiptKind.CREDIT_NOTE, c.id, c.issued_on, c.amount) for c in invoice.credit_notes
    ]
    for kind, receipt_id, on, amount in told:
        receipts.add(
            connection,
            creditor_id=claim.creditor_id,
            claim_id=claim.claim_id,
            kind=kind,
            receipt_id=receipt_id,
            on=on,
            amount=amount,
            event_at=at,
            state=ReceiptState.BEFORE_HAND_OVER,
        )


def _book_later_receipts(
    connection: sa.Connection, gateway: Gateway, claim: Claim, at: datetime, now: datetime
) -> Claim:
    """Money that came by event after this snapshot was taken still reduces it."""
    invoice = claim.invoice(gateway.seal)
    for receipt in receipts.of_claim(connection, claim.claim_id):
        if receipt.event_at <= at or receipt.state is not ReceiptState.BEFORE_HAND_OVER:
            continue
        invoice = receipts.applied(invoice, receipt)
    return store_facts(connection, gateway, claim, invoice, now)


def _take_waiting(connection: sa.Connection, gateway: Gateway, claim: Claim, now: datetime) -> None:
    """Events that came before their invoice, in the order they came."""
    for waiting in events.waiting_for(connection, claim.creditor_id, claim.invoice_id):
        take_in(connection, gateway, waiting, now)


def _same_currency(event: KnownEvent, claim: Claim) -> bool:
    match event:
        case PaymentReceivedEvent():
            return event.data.payment.currency == claim.currency
        case CreditNoteIssuedEvent():
            return event.data.credit_note.currency == claim.currency
        case _:
            return True


def _payment(event: PaymentReceivedEvent, at: datetime) -> Incoming:
    payment = payment_from_webhook(event.data.payment)
    return Incoming(
        kind=ReceiptKind.PAYMENT,
        receipt_id=payment.id,
        on=payment.paid_on,
        amount=payment.amount,
        event_at=at,
        payer_account=event.data.payment.payer_account,
        text=event.data.payment.text,
    )


def _credit_note(event: CreditNoteIssuedEvent, at: datetime) -> Incoming:
    note = credit_note_from_webhook(event.data.credit_note)
    return Incoming(
        kind=ReceiptKind.CREDIT_NOTE,
        receipt_id=note.id,
        on=note.issued_on,
        amount=note.amount,
        event_at=at,
    )
