"""An invoice and its debtor as Tripletex has them, as the domain's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.tripletex.assumptions import Assumptions
from clients.tripletex.wire import CloseGroup, InvoiceRow
from clients.tripletex.wire import Invoice as TripletexInvoice
from gateway.domain.invoice import Invoice
from mappers.credit_notes_from_tripletex import credit_notes_from_tripletex
from mappers.debtor_from_tripletex import debtor_from_tripletex
from mappers.elsewhere_from_tripletex import elsewhere_from_tripletex
from mappers.notices_from_tripletex import notices_from_tripletex
from mappers.payments_from_tripletex import payments_from_tripletex
from mappers.postponement_from_tripletex import postponement_from_tripletex

DESCRIPTION_MAX_CHARS = 500
"""What the lines are about, for a letter's subject: not the whole invoice."""

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsMissing:
    """Tripletex did not tell what no claim can be without; ``fields`` are its names for them."""

    fields: tuple[str, ...]


def invoice_from_tripletex(
    invoice: TripletexInvoice,
    groups: Sequence[CloseGroup],
    credit_rows: Sequence[InvoiceRow],
    assumptions: Assumptions,
) -> Invoice | FactsMissing:
    """Join an invoice with what closes it and the customer's credit notes.

    ``amountCurrencyOutstanding`` is principal (documented: without reminders), never below zero
    here. ``version`` is left alone: no payment changes it.
    """
    number, issued, total = invoice.invoiceNumber, invoice.invoiceDate, invoice.amountCurrency
    remaining, currency, customer = (
        invoice.amountCurrencyOutstanding,
        invoice.currency,
        invoice.customer,
    )
    if (
        number is None
        or issued is None
        or total is None
        or remaining is None
        or currency is None
        or customer is None
    ):
        return FactsMissing(fields=_missing(invoice))
    notes = credit_notes_from_tripletex(invoice.id, credit_rows)
    credited = sum((note.amount for note in notes), _NOTHING)
    interest = max((each.interests or _NOTHING for each in invoice.reminders), default=_NOTHING)
    return Invoice(
        id=str(invoice.id),
        number=str(number),
        issue_date=issued,
        currency=currency,
        total=total,
        outstanding=max(remaining, _NOTHING),
        debtor=debtor_from_tripletex(customer, assumptions),
        due_date=invoice.invoiceDueDate,
        kid=invoice.kid,
        description=_description(invoice),
        supplied_on=invoice.deliveryDate,
        department=_text(invoice.department),
        project=_text(invoice.project),
        notices=notices_from_tripletex(invoice.reminders),
        payments=payments_from_tripletex(invoice, groups, credited, assumptions),
        credit_notes=notes,
        interest_claimed=interest if interest > 0 else None,
        postponed_until=postponement_from_tripletex(invoice.postponeRemindersTo),
        elsewhere=elsewhere_from_tripletex(invoice),
    )


def _missing(invoice: TripletexInvoice) -> tuple[str, ...]:
    told: dict[str, object] = {
        "invoiceNumber": invoice.invoiceNumber,
        "invoiceDate": invoice.invoiceDate,
        "amountCurrency": invoice.amountCurrency,
        "amountCurrencyOutstanding": invoice.amountCurrencyOutstanding,
        "currency": invoice.currency,
        "customer": invoice.customer,
    }
    return tuple(name for name, value in told.items() if value is None)


def _description(invoice: TripletexInvoice) -> str | None:
    lines = (" ".join(line.split()) for line in invoice.lineDescriptions)
    text = "; ".join(line for line in lines if line)
    printable = "".join(c for c in text if c.isprintable())
    return printable[:DESCRIPTION_MAX_CHARS] or None


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
