"""What payments, credit notes and objections do to an invoice before it is handed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from gateway.domain.invoice import CreditNote, Invoice, Payment


def unexplained(invoice: Invoice) -> Decimal:
    """What ``outstanding`` lies below the total without a payment or credit note that says why."""
    paid = sum((payment.amount for payment in invoice.payments), Decimal(0))
    credited = sum((note.amount for note in invoice.credit_notes), Decimal(0))
    return max(Decimal(0), invoice.total - paid - credited - invoice.outstanding)


def with_payment(invoice: Invoice, payment: Payment, *, is_inside: bool = False) -> Invoice:
    """The invoice after ``payment``; one already told changes nothing, and nothing goes below 0.

    ``is_inside``: the ledger's ``outstanding`` is net of it already.
    """
    if any(known.id == payment.id for known in invoice.payments):
        return invoice
    return replace(
        invoice,
        payments=(*invoice.payments, payment),
        outstanding=_less(invoice, payment.amount, is_inside=is_inside),
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


def with_credit_note(
    invoice: Invoice, credit_note: CreditNote, *, is_inside: bool = False
) -> Invoice:
    """The invoice after ``credit_note``; else as ``with_payment``."""
    if any(known.id == credit_note.id for known in invoice.credit_notes):
        return invoice
    return replace(
        invoice,
        credit_notes=(*invoice.credit_notes, credit_note),
        outstanding=_less(invoice, credit_note.amount, is_inside=is_inside),
    )


def _less(invoice: Invoice, amount: Decimal, *, is_inside: bool) -> Decimal:
    if is_inside:
        return invoice.outstanding
    return max(Decimal(0), invoice.outstanding - amount)


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
    expected = max(Decimal(0), before.outstanding - told)
    people: list[str] = []
    if after.outstanding > expected:
        people.append(f"the amount rose from {expected} to {after.outstanding}")
    if after.due_date != before.due_date:
        people.append(f"the due date moved from {before.due_date} to {after.due_date}")
    if after.debtor.address != before.debtor.address:
        people.append("the debtor's address changed")
    if after.postponed_until is not None and after.postponed_until != before.postponed_until:
        people.append(f"the creditor postponed the follow-up to {after.postponed_until}")
    if _who(after) != _who(before):
        people.append("the debtor's number, name or organisation number changed")
    if _needs_care(after) and _needs_care(after) != _needs_care(before):
        people.append("the debtor died, became insolvent or got a protected address")
    return Difference(
        payments=payments,
        credit_notes=notes,
        unexplained=max(Decimal(0), expected - after.outstanding),
        for_a_person=tuple(people),
    )


def _who(invoice: Invoice) -> tuple[str | None, ...]:
    debtor = invoice.debtor
    return (debtor.number, debtor.name, debtor.organization_number)


def _needs_care(invoice: Invoice) -> tuple[object, ...]:
    """What an agency must know of at once; empty where there is nothing of the kind."""
    debtor = invoice.debtor
    known = (debtor.deceased, debtor.bankrupt, debtor.insolvency, debtor.protected_address)
    return known if any(known) else ()
