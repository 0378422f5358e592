"""What is new about an invoice since it was last read, as the events a ledger would have sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from gateway.domain.invoice import Invoice, Objection, Payment
from mappers.invoice_to_webhook import invoice_to_webhook

Document = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """One event of the contract without its timestamp."""

    type: str
    data: Document


def news_to_webhooks(
    before: Invoice | None,
    after: Invoice,
    *,
    version: int,
    is_overdue: bool,
    written_off: bool,
    today: date,
) -> tuple[NewEvent, ...]:
    """Compare two readings of one invoice; ``before`` is None where it was never told of.

    Money, an objection and a write-off come as events of their own, for what they do to a claim
    that is over or at the agency; the snapshot that follows has all the rest, and the same money:
    no payment counts twice. After a write-off there is no snapshot: its drop is explained.
    """
    snapshot = NewEvent(
        type="invoice.overdue" if is_overdue else "invoice.updated",
        data=invoice_to_webhook(replace(after, version=version)),
    )
    if before is None:
        return (snapshot,) if is_overdue and not written_off else ()
    events = [*_money(before, after, today)]
    if _is_new(before.objection, after.objection):
        events.append(_objection(after))
    if written_off:
        return (*events, withdrawn(after.id, "written off as a loss", "written_off"))
    return (*events, snapshot)


def withdrawn(invoice_id: str, reason: str, cause: str) -> NewEvent:
    """Build ``collection.withdrawn`` for what the books say."""
    data: Document = {"invoice_id": invoice_id, "reason": reason, "cause": cause}
    return NewEvent(type="collection.withdrawn", data=data)


def _money(before: Invoice, after: Invoice, today: date) -> list[NewEvent]:
    known = {payment.id for payment in before.payments}
    still = {payment.id for payment in after.payments}
    credited = {note.id for note in before.credit_notes}
    fallen = [
        NewEvent(
            type="payment.reversed",
            data={
                "invoice_id": after.id,
                "payment_id": payment.id,
                "reversed_on": today.isoformat(),
            },
        )
        for payment in before.payments
        if payment.id not in still
    ]
    paid = [_payment(after, payment) for payment in after.payments if payment.id not in known]
    notes = [
        NewEvent(
            type="credit_note.issued",
            data={
                "invoice_id": after.id,
                "credit_note": {
                    "id": note.id,
                    "issued_on": note.issued_on.isoformat(),
                    "amount": str(note.amount),
                    "currency": after.currency,
                },
            },
        )
        for note in after.credit_notes
        if note.id not in credited
    ]
    return [*fallen, *paid, *notes]


def _payment(invoice: Invoice, payment: Payment) -> NewEvent:
    told: Document = {
        "id": payment.id,
        "paid_on": payment.paid_on.isoformat(),
        "amount": str(payment.amount),
        "currency": invoice.currency,
    }
    if payment.from_agency:
        told["from_agency"] = True
    return NewEvent(type="payment.received", data={"invoice_id": invoice.id, "payment": told})


def _is_new(before: Objection | None, after: Objection | None) -> bool:
    return after is not None and (before is None or before.raised_on != after.raised_on)


def _objection(invoice: Invoice) -> NewEvent:
    objection = invoice.objection
    raised_on = None if objection is None else objection.raised_on.isoformat()
    return NewEvent(
        type="objection.raised",
        data={"invoice_id": invoice.id, "objection": {"raised_on": raised_on}},
    )
