"""Kravia's protocol without any I/O: values to requests, answers to values.

Paths, fields, casing and signs of what is sent are exactly the portal's samples
(developer.kravia.ai, ``/api/v2``); what is read follows the assumptions. Builders raise
``RejectedError`` for what cannot be written (nothing was sent then).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from urllib.parse import quote

import orjson

from clients.errors import AuthenticationError, RejectedError
from clients.exchange import Request
from clients.kravia.assumptions import ActionCall, Assumptions
from clients.kravia.wire import (
    CreditNoteRequest,
    InvoiceShare,
    PaymentRequest,
    RegisterRequest,
)

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

AMOUNT_LIMIT = Decimal(10) ** 13
"""Amounts from here on are refused: no claim is that large, nor would it survive the way back."""


def authorize(request: Request, assumptions: Assumptions, token: str) -> Request:
    """Return ``request`` with the token; ``AuthenticationError`` if it cannot stand in a header."""
    if not token or not token.isascii() or not token.isprintable() or token != token.strip():
        raise AuthenticationError(
            "the Kravia token is empty or holds spaces, line breaks or letters no header can carry"
        )
    header = {assumptions.auth_header: f"{assumptions.auth_prefix}{token}"}
    return replace(request, headers={**request.headers, **header})


def build_register(request: RegisterRequest, assumptions: Assumptions) -> Request:
    """``POST /api/v2/invoice/register``."""
    private: str | bool = request.isPrivateIndividual
    if assumptions.register.is_private_individual_as_text:
        private = "true" if private else "false"
    address = request.postalAddress
    body: dict[str, object] = {
        "claimType": request.claimType,
        "creditorId": request.creditorId,
        "accountingInvoiceId": request.accountingInvoiceId,
        "debtorName": request.debtorName,
        "debtorNumber": request.debtorNumber,
        "email": request.email,
        "ssn": request.ssn,
        "organizationNumber": request.organizationNumber,
        "isPrivateIndividual": private,
        "postalAddress": {
            "addressAddressLine1": address.addressAddressLine1,
            "addressPostalCode": address.addressPostalCode,
            "addressCity": address.addressCity,
            "addressCountryCode": address.addressCountryCode,
        },
        "invoiceNo": request.invoiceNo,
        "invoiceDate": request.invoiceDate.isoformat(),
        "dueDate": request.dueDate.isoformat(),
        "originalAmount": _number(request.originalAmount),
        "currencyCode": request.currencyCode,
        "description": request.description,
    }
    for name, value in request.extra.items():
        if name in body or name not in assumptions.register.extra_fields:
            raise RejectedError(f"{name}: not in register.extra_fields of the Kravia assumptions")
        body[name] = value
    return _post("/api/v2/invoice/register", body)


def build_payment(request: PaymentRequest) -> Request:
    """``POST /api/v2/invoice/payment``."""
    _check_shares(request.amount, request.invoices)
    body = {
        "date": request.date.isoformat(),
        "description": request.description,
        "AccountingPaymentId": request.AccountingPaymentId,
        "amount": _number(request.amount),
        "invoices": [
            {"invoiceId": _invoice_id(share.invoiceId), "amount": _number(share.amount)}
            for share in request.invoices
        ],
    }
    return _post("/api/v2/invoice/payment", body)


def build_credit_note(request: CreditNoteRequest) -> Request:
    """``POST /api/v2/invoice/creditnote``: another casing, a time of day, negative amounts."""
    _check_shares(request.amount, request.invoices)
    body = {
        "Date": f"{request.date.isoformat()}T00:00:00",
        "Amount": _number(-request.amount),
        "AccountingPaymentId": request.AccountingPaymentId,
        "Description": request.description,
        "Invoices": [
            {"InvoiceId": _invoice_id(share.invoiceId), "Amount": _number(-share.amount)}
            for share in request.invoices
        ],
    }
    return _post("/api/v2/invoice/creditnote", body)


def build_search(
    assumptions: Assumptions, *, updated_after: str | None, creditor_id: int, skip: int, top: int
) -> Request:
    """``GET /api/v2/invoice/search``, oldest change first."""
    search = assumptions.search
    query = {
        "orderBy": search.order_by,
        "byAscending": search.by_ascending,
        "skip": str(skip),
        "top": str(top),
    }
    since = search.beginning if updated_after is None else updated_after
    if since is not None:
        query["lastUpdatedTime"] = since
    if search.creditor_parameter is not None:
        query[search.creditor_parameter] = str(creditor_id)
    return _get("/api/v2/invoice/search", query)


def build_details(invoice_id: str) -> Request:
    """``GET /api/v2/invoice/{id}/details``."""
    return _get(f"/api/v2/invoice/{quote(invoice_id, safe='')}/details", {})


def build_settlements(assumptions: Assumptions, *, creditor_id: int) -> Request:
    """``GET /api/v2/settlements``: those not booked yet."""
    query = {"ExcludeClosed": "true"}
    if assumptions.settlements.creditor_parameter is not None:
        query[assumptions.settlements.creditor_parameter] = str(creditor_id)
    return _get("/api/v2/settlements", query)


def build_bookkeep(settlement_id: str, internal_accounting_id: str) -> Request:
    """``PATCH /api/v2/settlements/{settlementId}/bookkeep``; no body."""
    return Request(
        method="PATCH",
        path=f"/api/v2/settlements/{quote(settlement_id, safe='')}/bookkeep",
        query={"internalAccountingId": internal_accounting_id},
        headers={"accept": "application/json"},
    )


def build_action(call: ActionCall, *, invoice_id: str, payment_id: str | None = None) -> Request:
    """Build a call that no document tells, as the assumptions word it; ids are escaped."""
    ids = {"{invoiceId}": invoice_id, "{paymentId}": payment_id or ""}
    path, body = call.path, call.body
    for name, value in ids.items():
        path = path.replace(name, quote(value, safe=""))
        body = None if body is None else body.replace(name, orjson.dumps(value).decode()[1:-1])
    if body is None:
        return Request(method=call.method, path=path, headers={"accept": "application/json"})
    headers = {"accept": "application/json", "content-type": "application/json"}
    return Request(method=call.method, path=path, headers=headers, body=body.encode())


def build_configure_webhook(creditor_id: int, *, url: str, secret: str, enabled: bool) -> Request:
    """``PUT /api/v2/creditor/{id}/webhook``."""
    body = {"secret": secret, "enabled": enabled, "url": url}
    return replace(_post(f"/api/v2/creditor/{creditor_id}/webhook", body), method="PUT")


def build_invite(
    creditor_id: int,
    *,
    email: str,
    name: str,
    is_accountant: bool,
    country_code: str | None,
    organization_number: str | None,
) -> Request:
    """``POST /api/v2/creditor/{creditorId}/invite``; country and number are an accountant's."""
    body: dict[str, object] = {"email": email, "name": name, "isAccountant": is_accountant}
    if country_code is not None:
        body["countryCode"] = country_code
    if organization_number is not None:
        body["organizationNumber"] = organization_number
    return _post(f"/api/v2/creditor/{creditor_id}/invite", body)


def _get(path: str, query: Mapping[str, str]) -> Request:
    return Request(method="GET", path=path, query=query, headers={"accept": "application/json"})


def _post(path: str, body: Mapping[str, object]) -> Request:
    try:
        written = orjson.dumps(body)
    except TypeError as error:  # half a surrogate pair, a number beyond 64 bits
        raise RejectedError(f"cannot be written as JSON: {error}") from error
    headers = {"accept": "application/json", "content-type": "application/json"}
    return Request(method="POST", path=path, headers=headers, body=written)


def _number(amount: Decimal) -> orjson.Fragment:
    """Write money exactly, as Kravia's samples do: ``2250``, ``2500.5``."""
    if not amount.is_finite() or abs(amount) >= AMOUNT_LIMIT or amount != round(amount, 2):
        raise RejectedError("an amount must be below 10^13 and have at most two decimals")
    return orjson.Fragment(f"{amount.normalize() + 0:f}")


def _invoice_id(invoice_id: str) -> int | str:
    """Kravia's samples show numbers; an id that is none (or would lose a zero) stays text."""
    is_number = _NUMBER.fullmatch(invoice_id) is not None
    return int(invoice_id) if is_number else invoice_id


def _check_shares(amount: Decimal, shares: tuple[InvoiceShare, ...]) -> None:
    if not shares or any(not share.amount > 0 for share in shares):
        raise RejectedError("a payment needs at least one invoice, each with a positive amount")
    if sum(share.amount for share in shares) != amount:
        raise RejectedError("the parts of a payment must add up to its amount")
