"""An invoice and its debtor as Fiken has them, as the domain's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.fiken.assumptions import Assumptions
from clients.fiken.wire import Contact, CreditNote, Payment, Sale
from clients.fiken.wire import Invoice as FikenInvoice
from gateway.domain.invoice import Invoice
from mappers.amount_from_fiken import amount_from_fiken
from mappers.credit_note_from_fiken import credit_note_from_fiken
from mappers.debtor_from_fiken import debtor_from_fiken
from mappers.line_from_text import line_from_text
from mappers.payment_from_fiken import payment_from_fiken

DESCRIPTION_MAX_CHARS = 500
"""What the lines are about, for a letter's subject: not the whole invoice."""

_NORWEGIAN_CROWNS = "NOK"  # the documented default of currency
_WAYS = {
    "email": "email",
    "ehf": "ehf",
    "efaktura": "efaktura",
    "letter": "post",
    "sms": "sms",
    "vipps": "vipps",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsUntold:
    """Fiken did not tell what no claim can be without; ``fields`` are its names for them."""

    fields: tuple[str, ...]


def invoice_from_fiken(
    invoice: FikenInvoice,
    contact: Contact,
    payments: Sequence[Payment],
    credit_notes: Sequence[CreditNote],
    assumptions: Assumptions,
) -> Invoice | FactsUntold:
    """Join what the calls told of one invoice.

    ``outstandingBalance`` is the open principal, never below zero: reminders are not added to it
    (an invoice in Fiken has no fees). A settled sale owes nothing, whatever the balance; where
    a user only called it so, the drop has no explanation and goes to a person. A due date that was
    moved counts as moved, but never to before the first one. Letters are not told with their days,
    so there are none; departments do not exist. Whether it is a claim at all is
    ``standing_from_fiken``'s to say.
    """
    currency = invoice.currency or _NORWEGIAN_CROWNS
    number, issued, total = invoice.invoiceNumber, invoice.issueDate, invoice.gross
    owed = _owed(invoice.sale, currency)
    if number is None or issued is None or total is None or owed is None:
        names = ("invoiceNumber", "issueDate", "gross", "sale.outstandingBalance")
        pairs = zip(names, (number, issued, total, owed), strict=True)
        return FactsUntold(fields=tuple(name for name, value in pairs if value is None))
    paid = (payment_from_fiken(payment) for payment in payments)
    credited = (credit_note_from_fiken(each, invoice_id=invoice.invoiceId) for each in credit_notes)
    return Invoice(
        id=str(invoice.invoiceId),
        number=str(number),
        issue_date=issued,
        currency=currency,
        total=amount_from_fiken(total),
        outstanding=max(amount_from_fiken(owed * assumptions.owed_sign), Decimal(0)),
        debtor=debtor_from_fiken(contact, assumptions),
        due_date=_due_date(invoice),
        kid=invoice.kid,
        description=_description(invoice),
        project=None if invoice.projectId is None else str(invoice.projectId),
        delivery_evidence=_delivery_evidence(invoice),
        payments=tuple(each for each in paid if each is not None),
        credit_notes=tuple(each for each in credited if each is not None),
    )


def _owed(sale: Sale | None, currency: str) -> int | None:
    if sale is None:
        return None
    if sale.settled:
        return 0
    if currency == _NORWEGIAN_CROWNS:
        return sale.outstandingBalance
    return sale.outstandingBalanceInCurrency


def _due_date(invoice: FikenInvoice) -> date | None:
    days = [day for day in (invoice.dueDate, invoice.originalDueDate) if day is not None]
    return max(days, default=None)


def _delivery_evidence(invoice: FikenInvoice) -> str | None:
    """Return the way the invoice last left by, where Fiken knows it."""
    known = [
        (each.date, _WAYS[each.dispatchType])
        for each in invoice.dispatches
        if each.date is not None and each.dispatchType in _WAYS
    ]
    return max(known)[1] if known else None


def _description(invoice: FikenInvoice) -> str | None:
    lines = (line_from_text(line) for line in invoice.lineDescriptions)
    return "; ".join(line for line in lines if line)[:DESCRIPTION_MAX_CHARS] or None
