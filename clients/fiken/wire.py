"""Fiken's own words, as frozen values: what is read of its answers, and what is written.

Names are Fiken's. Amounts are whole øre (hundredths of the currency), days are calendar dates.
What the gateway must not keep (notes, contact persons, bank account numbers) has no field here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. The counts are those of the ``Fiken-Api-…`` headers, None if absent."""

    rows: tuple[T, ...]
    pageCount: int | None = None
    resultCount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company that its user has opened to the application; ``slug`` is its name in paths."""

    slug: str
    name: str | None
    hasApiAccess: bool | None
    testCompany: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """A bank account; ``accountCode`` (1920:10001) is what a payment's ``account`` takes."""

    bankAccountId: int
    name: str | None
    accountCode: str | None
    inactive: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``country`` is a name people typed, not a code."""

    streetAddress: str | None
    streetAddressLine2: str | None
    city: str | None
    postCode: str | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer. No field tells a person from a company."""

    contactId: int
    name: str | None
    organizationNumber: str | None
    email: str | None
    phoneNumber: str | None
    address: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment of a sale. ``amount`` is in the sale's currency; ``currency`` is absent for NOK."""

    paymentId: int
    date: dt.date | None
    account: str | None
    amount: int | None
    currency: str | None
    fee: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Where an invoice's money stands. ``salePayments`` is None where the answer has no such list.

    ``settled`` without payments: a user marked it so. ``deleted``: reversed.
    """

    saleId: int
    settled: bool | None
    writeOff: bool | None
    deleted: bool | None
    outstandingBalance: int | None
    outstandingBalanceInCurrency: int | None
    salePayments: tuple[Payment, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """How and when an invoice was sent."""

    date: dt.date | None
    dispatchType: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice; lists and single answers are alike.

    ``originalDueDate`` is there only where the due date was moved. ``reminders`` counts attachments
    of type ``reminder``: that one was sent is all they tell. ``invoicePdf`` is the link that asks
    its reader to log in to Fiken; the other one needs our token.
    """

    invoiceId: int
    invoiceNumber: int | None
    lastModifiedDate: dt.date | None
    kid: str | None
    issueDate: dt.date | None
    dueDate: dt.date | None
    originalDueDate: dt.date | None
    gross: int | None
    currency: str | None
    cash: bool | None
    customerId: int | None
    projectId: int | None
    lineDescriptions: tuple[str, ...]
    reminders: int
    dispatches: tuple[Dispatch, ...]
    associatedCreditNotes: tuple[int, ...]
    sale: Sale | None
    invoicePdf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A credit note; ``associatedInvoiceId`` is the invoice it credits."""

    creditNoteId: int
    issueDate: dt.date | None
    gross: int | None
    currency: str | None
    associatedInvoiceId: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceQuery:
    """What invoices are asked for; None leaves a filter out. ``…Ge`` days are included."""

    settled: bool | None = None
    customerId: int | None = None
    lastModifiedGe: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInput:
    """A payment to book: the day, the account it came in on, and whole øre."""

    date: dt.date
    account: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """An entry of the books. ``description`` may begin with words that Fiken puts in front."""

    journalEntryId: int
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLineInput:
    """Whole øre to one account: a debit where ``debit``, else a credit. No VAT code is sent."""

    account: str
    amount: int
    debit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntryInput:
    """A free entry: debits and credits of the same sum on one day."""

    date: dt.date
    description: str
    lines: tuple[JournalLineInput, ...]
