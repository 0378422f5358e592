"""Conta's own words, as values: what is sent and what comes back.

Attribute names are those of Conta's OpenAPI (``RouteV1…Model``), cut to what the gateway needs.
The answers declare nothing as required, so null and absent are both None, and only an ``id`` is
certain. Ids are Conta's 64-bit integers, money is ``Decimal`` with two decimals, status and type
words are kept raw, instants are aware UTC.

Never read, so never kept: ``ownerPersonalNumber`` of bank accounts, e-mail texts, users' names.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. ``hitCount`` and ``pageCount`` count the whole list, if Conta says."""

    hits: tuple[T, ...]
    hitCount: int | None
    pageCount: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organisation the key may see; ``blockedStatus`` other than NOT_BLOCKED… means trouble."""

    id: int
    name: str | None
    blockedStatus: str | None
    active: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """A bank account of the organisation."""

    id: int
    accountNo: str | None
    name: str | None
    isKidActive: bool | None
    bankAccountType: str | None
    isArchived: bool | None
    allowedForInvoicing: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department."""

    id: int
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project."""

    id: int
    name: str | None
    startDate: dt.date | None
    endDate: dt.date | None
    isHidden: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """One of a customer's addresses; ``country`` is free text in Conta."""

    line1: str | None
    line2: str | None
    postcode: str | None
    city: str | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer in the list."""

    id: int
    customerName: str | None
    customerType: str | None
    orgNo: str | None
    isActive: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer. ``customerType`` is INDIVIDUAL or ORGANIZATION; Conta knows no other kinds."""

    id: int
    name: str | None
    customerType: str | None
    orgNo: str | None
    dateOfBirth: dt.date | None
    emailAddress: str | None
    phoneNo: str | None
    parentCompanyNameForNuf: str | None
    customerAddress: PostalAddress
    mailingAddress: PostalAddress
    isActive: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An invoice in the list: the only place where ``kraviaInvoiceStatus`` stands."""

    id: int
    type: str | None
    status: str | None
    invoiceNo: int | None
    invoiceDate: dt.date | None
    invoiceDueDate: dt.date | None
    followUpDate: dt.date | None
    customerId: int | None
    invoiceCurrency: str | None
    sumTotal: Decimal | None
    sumRemaining: Decimal | None
    paymentReminderType: str | None
    paymentReminderDate: dt.date | None
    paymentReminderDueDate: dt.date | None
    creditedInvoiceId: int | None
    kraviaInvoiceStatus: str | None
    createdAt: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReminder:
    """The newest letter about an invoice; earlier ones show only as events."""

    id: int | None
    date: dt.date | None
    dueDate: dt.date | None
    fee: Decimal | None
    interest: Decimal | None
    paymentReminderType: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice. A credit note is one of type CREDIT with a negative ``sumTotal``."""

    id: int
    type: str | None
    status: str | None
    invoiceNo: int | None
    invoiceDate: dt.date | None
    invoiceDueDate: dt.date | None
    followUpDate: dt.date | None
    deliveryDate: dt.date | None
    customerId: int | None
    departmentId: int | None
    projectId: int | None
    bankAccountId: int | None
    invoiceCurrency: str | None
    kid: str | None
    sumTotal: Decimal | None
    sumRemaining: Decimal | None
    invoiceFileId: int | None
    creditedInvoiceId: int | None
    lineDescriptions: tuple[str, ...]
    invoicePaymentReminder: PaymentReminder | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceEvent:
    """One line of an invoice's timeline.

    ``sumRemainingChanged`` is the change it made, ``sumRemaining`` what was left after it.
    The ``…Status`` fields tell what became of a letter that Conta sent itself.
    """

    id: int
    eventType: str | None
    date: dt.date | None
    createdAt: dt.datetime | None
    sumRemainingChanged: Decimal | None
    sumRemaining: Decimal | None
    followUpDate: dt.date | None
    deliveryMethod: str | None
    lastEmailEventType: str | None
    ehfStatus: str | None
    efakturaStatus: str | None
    snailMailStatus: str | None
    kraviaStatus: str | None
    creditNoteInvoiceId: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialPayment:
    """The part of a payment that falls on one invoice; ``amount`` is positive."""

    id: int | None
    date: dt.date | None
    amount: Decimal | None
    amountForeignCurrency: Decimal | None
    invoiceId: int | None
    paymentId: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as one invoice shows it; it may cover several invoices (``isMultiPayment``).

    There is no readable description: an own payment is known only by the ``id`` its POST answered.
    """

    id: int
    paymentType: str | None
    transactionId: int | None
    isFromKravia: bool | None
    isMultiPayment: bool | None
    totalAmount: Decimal | None
    partialPayments: tuple[PartialPayment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaymentRow:
    """A payment in the list over all invoices.

    It lacks ``isFromKravia``, and of which object ``id`` is the id is not told: a hint to look at
    the payments of ``invoiceId``, nothing more.
    """

    id: int
    invoiceId: int | None
    invoiceNo: int | None
    customerId: int | None
    amount: Decimal | None
    paymentType: str | None
    date: dt.date | None
    kid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInput:
    """``POST …/invoices/{invoiceId}/payments``; ``amount`` at least 0.01, no idempotency key."""

    date: dt.date
    amount: Decimal
    bankAccountId: int | None = None
    description: str | None = None
    departmentId: int | None = None
    projectId: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteInput:
    """``POST …/invoices/{id}/credit-note``: credits the whole invoice.

    Without ``creditNoteDate`` Conta takes the invoice's own date. Payments refuse it unless they
    are to be removed.
    """

    creditNoteDate: dt.date | None = None
    removePaymentsIfExist: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceQuery:
    """Filters of the invoice list; ``type`` is a list filter such as UNPAID or OVERDUE.

    ``fromDate`` and ``toDate`` bound ``createdAt``. There is no "changed since".
    """

    type: str | None = None
    customerId: int | None = None
    invoiceNo: int | None = None
    kraviaInvoiceStatuses: str | None = None
    fromDate: dt.date | None = None
    toDate: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """Where a file can be fetched for a while; the URL itself is the key to it."""

    fileId: int | None
    filename: str | None
    fileUrl: str
    contentType: str | None
