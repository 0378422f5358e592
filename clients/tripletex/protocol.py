"""Tripletex's protocol without any I/O: values to requests.

Paths and parameters are those of Tripletex's OpenAPI (version 2.75.00). Every read names the
``fields`` it wants, so nothing else of a person ever comes. Builders raise ``RejectedError`` for
what cannot be written (nothing was sent then).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import orjson

from clients.errors import AuthenticationError, RejectedError
from clients.exchange import Request
from clients.tripletex.assumptions import Assumptions
from clients.tripletex.wire import InvoiceQuery, PaymentInput, VoucherInput, VoucherRow

AMOUNT_MIN = Decimal("0.01")
"""Tripletex takes negative amounts too, which take a payment back; we never send one."""

AMOUNT_MAX = Decimal("99999999999.99")
EXTERNAL_NUMBER_MAX_CHARS = 70
"""Of an externalVoucherNumber (documented)."""

_ID_LIMIT = 2**63

_ADDRESS = "addressLine1,addressLine2,postalCode,city,country(isoAlpha2Code)"
CUSTOMER_FIELDS = (
    "id,name,organizationNumber,isPrivateIndividual,email,invoiceEmail,phoneNumber,"
    f"phoneNumberMobile,isFactoring,postalAddress({_ADDRESS}),physicalAddress({_ADDRESS})"
)
POSTING_FIELDS = (
    "id,date,type,amount,amountCurrency,invoiceNumber,externalRef,customer(id),closeGroup(id)"
)
ROW_FIELDS = (
    "id,invoiceNumber,invoiceDate,invoiceDueDate,amountCurrency,amountCurrencyOutstanding,"
    "isCreditNote,isCredited,isCharged,creditedInvoice,customer(id,isFactoring),"
    "invoiceRemark(postponeRemindersTo),reminders(id),postings(id)"
)
INVOICE_FIELDS = (
    "id,invoiceNumber,invoiceDate,invoiceDueDate,deliveryDate,kid,currency(code),amountCurrency,"
    "amountCurrencyOutstanding,isCreditNote,isCredited,isCharged,orders(department(id),"
    "project(id)),invoiceRemark(postponeRemindersTo),orderLines(description),"
    f"customer({CUSTOMER_FIELDS}),postings({POSTING_FIELDS}),"
    "reminders(id,type,reminderDate,termOfPayment,charge,interests)"
)


def authorize(request: Request, company_id: int, session_token: str) -> Request:
    """Return ``request`` with the session in it: basic, the company as the user (documented)."""
    pair = base64.b64encode(f"{company_id}:{session_token}".encode()).decode()
    return replace(request, headers={**request.headers, "authorization": f"Basic {pair}"})


def build_create_session(consumer_token: str, employee_token: str, expires_on: date) -> Request:
    """``POST /token/session/:create``, never the PUT, which puts the secrets into the address."""
    for name, token in (("consumer", consumer_token), ("employee", employee_token)):
        if not token or not token.isprintable() or token != token.strip():
            raise AuthenticationError(f"the {name} token is empty or holds spaces or line breaks")
    body = {
        "consumerToken": consumer_token,
        "employeeToken": employee_token,
        "expirationDate": expires_on.isoformat(),
    }
    return Request(
        method="POST",
        path="/token/session/:create",
        headers={**_ACCEPT, "content-type": "application/json"},
        body=orjson.dumps(body),
    )


def build_who_am_i() -> Request:
    """``GET /token/session/>whoAmI``."""
    return _get("/token/session/>whoAmI", {"fields": "companyId,company(name)"})


def build_invoices(assumptions: Assumptions, query: InvoiceQuery, *, at: int) -> Request:
    """``GET /invoice`` from the row ``at``, counted from 0."""
    filters: dict[str, object] = {
        "invoiceDateFrom": query.invoiceDateFrom.isoformat(),
        "invoiceDateTo": query.invoiceDateTo.isoformat(),
        "customerId": None if query.customerId is None else _id(query.customerId),
        "invoiceNumber": None if query.invoiceNumber is None else _id(query.invoiceNumber),
        "status": assumptions.lists.status,
    }
    return _list("/invoice", assumptions, filters, ROW_FIELDS, at)


def build_invoice(invoice_id: int) -> Request:
    """``GET /invoice/{id}`` with customer, letters and postings: one call for all of it."""
    return _get(f"/invoice/{_id(invoice_id)}", {"fields": INVOICE_FIELDS})


def build_customer(customer_id: int) -> Request:
    """``GET /customer/{id}``."""
    return _get(f"/customer/{_id(customer_id)}", {"fields": CUSTOMER_FIELDS})


def build_customers(assumptions: Assumptions, *, changed_since: date, at: int) -> Request:
    """``GET /customer``: ids of those changed since a day."""
    filters = {"changedSince": changed_since.isoformat()}
    return _list("/customer", assumptions, filters, "id", at)


def build_close_group(close_group_id: int) -> Request:
    """``GET /ledger/closeGroup/{id}``."""
    fields = f"id,date,postings({POSTING_FIELDS})"
    return _get(f"/ledger/closeGroup/{_id(close_group_id)}", {"fields": fields})


def build_postings(
    assumptions: Assumptions, *, date_from: date, date_to: date, type_: str, at: int
) -> Request:
    """``GET /ledger/posting`` of one type; ``date_to`` is exclusive."""
    filters = {"dateFrom": date_from.isoformat(), "dateTo": date_to.isoformat(), "type": type_}
    return _list("/ledger/posting", assumptions, filters, POSTING_FIELDS, at)


def build_payment_type(payment_type_id: int) -> Request:
    """``GET /invoice/paymentType/{id}``."""
    path = f"/invoice/paymentType/{_id(payment_type_id)}"
    return _get(path, {"fields": "id,description,debitAccount(number)"})


def build_accounting_periods(assumptions: Assumptions, *, at: int) -> Request:
    """``GET /ledger/accountingPeriod``: all of them, some dozens."""
    fields = "id,start,end,isClosed"
    return _list("/ledger/accountingPeriod", assumptions, {}, fields, at)


def build_subscriptions(assumptions: Assumptions, *, at: int) -> Request:
    """``GET /event/subscription``."""
    fields = "id,event,targetUrl,status"
    return _list("/event/subscription", assumptions, {}, fields, at)


def build_payment(invoice_id: int, payment: PaymentInput) -> Request:
    """``PUT /invoice/{id}/:payment``."""
    query = {
        "paymentDate": payment.paymentDate.isoformat(),
        "paymentTypeId": str(_id(payment.paymentTypeId)),
        "paidAmount": _amount(payment.paidAmount),
    }
    if payment.paidAmountCurrency is not None:
        query["paidAmountCurrency"] = _amount(payment.paidAmountCurrency)
    path = f"/invoice/{_id(invoice_id)}/:payment"
    return Request(method="PUT", path=path, query=query, headers=_ACCEPT)


def build_accounts(assumptions: Assumptions, *, number: int) -> Request:
    """``GET /ledger/account`` of one number."""
    fields = "id,number,ledgerType,isInactive,vatLocked,vatType(id)"
    return _list("/ledger/account", assumptions, {"number": _id(number)}, fields, 0)


def build_vat_types(assumptions: Assumptions, *, at: int) -> Request:
    """``GET /ledger/vatType``: all of them, some dozens."""
    return _list("/ledger/vatType", assumptions, {}, "id,percentage", at)


def build_vouchers(assumptions: Assumptions, *, external_number: str) -> Request:
    """``GET /ledger/voucher/>externalVoucherNumber``: those that carry an id of ours."""
    filters = {"externalVoucherNumber": _external(external_number)}
    fields = "id,externalVoucherNumber"
    return _list("/ledger/voucher/>externalVoucherNumber", assumptions, filters, fields, 0)


def build_voucher(voucher: VoucherInput) -> Request:
    """``POST /ledger/voucher``, booked at once (``sendToLedger`` is true where it is not sent)."""
    if not voucher.rows:
        raise RejectedError("a voucher needs a row")
    body = {
        "date": voucher.date.isoformat(),
        "description": voucher.description,
        "externalVoucherNumber": _external(voucher.externalVoucherNumber),
        "postings": [
            posting
            for at, row in enumerate(voucher.rows, start=1)  # row 0 is Tripletex's own (observed)
            for posting in _row(voucher, row, at)
        ],
    }
    return Request(
        method="POST",
        path="/ledger/voucher",
        headers={**_ACCEPT, "content-type": "application/json; charset=utf-8"},
        body=orjson.dumps(body),
    )


_ACCEPT = {"accept": "application/json"}


def _get(path: str, query: Mapping[str, str]) -> Request:
    return Request(method="GET", path=path, query=query, headers=_ACCEPT)


def _list(
    path: str, assumptions: Assumptions, filters: Mapping[str, object], fields: str, at: int
) -> Request:
    lists = assumptions.lists
    query = {name: str(value) for name, value in filters.items() if value is not None}
    query |= {"from": str(at), "count": str(lists.page_size_rows), "fields": fields}
    if lists.sorting is not None:
        query["sorting"] = lists.sorting
    return _get(path, query)


def _row(voucher: VoucherInput, row: VoucherRow, at: int) -> list[dict[str, object]]:
    """Return the two postings of a row; only the gross amount counts (documented)."""
    written = orjson.Fragment(_amount(abs(row.amount)))
    negated = orjson.Fragment(f"-{_amount(abs(row.amount))}")
    goes, comes = (written, negated) if row.amount > 0 else (negated, written)
    shared: dict[str, object] = {
        "row": at,
        "date": voucher.date.isoformat(),
        "description": row.description,
        "vatType": {"id": _id(voucher.vatTypeId)},
    }
    for name, number in (("department", row.departmentId), ("project", row.projectId)):
        if number is not None:
            shared[name] = {"id": _id(number)}
    return [
        {
            **shared,
            "account": {"id": _id(account)},
            "amountGross": amount,
            "amountGrossCurrency": amount,
        }
        for account, amount in ((row.accountId, goes), (row.againstAccountId, comes))
    ]


def _external(number: str) -> str:
    if not number or len(number) > EXTERNAL_NUMBER_MAX_CHARS or not number.isprintable():
        raise RejectedError(
            f"an externalVoucherNumber has 1 to {EXTERNAL_NUMBER_MAX_CHARS} printable characters"
        )
    return number


def _id(number: int) -> int:
    if not 0 <= number < _ID_LIMIT:
        raise RejectedError("an id of Tripletex's is a positive whole number of 64 bits")
    return number


def _amount(amount: Decimal) -> str:
    if not amount.is_finite() or not AMOUNT_MIN <= amount <= AMOUNT_MAX:
        raise RejectedError(f"an amount lies between {AMOUNT_MIN} and {AMOUNT_MAX}")
    written = f"{amount:.2f}"
    if Decimal(written) != amount:
        raise RejectedError("an amount has two decimals at most")
    return written
