"""Conta's protocol without any I/O: values to requests.

Paths, parameters and bodies are those of Conta's OpenAPI (title "Conta API", version 1.0.0).
Builders raise ``RejectedError`` for what cannot be written (nothing was sent then).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import orjson

from clients.conta.assumptions import Assumptions
from clients.conta.wire import CreditNoteInput, InvoiceQuery, PaymentInput
from clients.errors import AuthenticationError, RejectedError
from clients.exchange import Request

AMOUNT_MIN = Decimal("0.01")  # minimum of RouteV1CreateSinglePaymentInputModel.amount
AMOUNT_MAX = Decimal("99999999999.99")  # its maximum
DESCRIPTION_MAX_CHARS = 500  # maxLength of its description
_ID_LIMIT = 2**63


def authorize(request: Request, api_key: str) -> Request:
    """Return ``request`` with the key; ``AuthenticationError`` if it cannot stand in a header."""
    is_printable = api_key.isascii() and api_key.isprintable()
    if not api_key or not is_printable or api_key != api_key.strip():
        raise AuthenticationError(
            "the Conta API key is empty or holds spaces, line breaks or letters no header can carry"
        )
    return replace(request, headers={**request.headers, "apikey": api_key})


def build_organizations() -> Request:
    """``GET /invoice/organizations``: those the key may see."""
    return Request(method="GET", path="/invoice/organizations", headers=_ACCEPT)


def build_bank_accounts(organization_id: int) -> Request:
    """``GET …/bank-accounts``."""
    return _get(organization_id, "bank-accounts")


def build_customer(organization_id: int, customer_id: int) -> Request:
    """``GET …/customers/{id}``."""
    return _get(organization_id, f"customers/{_id(customer_id)}")


def build_customers(
    organization_id: int,
    assumptions: Assumptions,
    *,
    modified_from: date | None,
    modified_to: date | None,
    page: int,
) -> Request:
    """``GET …/customers``: the one list that can be asked for what changed."""
    filters = {"modifiedFromDate": modified_from, "modifiedToDate": modified_to}
    return _list(organization_id, "customers", assumptions, filters, page)


def build_departments(organization_id: int, assumptions: Assumptions, *, page: int) -> Request:
    """``GET …/departments``."""
    return _list(organization_id, "departments", assumptions, {}, page)


def build_projects(organization_id: int, assumptions: Assumptions, *, page: int) -> Request:
    """``GET …/projects``, the ended ones too: invoices still carry them."""
    return _list(organization_id, "projects", assumptions, {}, page)


def build_invoices(
    organization_id: int, assumptions: Assumptions, query: InvoiceQuery, *, page: int
) -> Request:
    """``GET …/invoices``."""
    filters: dict[str, object] = {
        "type": query.type,
        "customerId": None if query.customerId is None else _id(query.customerId),
        "invoiceNo": None if query.invoiceNo is None else _id(query.invoiceNo),
        "kraviaInvoiceStatuses": query.kraviaInvoiceStatuses,
        "fromDate": query.fromDate,
        "toDate": query.toDate,
        "includeCreatedAt": "true",
    }
    return _list(organization_id, "invoices", assumptions, filters, page)


def build_invoice(organization_id: int, invoice_id: int) -> Request:
    """``GET …/invoices/{id}``."""
    return _get(organization_id, f"invoices/{_id(invoice_id)}")


def build_events(organization_id: int, invoice_id: int) -> Request:
    """``GET …/invoices/{invoiceId}/events``: takes no parameters, answers all."""
    return _get(organization_id, f"invoices/{_id(invoice_id)}/events")


def build_payments(organization_id: int, invoice_id: int) -> Request:
    """``GET …/invoices/{invoiceId}/payments``."""
    return _get(organization_id, f"invoices/{_id(invoice_id)}/payments")


def build_invoice_payments(
    organization_id: int,
    assumptions: Assumptions,
    *,
    from_date: date | None,
    to_date: date | None,
    page: int,
) -> Request:
    """``GET …/invoice-payments``: payments of all invoices, by the day they were entered."""
    filters = {"fromDate": from_date, "toDate": to_date}
    return _list(organization_id, "invoice-payments", assumptions, filters, page)


def build_file_link(organization_id: int, file_id: int, assumptions: Assumptions) -> Request:
    """``GET …/files/{id}``; ``RejectedError`` while the assumption is off."""
    if not assumptions.files_enabled:
        raise RejectedError("files.enabled is false in the Conta assumptions")
    return _get(organization_id, f"files/{_id(file_id)}")


def build_create_payment(organization_id: int, invoice_id: int, payment: PaymentInput) -> Request:
    """``POST …/invoices/{invoiceId}/payments``."""
    if payment.description is not None and not (
        0 < len(payment.description) <= DESCRIPTION_MAX_CHARS
    ):
        raise RejectedError(f"a description has 1 to {DESCRIPTION_MAX_CHARS} characters")
    body = {
        "date": payment.date.isoformat(),
        "amount": _number(payment.amount),
        "bankAccountId": _optional_id(payment.bankAccountId),
        "description": payment.description,
        "departmentId": _optional_id(payment.departmentId),
        "projectId": _optional_id(payment.projectId),
    }
    return _post(organization_id, f"invoices/{_id(invoice_id)}/payments", body)


def build_delete_payment(organization_id: int, payment_id: int) -> Request:
    """``DELETE …/payments/{id}``."""
    path = f"/invoice/organizations/{_id(organization_id)}/payments/{_id(payment_id)}"
    return Request(method="DELETE", path=path, headers=_ACCEPT)


def build_credit_note(organization_id: int, invoice_id: int, note: CreditNoteInput) -> Request:
    """``POST …/invoices/{id}/credit-note``."""
    body = {
        "creditNoteDate": None if note.creditNoteDate is None else note.creditNoteDate.isoformat(),
        "removePaymentsIfExist": note.removePaymentsIfExist,
    }
    return _post(organization_id, f"invoices/{_id(invoice_id)}/credit-note", body)


_ACCEPT = {"accept": "application/json"}


def _get(organization_id: int, rest: str, query: Mapping[str, str] | None = None) -> Request:
    path = f"/invoice/organizations/{_id(organization_id)}/{rest}"
    return Request(method="GET", path=path, query=query or {}, headers=_ACCEPT)


def _list(
    organization_id: int,
    rest: str,
    assumptions: Assumptions,
    filters: Mapping[str, object],
    page: int,
) -> Request:
    query = {name: str(value) for name, value in filters.items() if value is not None}
    query |= {"hits": str(assumptions.lists.page_size_rows), "page": str(page)}
    if assumptions.lists.sort is not None:
        query["sort"] = assumptions.lists.sort
    return _get(organization_id, rest, query)


def _post(organization_id: int, rest: str, body: Mapping[str, object]) -> Request:
    present = {name: value for name, value in body.items() if value is not None}
    try:
        written = orjson.dumps(present)
    except TypeError as error:  # half a surrogate pair
        raise RejectedError(f"cannot be written as JSON: {error}") from error
    path = f"/invoice/organizations/{_id(organization_id)}/{rest}"
    headers = {**_ACCEPT, "content-type": "application/json"}
    return Request(method="POST", path=path, headers=headers, body=written)


def _number(amount: Decimal) -> orjson.Fragment:
    """Write money exactly, as a JSON number."""
    if not amount.is_finite() or not AMOUNT_MIN <= amount <= AMOUNT_MAX:
        raise RejectedError(f"Conta takes amounts from {AMOUNT_MIN} to {AMOUNT_MAX}")
    if amount != round(amount, 2):
        raise RejectedError("an amount has at most two decimals")
    return orjson.Fragment(f"{amount:.2f}")


def _id(number: int) -> int:
    if not 0 < number < _ID_LIMIT:
        raise RejectedError("an id at Conta is a positive 64-bit number")
    return number


def _optional_id(number: int | None) -> int | None:
    return None if number is None else _id(number)
