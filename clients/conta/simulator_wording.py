"""How the simulated Conta words its answers: the documented fields, as far as it knows them.

None stands for what is not there; ``written`` leaves it out or writes null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import orjson

from clients.conta.assumptions import Assumptions
from clients.conta.simulator_books import (
    Books,
    SimulatedCustomer,
    SimulatedEvent,
    SimulatedInvoice,
    SimulatedLetter,
    SimulatedPart,
    SimulatedPayment,
)

Document = dict[str, object]

_ORG_NO_MIN_CHARS = 6  # minLength of customerOrgNo in lists


def written(document: object, *, nulls: bool) -> bytes:
    """Return JSON; ``nulls`` keeps what is not there as null."""
    return orjson.dumps(document if nulls else _without_none(document), default=_plain)


def page(rows: Sequence[Document], *, hit_count: int, page_count: int) -> Document:
    """Word a list's envelope."""
    return {"hits": list(rows), "hitCount": hit_count, "pageCount": page_count, "sum": 0}


def customer_row(customer: SimulatedCustomer) -> Document:
    """Word a customer of the list."""
    return {
        "id": customer.id,
        "customerName": customer.name,
        "orgNo": customer.org_no,
        "emailAddress": customer.email,
        "customerType": customer.customer_type,
        "isActive": True,
    }


def customer(customer: SimulatedCustomer) -> Document:
    """Word one customer."""
    line1, line2, postcode, city, country = customer.address
    return {
        "id": customer.id,
        "name": customer.name,
        "customerType": customer.customer_type,
        "orgNo": customer.org_no,
        "emailAddress": customer.email,
        "dateOfBirth": customer.date_of_birth,
        "customerAddressLine1": line1,
        "customerAddressLine2": line2,
        "customerAddressPostcode": postcode,
        "customerAddressCity": city,
        "customerAddressCountry": country,
        "invoiceDeliveryMethod": "EMAIL",
        "isActive": True,
    }


def invoice_row(books: Books, invoice: SimulatedInvoice, assumptions: Assumptions) -> Document:
    """Word an invoice of the list."""
    customer = books.customers[invoice.customer_id]
    org_no = customer.org_no
    letter = invoice.letter
    row: Document = {
        **_invoice_facts(invoice),
        "customerName": customer.name,
        "customerOrgNo": org_no if org_no and len(org_no) >= _ORG_NO_MIN_CHARS else None,
        "customerEmailAddress": customer.email,
        "totalSumRemaining": invoice.remaining,
        "kraviaInvoiceStatus": invoice.kravia_status,
        "createdAt": _instant(invoice.created_at, assumptions),
    }
    if letter is not None:
        row |= {
            "paymentReminderFee": letter.fee,
            "paymentReminderInterest": letter.interest,
            "paymentReminderDate": letter.on,
            "paymentReminderType": letter.letter_type,
            "paymentReminderDueDate": letter.due_date,
        }
    return row


def invoice(invoice: SimulatedInvoice) -> Document:
    """Word one invoice: without ``kraviaInvoiceStatus``."""
    line = {"id": invoice.id, "description": invoice.description, "quantity": 1, "lineNo": 1}
    return {
        **_invoice_facts(invoice),
        "invoiceLines": [{**line, "price": invoice.total, "invoiceId": invoice.id}],
        "deliveryDate": invoice.delivery_date,
        "invoicePaymentReminder": None
        if invoice.letter is None
        else _letter(invoice.letter, invoice.id),
    }


def event(event: SimulatedEvent, assumptions: Assumptions) -> Document:
    """Word a line of the timeline."""
    return {
        "id": event.id,
        "date": event.on,
        "eventType": event.event_type,
        "userName": "Simulated user",
        "sumRemainingChanged": event.changed,
        "sumRemaining": event.remaining,
        "createdAt": _instant(event.created_at, assumptions),
        **event.facts,
    }


def payment(payment: SimulatedPayment) -> Document:
    """Word a payment: without its description."""
    return {
        "id": payment.id,
        "paymentType": payment.payment_type,
        "transactionId": payment.transaction_id,
        "isFromKravia": payment.from_kravia,
        "isMultiPayment": len(payment.parts) > 1,
        "totalAmount": payment.amount,
        "partialPayments": [
            {
                "id": part.id,
                "date": payment.on,
                "amount": part.amount,
                "invoiceId": part.invoice_id,
                "paymentId": payment.id,
            }
            for part in payment.parts
        ],
    }


def invoice_payment_row(
    books: Books, payment: SimulatedPayment, part: SimulatedPart, assumptions: Assumptions
) -> Document:
    """Word a payment of the list over all invoices."""
    invoice = books.invoices[part.invoice_id]
    customer = books.customers[invoice.customer_id]
    return {
        "id": part.id if assumptions.payments.list_id == "partial" else payment.id,
        "customerId": customer.id,
        "customerName": customer.name,
        "invoiceId": invoice.id,
        "invoiceNo": invoice.invoice_no,
        "amount": part.amount,
        "paymentType": payment.payment_type,
        "date": payment.on,
        "kid": invoice.kid,
    }


def bank_account(number: int, account_no: str) -> Document:
    """Word a bank account, its owner's number included, as Conta may."""
    return {
        "id": number,
        "accountNo": account_no,
        "name": "Driftskonto",
        "isKidActive": True,
        "ownerType": "ORGANIZATION",
        "ownerPersonalNumber": "00000000000",
        "bankAccountType": "NORMAL",
        "isArchived": False,
        "allowedForInvoicing": True,
    }


def _invoice_facts(invoice: SimulatedInvoice) -> Document:
    return {
        "id": invoice.id,
        "type": invoice.invoice_type,
        "status": invoice.status,
        "invoiceNo": invoice.invoice_no,
        "invoiceDate": invoice.invoice_date,
        "invoiceDueDate": invoice.due_date,
        "followUpDate": invoice.follow_up_date,
        "invoiceFileId": invoice.file_id,
        "customerId": invoice.customer_id,
        "departmentId": invoice.department_id,
        "projectId": invoice.project_id,
        "bankAccountId": invoice.bank_account_id,
        "invoiceCurrency": invoice.currency,
        "invoiceLanguage": "NO",
        "kid": invoice.kid,
        "sumTotal": invoice.total,
        "sumRemaining": invoice.remaining,
        "creditedInvoiceId": invoice.credited_invoice_id,
    }


def _letter(letter: SimulatedLetter, invoice_id: int) -> Document:
    return {
        "id": letter.id,
        "invoiceId": invoice_id,
        "date": letter.on,
        "dueDate": letter.due_date,
        "fee": letter.fee,
        "interest": letter.interest,
        "paymentReminderType": letter.letter_type,
        "language": "NO",
    }


def _instant(at: datetime, assumptions: Assumptions) -> str:
    local = at.astimezone(assumptions.time_zone)
    return local.isoformat(timespec="seconds")[: None if assumptions.writes_offsets else 19]


def _without_none(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:.2f}")
    raise TypeError(f"{type(value).__name__}: not an answer's value")
