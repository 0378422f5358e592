"""A snapshot of an invoice: it makes a claim, replaces its facts, or tells of changes at Kravia."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.invoice import Invoice
from gateway.domain.money_events import difference
from gateway.operations import bank_lines, hand_over, objections, other_hands, told_twice
from gateway.operations.decide import OPEN_TO_DECISION
from gateway.operations.gateway import Gateway
from gateway.operations.receive_money import Incoming, receive_money
from gateway.operations.snapshot import new_claim, snapshot_hash, store_facts, take_snapshot
from gateway.operations.tell import alert, ask_person
from gateway.schema.webhooks import InvoiceEvent
from gateway.storage import claims, receipts
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert
from gateway.storage.receipts import ReceiptKind, ReceiptState
from mappers.invoice_from_webhook import invoice_from_webhook
from outbox.instants import to_ms


def take_invoice(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    event: InvoiceEvent,
    claim: Claim | None,
    at: datetime,
    now: datetime,
) -> tuple[str, str | None]:
    """Make or change a claim by a snapshot taken ``at``; returns the event's outcome and problem.

    The first is ``invoice.overdue``; what was paid or disputed by event since ``at`` stays so.
    """
    invoice = invoice_from_webhook(event.data)
    if claim is None:
        if event.type == "invoice.updated":
            return "waiting", "kept as a snapshot: the invoice is not known to be overdue"
        claim = new_claim(connection, gateway, creditor_id, invoice, at, now)
        _book_told_receipts(connection, claim, invoice, at)
        claim = objections.follow_snapshot(connection, gateway, claim, None, now)
        claim = other_hands.follow_snapshot(connection, gateway, claim, None, now)
        bank_lines.follow_claim(connection, gateway, claim, invoice, now)
        return "handled", None
    stale = _older(connection, gateway, claim, invoice, at, now)
    if stale is not None:
        return stale
    kid = claim.invoice(gateway.seal).kid
    claim = replace_facts(connection, gateway, claim, invoice, at, now)
    if invoice.kid != kid:
        bank_lines.follow_claim(connection, gateway, claim, invoice, now)
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


def replace_facts(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    at: datetime,
    now: datetime,
) -> Claim:
    """Take a newer snapshot of a known claim; or the one it stands on, read differently now."""
    before = claim.invoice(gateway.seal)
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "new facts came", now) or claim
    if claim.state is ClaimState.CLOSED:
        if claim.close_reason is CloseReason.WRITTEN_OFF and invoice.outstanding > 0:
            text = (
                "the ledger took the write-off back and the claim is closed here: to collect it"
                " after all, register it in Kravia's portal"
            )
            ask_person(connection, gateway, claim, "reopened_at_ledger", text, now)
        return claims.change(
            connection,
            claim,
            now,
            facts_version=invoice.version,
            facts_at=to_ms(at),
            snapshot_hash=snapshot_hash(invoice),
        )
    current = told_twice.with_receipts(connection, claim.claim_id, invoice, at)
    if claim.state not in OPEN_TO_DECISION:
        claim = _changes_at_kravia(connection, gateway, claim, before, current, at, now)
    claim = take_snapshot(connection, gateway, claim, invoice, at, now)
    claim = store_facts(connection, gateway, claim, current, now)
    if claim.state in OPEN_TO_DECISION:
        _book_told_receipts(connection, claim, invoice, at)
    claim = objections.follow_snapshot(connection, gateway, claim, before, now)
    return other_hands.follow_snapshot(connection, gateway, claim, before, now)


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
    change = difference(told_twice.in_ledgers_words(connection, claim.claim_id, before), invoice)
    twice = told_twice.told_before(connection, claim.claim_id, invoice)
    for payment in (*change.payments, *twice):
        money = Incoming(
            kind=ReceiptKind.PAYMENT,
            receipt_id=payment.id,
            on=payment.paid_on,
            amount=payment.amount,
            event_at=at,
            from_agency=payment.from_agency,
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
        text = f"after hand-over {what}: tell Kravia by hand"
        ask_person(connection, gateway, claim, "changed_after_hand_over", text, now)
    return claim


def _book_told_receipts(
    connection: sa.Connection, claim: Claim, invoice: Invoice, at: datetime
) -> None:
    """Payments and credit notes inside a snapshot are known, and inside its ``outstanding``."""
    for kind, receipt_id, on, amount in receipts.told_by(invoice):
        is_twice = kind is ReceiptKind.PAYMENT and told_twice.pair(
            connection, claim.claim_id, receipt_id, on, amount
        )
        receipts.add(
            connection,
            creditor_id=claim.creditor_id,
            claim_id=claim.claim_id,
            kind=kind,
            receipt_id=receipt_id,
            on=on,
            amount=amount,
            event_at=at,
            state=ReceiptState.TOLD_BY_BANK if is_twice else ReceiptState.BEFORE_HAND_OVER,
        )
