"""What payments, credit notes and objections do to an invoice before it is handed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.domain.invoice import CreditNote, Invoice, Payment


def with_payment(invoice: Invoice, payment: Payment) -> Invoice:
    """The invoice after ``payment``; one already told changes nothing, and nothing goes below 0."""
    if any(known.id == payment.id for known in invoice.payments):
        return invoice
    return replace(
        invoice,
        payments=(*invoice.payments, payment),
        outstanding=max(Decimal(0), invoice.outstanding - payment.amount),
    )


def without_payment(invoice: Invoice, payment_id: str) -> Invoice:
    """The invoice after the payment was reversed; an unknown payment changes nothing."""
    reversed_ones = [known for known in invoice.payments if known.id == payment_id]
    if not reversed_ones:
        return invoice
    return replace(
        invoice,
        payments=tuple(known for known in invoice.payments if known.id != payment_id),
        outstanding=min(invoice.total, invoice.outstanding + reversed_ones[0].amount),
    )


def with_credit_note(invoice: Invoice, credit_note: CreditNote) -> Invoice:
    """The invoice after ``credit_note``; one already told changes nothing."""
    if any(known.id == credit_note.id for known in invoice.credit_notes):
        return invoice
    return replace(
        invoice,
        credit_notes=(*invoice.credit_notes, credit_note),
        outstanding=max(Decimal(0), invoice.outstanding - credit_note.amount),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a newer snapshot says beyond the one Kravia was given.

    ``unexplained`` is a drop of ``outstanding`` that no new payment or credit note accounts for.
    ``for_a_person`` names changes that no documented endpoint of Kravia can carry.
    """

    payments: tuple[Payment, ...]
    credit_notes: tuple[CreditNote, ...]
    unexplained: Decimal
    for_a_person: tuple[str, ...]


def difference(before: Invoice, after: Invoice) -> Difference:
    """Compare two snapshots of one invoice that was handed over as ``before``."""
    known_payments = {payment.id for payment in before.payments}
    known_credits = {note.id for note in before.credit_notes}
    payments = tuple(p for p in after.payments if p.id not in known_payments)
    notes = tuple(c for c in after.credit_notes if c.id not in known_credits)
    told = sum((p.amount for p in payments), Decimal(0)) + sum(
        (c.amount for c in notes), Decimal(0)
    )
    drop = before.outstanding - after.outstanding
    people: list[str] = []
    if after.outstanding > before.outstanding:
        people.append(f"the amount rose from {before.outstanding} to {after.outstanding}")
    if after.due_date != before.due_date:
        people.append(f"the due date moved from {before.due_date} to {after.due_date}")
    if after.debtor.address != before.debtor.address:
        people.append("the debtor's address changed")
    return Difference(
        payments=payments,
        credit_notes=notes,
        unexplained=max(Decimal(0), drop - told),
        for_a_person=tuple(people),
    )
