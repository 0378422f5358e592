"""One recorded event becomes changes of claims, decisions and messages, in one commit."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.invoice import ObjectionOutcome
from gateway.operations import hand_over, objections
from gateway.operations.case_actions import act_or_ask, has_call
from gateway.operations.decide import decide_debtor
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind
from gateway.operations.receive_money import Incoming, receive_money, reverse_payment
from gateway.operations.take_invoice import take_invoice
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
from gateway.storage import claims, events
from gateway.storage.claims import Claim
from gateway.storage.desk import clear_alert
from gateway.storage.events import StoredEvent
from gateway.storage.receipts import ReceiptKind
from mappers.credit_note_from_webhook import credit_note_from_webhook
from mappers.objection_from_webhook import objection_from_webhook
from mappers.payment_from_webhook import payment_from_webhook
from outbox.instants import to_ms


def take_in(connection: sa.Connection, gateway: Gateway, stored: StoredEvent, now: datetime) -> str:
    """Act on one event and mark it; returns the outcome it now has."""
    parsed = parse_event(gateway.seal.open(stored.sealed_body))
    if isinstance(parsed, InvalidEvent):
        return events.mark(connection, stored, "rejected", now, problem=parsed.problem)
    if parsed.event is None:
        return events.mark(connection, stored, "ignored", now)
    if stored.creditor_id not in gateway.creditors:
        why = "its creditor is not in the settings: put it back, then repair the event"
        return events.mark(connection, stored, "rejected", now, problem=why)
    event = parsed.event
    before = claims.find(connection, stored.creditor_id, invoice_id_of(event))
    outcome, problem = _apply(connection, gateway, stored, event, before, parsed.timestamp, now)
    events.mark(connection, stored, outcome, now, problem=problem)
    if outcome != "handled":
        return outcome
    number = claims.debtor_of(connection, stored.creditor_id, invoice_id_of(event))
    if number is not None:
        _take_waiting(connection, gateway, stored.creditor_id, invoice_id_of(event), now)
        numbers = {number} | ({before.debtor_number} if before else set())
        for number in sorted(numbers):
            decide_debtor(connection, gateway, stored.creditor_id, number, now)
    return outcome


def _take_waiting(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, invoice_id: str, now: datetime
) -> None:
    """Events that came before what they are about, in the order they came; decides nothing."""
    for waiting in events.waiting_for(connection, creditor_id, invoice_id):
        parsed = parse_event(gateway.seal.open(waiting.sealed_body))
        if isinstance(parsed, InvalidEvent) or parsed.event is None:
            continue
        known = claims.find(connection, creditor_id, invoice_id)
        outcome, problem = _apply(
            connection, gateway, waiting, parsed.event, known, parsed.timestamp, now
        )
        events.mark(connection, waiting, outcome, now, problem=problem)
        if outcome != "waiting":
            clear_alert(connection, creditor_id, events.WAITING_ALERT, waiting.event_id)


def invoice_id_of(event: KnownEvent) -> str:
    """The invoice that an event is about."""
    return event.data.invoice.id if isinstance(event, InvoiceEvent) else event.data.invoice_id


def happened_at(stored: StoredEvent, timestamp: datetime | None) -> datetime:
    """When it happened: a sender whose clock is ahead must not make all that follows look old."""
    return min(timestamp or stored.received_at, stored.received_at)


def _apply(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredEvent,
    event: KnownEvent,
    claim: Claim | None,
    timestamp: datetime | None,
    now: datetime,
) -> tuple[str, str | None]:
    """Change the claim; returns the event's outcome and its problem. Decides nothing."""
    at = happened_at(stored, timestamp)
    if isinstance(event, InvoiceEvent):
        return take_invoice(connection, gateway, stored.creditor_id, event, claim, at, now)
    if claim is None:
        return "waiting", "no overdue invoice with this id has come yet"
    if not _same_currency(event, claim):
        return "rejected", f"the currency is not the invoice's {claim.currency}"
    match event:
        case PaymentReceivedEvent() | CreditNoteIssuedEvent() | PaymentReversedEvent():
            return take_money(connection, gateway, claim, event, at, now)
        case ObjectionRaisedEvent():
            raised = objection_from_webhook(event.data.objection)
            objections.raise_objection(connection, gateway, claim, raised, now)
        case ObjectionResolvedEvent():
            outcome = ObjectionOutcome(event.data.outcome)
            resolved_on = event.data.resolved_on
            objections.resolve_objection(connection, gateway, claim, resolved_on, outcome, now)
        case CollectionWithdrawnEvent():
            written_off = event.data.cause == "written_off"
            withdraw(connection, gateway, claim, now, written_off=written_off)
    return "handled", None


def take_money(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    event: PaymentReceivedEvent | CreditNoteIssuedEvent | PaymentReversedEvent,
    at: datetime,
    now: datetime,
) -> tuple[str, str | None]:
    """Book a payment or credit note once, or take a payment back once."""
    match event:
        case PaymentReceivedEvent():
            receive_money(connection, gateway, claim, _payment(event, at), now)
        case CreditNoteIssuedEvent():
            receive_money(connection, gateway, claim, _credit_note(event, at), now)
        case PaymentReversedEvent():
            payment_id = event.data.payment_id
            if reverse_payment(connection, gateway, claim, payment_id, at, now) is None:
                return "waiting", f"payment {payment_id} of this invoice has not come yet"
    return "handled", None


def withdraw(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    now: datetime,
    *,
    written_off: bool = False,
) -> Claim:
    """The creditor wants no collection: end the claim, or ask a person to call it off at Kravia."""
    if claim.state is ClaimState.CLOSED:
        return claim
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "withdrawn", now) or claim
    if claim.state in (ClaimState.SENDING, ClaimState.ACTIVE):
        order = _why("withdraw this claim in Kravia's portal", written_off=written_off)
        act_or_ask(connection, gateway, claim, Kind.WITHDRAW, order, now)
        problem = order
        if has_call(gateway, Kind.WITHDRAW):
            told = "withdrawn by the creditor; Kravia is told by actions.withdraw"
            problem = _why(told, written_off=written_off)
        return claims.change(connection, claim, now, withdrawn_at=to_ms(now), problem=problem)
    reason = CloseReason.WRITTEN_OFF if written_off else CloseReason.WITHDRAWN
    return hand_over.close(connection, gateway, claim, reason, now, withdrawn_at=to_ms(now))


def _why(text: str, *, written_off: bool) -> str:
    return f"the ledger wrote it off as a loss: {text}" if written_off else text


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
        from_agency=payment.from_agency,
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
