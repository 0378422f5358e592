"""How the simulated Tripletex words its answers: whole documents, then only the fields asked for.

As observed: what is not there is null, "" or 0; an object that is not expanded is id and url.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import orjson

from clients.tripletex.simulator_books import (
    Books,
    SimulatedCustomer,
    SimulatedInvoice,
    SimulatedPosting,
    SimulatedReminder,
    SimulatedSubscription,
)

Document = dict[str, object]
Fields = dict[str, "Fields | None"]
"""A parsed ``fields``: by name, what is wanted of the object there."""


class UnknownFieldError(ValueError):
    """A name in ``fields`` that the object has not."""


def written(document: object) -> bytes:
    """Return JSON."""
    return orjson.dumps(document, default=_plain)


def parse_fields(text: str) -> Fields:
    """Read ``a,b(c,d(e))``; ``ValueError`` if the brackets do not match."""
    root: Fields = {}
    stack, name = [root], ""
    for letter in f"{text},":
        if letter == "(":
            inner: Fields = {}
            stack[-1][name.strip()], name = inner, ""
            stack.append(inner)
        elif letter in ",)":
            if name.strip():
                stack[-1][name.strip()] = None
            name = ""
            if letter == ")":
                stack.pop()
        else:
            name += letter
    if len(stack) != 1:
        raise ValueError("fields: brackets do not match")
    return root


def narrowed(document: Document, fields: Fields | None) -> Document:
    """Return only the fields asked for; without any, all of them, nothing expanded."""
    wanted = fields or {}
    if not wanted or "*" in wanted:
        wanted = {**dict.fromkeys(document), **{k: v for k, v in wanted.items() if k != "*"}}
    unknown = [name for name in wanted if name not in document]
    if unknown:
        raise UnknownFieldError(unknown[0])
    return {name: _inner(document[name], inner) for name, inner in wanted.items()}


def customer(customer: SimulatedCustomer) -> Document:
    """Word a customer."""
    line1, line2, postcode, city, country = customer.address
    address: Document = {
        **_identity("address", customer.id + 1_000_000),
        "addressLine1": line1,
        "addressLine2": line2,
        "postalCode": postcode,
        "city": city,
        "country": None
        if country is None
        else {**_identity("country", 161), "isoAlpha2Code": country},
    }
    return {
        **_identity("customer", customer.id),
        "version": 1,
        "name": customer.name,
        "organizationNumber": customer.organization_number,
        "isPrivateIndividual": customer.is_private,
        "email": customer.email,
        "invoiceEmail": "",
        "phoneNumber": "",
        "phoneNumberMobile": "",
        "isFactoring": customer.is_factoring,
        "postalAddress": address,
        "physicalAddress": None,
        "deliveryAddress": None,
    }


def posting(books: Books, posting: SimulatedPosting) -> Document:
    """Word a line of a voucher."""
    number, group = posting.invoice_number, posting.close_group_id
    return {
        **_identity("ledger/posting", posting.id),
        "version": 1,
        "voucher": _identity("ledger/voucher", posting.voucher_id),
        "date": posting.on,
        "type": posting.posting_type,
        "amount": posting.amount,
        "amountCurrency": posting.amount,
        "invoiceNumber": "" if number is None else str(number),
        "externalRef": posting.external_ref,
        "customer": customer(books.customers[posting.customer_id]),
        "closeGroup": None if group is None else _identity("ledger/closeGroup", group),
        "department": None,
        "project": None,
    }


def invoice(books: Books, invoice: SimulatedInvoice) -> Document:
    """Word an invoice."""
    outstanding = books.outstanding(invoice)
    department, project = invoice.department_id, invoice.project_id
    order: Document = {
        **_identity("order", invoice.order_id),
        "department": None if department is None else _identity("department", department),
        "project": None if project is None else _identity("project", project),
    }
    remark: Document | None = None
    if invoice.remark_id is not None:
        remark = {
            **_identity("invoiceRemark", invoice.remark_id),
            "description": "",
            "postponeRemindersTo": invoice.postpone_reminders_to,
        }
    line: Document = {
        **_identity("order/orderline", invoice.order_id + 1),
        "description": invoice.description,
    }
    return {
        **_identity("invoice", invoice.id),
        "version": 1,  # observed: no payment changes it
        "invoiceNumber": invoice.number,
        "invoiceDate": invoice.invoice_date,
        "invoiceDueDate": invoice.due_date,
        "deliveryDate": invoice.invoice_date,
        "customer": customer(books.customers[invoice.customer_id]),
        "creditedInvoice": invoice.credits or 0,
        "isCredited": invoice.is_credited,
        "isCreditNote": invoice.credits is not None,
        "isCharged": invoice.is_charged,
        "kid": invoice.kid,
        "invoiceComment": "",
        "comment": "",
        "orders": [order],
        "orderLines": [line],
        "voucher": None if not invoice.is_charged else _identity("voucher", invoice.voucher_id),
        "amount": invoice.total,
        "amountCurrency": invoice.total,
        "amountOutstanding": outstanding,
        "amountCurrencyOutstanding": outstanding,
        "amountOutstandingTotal": outstanding + _charges(invoice),
        "currency": {**_identity("currency", 1), "code": invoice.currency},
        "invoiceRemarks": "",
        "invoiceRemark": remark,
        "reminders": [reminder(each) for each in invoice.reminders],
        "postings": [posting(books, each) for each in books.postings_of(invoice)],
    }


def reminder(letter: SimulatedReminder) -> Document:
    """Word a letter."""
    return {
        **_identity("reminder", letter.id),
        "version": 1,
        "type": letter.reminder_type,
        "reminderDate": letter.on,
        "termOfPayment": letter.term_of_payment,
        "charge": letter.charge,
        "interests": letter.interests,
        "comment": "",
    }


def close_group(books: Books, close_group_id: int) -> Document:
    """Word what settles what."""
    return {
        **_identity("ledger/closeGroup", close_group_id),
        "version": 1,
        "date": books.close_groups[close_group_id],
        "postings": [posting(books, each) for each in books.group(close_group_id)],
    }


def payment_type(number: int, description: str, account: int) -> Document:
    """Word a way to be paid."""
    return {
        **_identity("invoice/paymentType", number),
        "version": 0,
        "description": description,
        "displayName": description,
        "debitAccount": {**_identity("ledger/account", 100_000 + account), "number": account},
        "creditAccount": None,
    }


def subscription(made: SimulatedSubscription) -> Document:
    """Word a subscription: without its secret."""
    return {
        **_identity("event/subscription", made.id),
        "version": 1,
        "event": made.event,
        "targetUrl": made.target_url,
        "fields": "",
        "status": made.status,
    }


def _charges(invoice: SimulatedInvoice) -> Decimal:
    return sum((each.charge + each.interests for each in invoice.reminders), Decimal(0))


def _identity(kind: str, number: int) -> Document:
    return {"id": number, "url": f"tripletex.no/v2/{kind}/{number}"}


def _inner(value: object, fields: Fields | None) -> object:
    if isinstance(value, list):
        return [_inner(item, fields) for item in value]
    if not isinstance(value, Mapping):
        return value
    if fields is None:
        return {name: value[name] for name in ("id", "url") if name in value}
    return narrowed(dict(value), fields)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:.2f}")
    raise TypeError(f"{type(value).__name__}: not an answer's value")
