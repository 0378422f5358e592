"""Tripletex's own words, as values: what is sent and what comes back.

Attribute names are those of Tripletex's OpenAPI (title "Tripletex API", version 2.75.00), cut to
what the gateway needs; a reference to another object is its id (``customerId``). Nothing is
declared as required and answers hold many nulls, so null, absent and "" are all None, and only an
``id`` is certain. Ids are 64-bit integers, money is ``Decimal`` with two decimals, days are dates.

Never asked for, so never kept: bank accounts, employees, the users' own names.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. ``fullResultSize`` counts the whole list, if Tripletex says."""

    values: tuple[T, ...]
    fullResultSize: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAmI:
    """Whose session it is: the company the employee token belongs to, or was lent."""

    companyId: int | None
    companyName: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; ``country`` is ISO 3166-1 alpha-2 (``country.isoAlpha2Code``)."""

    addressLine1: str | None
    addressLine2: str | None
    postalCode: str | None
    city: str | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer. ``isFactoring``: the invoices go to a factoring company."""

    id: int
    name: str | None
    organizationNumber: str | None
    isPrivateIndividual: bool | None
    email: str | None
    invoiceEmail: str | None
    phoneNumber: str | None
    phoneNumberMobile: str | None
    postalAddress: Address | None
    physicalAddress: Address | None
    isFactoring: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A letter about an invoice: ``type`` tells which of the four, None or another is kept raw.

    ``charge`` is this letter's fee, ``interests`` what it claims of late interest,
    ``termOfPayment`` its deadline, ``reminderDate`` the day it was made.
    """

    id: int
    type: str | None
    reminderDate: dt.date | None
    termOfPayment: dt.date | None
    charge: Decimal | None
    interests: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A line of a voucher. On an invoice its own is positive, what pays it negative.

    ``externalRef`` is the KID, customer id or credit note number behind a payment. Postings that
    settle each other share a ``closeGroupId``. ``invoiceNumber`` is a text here.
    """

    id: int
    date: dt.date | None
    type: str | None
    amount: Decimal | None
    amountCurrency: Decimal | None
    invoiceNumber: str | None
    customerId: int | None
    closeGroupId: int | None
    externalRef: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseGroup:
    """Postings that settle each other."""

    id: int
    date: dt.date | None
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An invoice in the list, with what shows that it changed.

    ``version`` is not among it: a payment leaves it as it was (observed, 72 of 72).
    ``creditedInvoice`` is 0 where there is none, which is read as None.
    """

    id: int
    invoiceNumber: int | None
    invoiceDate: dt.date | None
    invoiceDueDate: dt.date | None
    customerId: int | None
    isFactoring: bool | None
    amountCurrency: Decimal | None
    amountCurrencyOutstanding: Decimal | None
    isCreditNote: bool | None
    isCredited: bool | None
    isCharged: bool | None
    creditedInvoice: int | None
    postponeRemindersTo: dt.date | None
    reminderIds: tuple[int, ...]
    postingIds: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice whole. Amounts are in ``currency``, and principal only.

    ``amountCurrencyOutstanding`` falls below zero when too much was paid. ``department`` and
    ``project`` are ids of its order's: the invoice itself has neither.
    """

    id: int
    invoiceNumber: int | None
    invoiceDate: dt.date | None
    invoiceDueDate: dt.date | None
    deliveryDate: dt.date | None
    kid: str | None
    currency: str | None
    amountCurrency: Decimal | None
    amountCurrencyOutstanding: Decimal | None
    isCreditNote: bool | None
    isCredited: bool | None
    isCharged: bool | None
    department: int | None
    project: int | None
    postponeRemindersTo: dt.date | None
    lineDescriptions: tuple[str, ...]
    customer: Customer | None
    reminders: tuple[Reminder, ...]
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentType:
    """A way to be paid, with the account it is booked on."""

    id: int
    description: str | None
    debitAccountNumber: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingPeriod:
    """A month of the books; ``end`` is taken as the day after its last (see the assumptions)."""

    id: int
    start: dt.date | None
    end: dt.date | None
    isClosed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the books. ``ledgerType`` other than GENERAL: a posting needs a customer or so.

    ``vatLocked``: every posting must carry the account's own VAT type (``vatTypeId``).
    """

    id: int
    number: int | None
    ledgerType: str | None
    isInactive: bool | None
    vatLocked: bool | None
    vatTypeId: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatType:
    """What VAT is reckoned on a posting: ``percentage`` of it."""

    id: int
    percentage: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook Tripletex sends; ``status`` other than ACTIVE means that it stopped."""

    id: int
    event: str | None
    targetUrl: str | None
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceQuery:
    """Filters of the invoice list; the invoice dates are required, ``invoiceDateTo`` exclusive.

    There is no filter on due date, remainder or change time.
    """

    invoiceDateFrom: dt.date
    invoiceDateTo: dt.date
    customerId: int | None = None
    invoiceNumber: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherRow:
    """Two postings that sum to nothing: ``amount`` to ``accountId`` from ``againstAccountId``.

    A negative amount goes the other way. Both carry the same text, department and project, which
    Tripletex demands of a row (observed).
    """

    accountId: int
    againstAccountId: int
    amount: Decimal
    description: str
    departmentId: int | None = None
    projectId: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherInput:
    """``POST /ledger/voucher``: no idempotency key, but an id of ours that it is found again by.

    ``vatTypeId`` is that of every posting: the one that says that there is no VAT to reckon.
    """

    date: dt.date
    description: str
    externalVoucherNumber: str
    vatTypeId: int
    rows: tuple[VoucherRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInput:
    """``PUT /invoice/{id}/:payment``: no body, no idempotency key, no text.

    ``paidAmount`` is in the currency of the payment type's account, ``paidAmountCurrency`` in the
    invoice's, which an invoice in foreign currency needs. Any amount is taken, more than the
    remainder and negative ones too: what is right is ours to see to.
    """

    paymentDate: dt.date
    paymentTypeId: int
    paidAmount: Decimal
    paidAmountCurrency: Decimal | None = None
