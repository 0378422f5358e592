"""Fiken's protocol without any I/O: values to requests.

Paths, parameters and bodies are those of Fiken's OpenAPI (title "Fiken API", version 2.0.0), and
stand below its server's address (``https://api.fiken.no/api/v2``). Builders raise ``RejectedError``
for what cannot be written (nothing was sent then).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import quote, urlencode

import orjson

from clients.errors import AuthenticationError, RejectedError
from clients.exchange import Request
from clients.fiken.assumptions import Assumptions
from clients.fiken.wire import InvoiceQuery, JournalEntryInput, PaymentInput

DESCRIPTION_MAX_CHARS = 200 - len("Fri postering registrert via API: ")
"""Of an entry (documented): 200, in which the words that Fiken puts in front count."""

AMOUNT_MAX = 2**63 - 1  # int64 øre
_ID_LIMIT = 2**63
_ACCOUNT = re.compile(r"\d{4}(:\d{5})?", re.ASCII)
_ACCEPT = {"accept": "application/json"}


def authorize(request: Request, token: str, request_id: str) -> Request:
    """Return ``request`` with the token; ``AuthenticationError`` if it cannot stand in a header.

    ``request_id`` is a UUID, recommended on all requests: Fiken's support finds the call by it.
    """
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise AuthenticationError(
            "the Fiken token is empty or holds spaces, line breaks or letters no header can carry"
        )
    headers = {"authorization": f"Bearer {token}", "x-request-id": request_id}
    return replace(request, headers={**request.headers, **headers})


def build_renewal(
    token_url: str, *, client_id: str, client_secret: str, refresh_token: str
) -> Request:
    """``POST /oauth/token``: a refresh token for an access token, HTTP Basic, as a form."""
    basic = b64encode(f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}".encode())
    form = urlencode({"grant_type": "refresh_token", "refresh_token": refresh_token})
    headers = {
        **_ACCEPT,
        "authorization": f"Basic {basic.decode()}",
        "content-type": "application/x-www-form-urlencoded",
    }
    return Request(method="POST", path=token_url, headers=headers, body=form.encode())


def build_companies(assumptions: Assumptions, *, page: int) -> Request:
    """``GET /companies``: those the user opened to the application."""
    query = {"page": str(page), "pageSize": str(assumptions.page_size_rows)}
    return Request(method="GET", path="/companies", query=query, headers=_ACCEPT)


def build_bank_accounts(company: str, assumptions: Assumptions, *, page: int) -> Request:
    """``GET …/bankAccounts``."""
    return _list(company, "bankAccounts", assumptions, {}, page)


def build_contact(company: str, contact_id: int) -> Request:
    """``GET …/contacts/{contactId}``."""
    return _get(company, f"contacts/{_id(contact_id)}")


def build_contacts(
    company: str, assumptions: Assumptions, *, modified_from: date, page: int
) -> Request:
    """``GET …/contacts``, by the day they were last changed."""
    return _list(company, "contacts", assumptions, {"lastModifiedGe": modified_from}, page)


def build_invoices(
    company: str, assumptions: Assumptions, query: InvoiceQuery, *, page: int
) -> Request:
    """``GET …/invoices``."""
    settled = None if query.settled is None else str(query.settled).lower()
    filters: dict[str, object] = {
        "settled": settled,
        "customerId": None if query.customerId is None else _id(query.customerId),
        "lastModifiedGe": query.lastModifiedGe,
    }
    return _list(company, "invoices", assumptions, filters, page)


def build_invoice(company: str, invoice_id: int) -> Request:
    """``GET …/invoices/{invoiceId}``."""
    return _get(company, f"invoices/{_id(invoice_id)}")


def build_credit_note(company: str, credit_note_id: int) -> Request:
    """``GET …/creditNotes/{creditNoteId}``."""
    return _get(company, f"creditNotes/{_id(credit_note_id)}")


def build_payments(company: str, sale_id: int) -> Request:
    """``GET …/sales/{saleId}/payments``: neither pages nor filters."""
    return _get(company, f"sales/{_id(sale_id)}/payments")


def build_create_payment(company: str, sale_id: int, payment: PaymentInput) -> Request:
    """``POST …/sales/{saleId}/payments``: there is no idempotency key, and no text beside it."""
    if not _ACCOUNT.fullmatch(payment.account):
        raise RejectedError("an account at Fiken is 4 digits, or 4 and 5 with a colon (1920:10001)")
    if not 0 < payment.amount <= AMOUNT_MAX:
        raise RejectedError("a payment at Fiken is at least one øre")
    body = {
        "date": payment.date.isoformat(),
        "account": payment.account,
        "amount": payment.amount,
    }
    return Request(
        method="POST",
        path=f"{_inside(company)}/sales/{_id(sale_id)}/payments",
        headers={**_ACCEPT, "content-type": "application/json"},
        body=orjson.dumps(body),
    )


def build_journal_entries(
    company: str, assumptions: Assumptions, *, date_from: date, page: int
) -> Request:
    """``GET …/journalEntries`` from a day on; there is no filter on descriptions."""
    return _list(company, "journalEntries", assumptions, {"dateGe": date_from}, page)


def build_create_journal_entry(company: str, entry: JournalEntryInput) -> Request:
    """``POST …/generalJournalEntries``: one entry; there is no idempotency key."""
    if not 0 < len(entry.description) <= DESCRIPTION_MAX_CHARS:
        raise RejectedError(
            f"a description at Fiken has 1 to {DESCRIPTION_MAX_CHARS} characters of ours"
        )
    for line in entry.lines:
        if not _ACCOUNT.fullmatch(line.account):
            raise RejectedError(
                f"account {line.account}: one at Fiken is 4 digits, or 4 and 5 with a colon"
            )
        if not 0 < line.amount <= AMOUNT_MAX:
            raise RejectedError("a line at Fiken is at least one øre")
    lines = [
        {"amount": line.amount, ("debitAccount" if line.debit else "creditAccount"): line.account}
        for line in entry.lines
    ]
    body = {
        "description": entry.description,
        "journalEntries": [
            {
                "description": entry.description,
                "date": entry.date.isoformat(),
                "lines": lines,
            }
        ],
    }
    return Request(
        method="POST",
        path=f"{_inside(company)}/generalJournalEntries",
        headers={**_ACCEPT, "content-type": "application/json"},
        body=orjson.dumps(body),
    )


def _list(
    company: str, rest: str, assumptions: Assumptions, filters: Mapping[str, object], page: int
) -> Request:
    query = {name: str(value) for name, value in filters.items() if value is not None}
    # Only both together make Fiken page.
    query |= {"page": str(page), "pageSize": str(assumptions.page_size_rows)}
    return _get(company, rest, query)


def _get(company: str, rest: str, query: Mapping[str, str] | None = None) -> Request:
    return Request(
        method="GET", path=f"{_inside(company)}/{rest}", query=query or {}, headers=_ACCEPT
    )


def _inside(company: str) -> str:
    if not company or company != quote(company, safe=""):
        raise RejectedError("a company's slug at Fiken has letters, digits and hyphens only")
    return f"/companies/{company}"


def _id(number: int) -> int:
    if not 0 < number < _ID_LIMIT:
        raise RejectedError("an id at Fiken is a positive 64-bit number")
    return number
