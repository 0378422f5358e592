"""An invoice and its debtor as Conta has them, as the domain's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.conta.assumptions import Assumptions
from clients.conta.wire import Customer, InvoiceEvent, Payment
from clients.conta.wire import Invoice as ContaInvoice
from gateway.domain.invoice import Invoice
from mappers.credit_notes_from_conta import credit_notes_from_conta
from mappers.debtor_from_conta import debtor_from_conta
from mappers.notices_from_conta import notices_from_conta
from mappers.objection_from_conta import objection_from_conta
from mappers.payment_from_conta import payment_from_conta
from mappers.sending_from_conta import sending_from_conta

DESCRIPTION_MAX_CHARS = 500
"""What the lines are about, for a letter's subject: not the whole invoice."""

_NOTHING = Decimal(0)
_NORWEGIAN_CROWNS = "NOK"  # the documented default of invoiceCurrency
_SENT = ("INVOICE_SENT_BY_", "INVOICE_RESENT_BY_")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsMissing:
    """Conta did not tell what no claim can be without; ``fields`` are its names for them."""

    fields: tuple[str, ...]


def invoice_from_conta(
    invoice: ContaInvoice,
    customer: Customer,
    events: Sequence[InvoiceEvent],
    payments: Sequence[Payment],
    assumptions: Assumptions,
) -> Invoice | FactsMissing:
    """Join what four calls told of one invoice; ``events`` as the client orders them.

    ``sumRemaining`` is the open principal (less a letter's fee and interest where it is assumed to
    hold them), never below zero. Whether it is a claim at all is ``status_from_conta``'s to say.
    """
    number, issued, total = invoice.invoiceNo, invoice.invoiceDate, invoice.sumTotal
    remaining = invoice.sumRemaining
    if number is None or issued is None or total is None or remaining is None:
        names = ("invoiceNo", "invoiceDate", "sumTotal", "sumRemaining")
        values = (number, issued, total, remaining)
        pairs = zip(names, values, strict=True)
        return FactsMissing(fields=tuple(name for name, value in pairs if value is None))
    currency = invoice.invoiceCurrency or _NORWEGIAN_CROWNS
    interest = _late_interest(invoice, events)
    return Invoice(
        id=str(invoice.id),
        number=str(number),
        issue_date=issued,
        currency=currency,
        total=total,
        outstanding=max(remaining - _late_fees(invoice, events, assumptions), _NOTHING),
        debtor=debtor_from_conta(customer, assumptions),
        due_date=invoice.invoiceDueDate,
        kid=invoice.kid,
        description=_description(invoice),
        supplied_on=invoice.deliveryDate,
        department=_text(invoice.departmentId),
        project=_text(invoice.projectId),
        delivery_evidence=_delivery_evidence(events, assumptions),
        notices=notices_from_conta(invoice, events, assumptions),
        payments=tuple(
            receipt.payment
            for payment in payments
            for receipt in payment_from_conta(payment, invoice_id=invoice.id, currency=currency)
        ),
        credit_notes=credit_notes_from_conta(events, assumptions),
        objection=objection_from_conta(events, assumptions, otherwise=issued),
        interest_claimed=interest if interest > 0 else None,
    )


def _late_interest(invoice: ContaInvoice, events: Sequence[InvoiceEvent]) -> Decimal:
    reminder = invoice.invoicePaymentReminder
    if reminder is None or reminder.interest is None or _is_waived(events):
        return _NOTHING
    return reminder.interest


def _late_fees(
    invoice: ContaInvoice, events: Sequence[InvoiceEvent], assumptions: Assumptions
) -> Decimal:
    """Return what of ``sumRemaining`` is not principal."""
    reminder = invoice.invoicePaymentReminder
    if not assumptions.payments.remaining_includes_late_fees or reminder is None:
        return _NOTHING
    fee = _NOTHING if _is_waived(events) else reminder.fee or _NOTHING
    return fee + _late_interest(invoice, events)


def _is_waived(events: Sequence[InvoiceEvent]) -> bool:
    """Tell whether the newest letter's fee and interest were taken back."""
    waived = False
    for event in events:
        if (event.eventType or "").startswith("PAYMENT_REMINDER_CREATED"):
            waived = False
        elif event.eventType == "DELETED_LATE_PAYMENT_FEES":
            waived = True
        elif event.eventType == "REVERSED_DELETE_LATE_PAYMENT_FEES":
            waived = False
    return waived


def _delivery_evidence(events: Sequence[InvoiceEvent], assumptions: Assumptions) -> str | None:
    """Return the way the invoice itself last left by."""
    for event in reversed(events):
        if (event.eventType or "").startswith(_SENT):
            sending = sending_from_conta(event, assumptions)
            if sending is not None and sending.left:
                return sending.way.value
    return None


def _description(invoice: ContaInvoice) -> str | None:
    lines = (" ".join(line.split()) for line in invoice.lineDescriptions)
    text = "; ".join(line for line in lines if line)
    printable = "".join(c for c in text if c.isprintable())
    return printable[:DESCRIPTION_MAX_CHARS] or None


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
