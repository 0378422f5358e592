"""Fiken's answers to values; pure like ``protocol``, its other half.

An unreadable answer to a read is a ``ProtocolError``; to a write, whose effect then stands or not,
an ``InDoubtError``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from clients.answers import json_of, shows_web_page
from clients.errors import InDoubtError, ProtocolError
from clients.exchange import Response
from clients.fiken import wire
from clients.fiken.answers import Record, records

T = TypeVar("T")

Reader = Callable[[Record], T]

_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_MADE = re.compile(r"/(\d{1,19})/?", re.ASCII)
REMINDER = "reminder"
"""The type of an attachment that is a reminder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the token endpoint gives; ``refresh_token`` None where the old one goes on."""

    access_token: str
    refresh_token: str | None


def decipher_list(response: Response, what: str, read: Reader[T]) -> tuple[T, ...]:
    """Return the values of a list that does not page."""
    return tuple(read(row) for row in records(json_of(response), what))


def decipher_page(response: Response, what: str, read: Reader[T]) -> wire.Page[T]:
    """Return one page; an unreadable row spoils it."""
    return wire.Page(
        rows=decipher_list(response, what, read),
        pageCount=_count(response, "fiken-api-page-count"),
        resultCount=_count(response, "fiken-api-result-count"),
    )


def decipher_one(response: Response, what: str, read: Reader[T], *, name: str, of: int) -> T:
    """Return one object. An answer about another one than asked for is unreadable."""
    record = Record(json_of(response), what)
    if record.identifier(name) != of:
        raise ProtocolError(f"{what}: {name} is not the one asked for")
    return read(record)


def decipher_made(response: Response, collection: str) -> int:
    """Return the id of what a POST made: the end of ``Location``, since the body is empty."""
    if shows_web_page(response):
        raise InDoubtError("a web page came instead of an answer", status=response.status)
    location = response.headers.get("location", "")
    _, found, rest = location.rpartition(f"/{collection}/")
    match = _MADE.fullmatch(f"/{rest}") if found else None
    if match is None:
        raise InDoubtError(
            f"Fiken accepted it, but its Location names none of {collection}",
            status=response.status,
        )
    return int(match.group(1))


def decipher_accepted(response: Response) -> str | None:
    """Return the number at the end of ``Location``, of whatever it is; None where there is none."""
    if shows_web_page(response):
        raise InDoubtError("a web page came instead of an answer", status=response.status)
    _, _, rest = response.headers.get("location", "").rstrip("/").rpartition("/")
    return rest if _MADE.fullmatch(f"/{rest}") else None


def decipher_tokens(response: Response) -> Tokens:
    """Return what a renewal gave."""
    record = Record(json_of(response), "token answer")
    return Tokens(
        access_token=record.needed_text("access_token"),
        refresh_token=record.text("refresh_token"),
    )


def company(row: Record) -> wire.Company:
    """Read a company."""
    return wire.Company(
        slug=row.needed_text("slug"),
        name=row.text("name"),
        hasApiAccess=row.flag("hasApiAccess"),
        testCompany=row.flag("testCompany"),
    )


def bank_account(row: Record) -> wire.BankAccount:
    """Read a bank account; its number stays where it is."""
    return wire.BankAccount(
        bankAccountId=row.identifier("bankAccountId"),
        name=row.text("name"),
        accountCode=row.text("accountCode"),
        inactive=row.flag("inactive"),
    )


def contact(row: Record) -> wire.Contact:
    """Read a contact; notes and contact persons are left where they are."""
    address = row.record("address")
    return wire.Contact(
        contactId=row.identifier("contactId"),
        name=row.text("name"),
        organizationNumber=row.text("organizationNumber"),
        email=row.text("email"),
        phoneNumber=row.text("phoneNumber"),
        address=None if address is None else _address(address),
    )


def invoice(row: Record) -> wire.Invoice:
    """Read an invoice, of a list or alone."""
    customer, project = row.record("customer"), row.record("project")
    sale, pdf = row.record("sale"), row.record("invoicePdf")
    lines = (_line(line) for line in row.records("lines"))
    attachments = row.records("attachments")
    return wire.Invoice(
        invoiceId=row.identifier("invoiceId"),
        invoiceNumber=row.whole("invoiceNumber"),
        lastModifiedDate=row.day("lastModifiedDate"),
        kid=row.text("kid"),
        issueDate=row.day("issueDate"),
        dueDate=row.day("dueDate"),
        originalDueDate=row.day("originalDueDate"),
        gross=row.whole("gross"),
        currency=row.text("currency"),
        cash=row.flag("cash"),
        customerId=None if customer is None else customer.whole("contactId"),
        projectId=None if project is None else project.whole("projectId"),
        lineDescriptions=tuple(line for line in lines if line is not None),
        reminders=sum(each.text("type") == REMINDER for each in attachments),
        dispatches=tuple(_dispatch(each) for each in row.records("dispatches")),
        associatedCreditNotes=row.numbers("associatedCreditNotes"),
        sale=None if sale is None else _sale(sale),
        invoicePdf=None if pdf is None else pdf.text("downloadUrlWithFikenNormalUserCredentials"),
    )


def credit_note(row: Record) -> wire.CreditNote:
    """Read a credit note."""
    return wire.CreditNote(
        creditNoteId=row.identifier("creditNoteId"),
        issueDate=row.day("issueDate"),
        gross=row.whole("gross"),
        currency=row.text("currency"),
        associatedInvoiceId=row.whole("associatedInvoiceId"),
    )


def payment(row: Record) -> wire.Payment:
    """Read a payment of a sale."""
    return wire.Payment(
        paymentId=row.identifier("paymentId"),
        date=row.day("date"),
        account=row.text("account"),
        amount=row.whole("amount"),
        currency=row.text("currency"),
        fee=row.whole("fee"),
    )


def journal_entry(row: Record) -> wire.JournalEntry:
    """Read an entry of the books; its lines stay where they are."""
    return wire.JournalEntry(
        journalEntryId=row.identifier("journalEntryId"), description=row.text("description")
    )


def _sale(row: Record) -> wire.Sale:
    payments = (
        tuple(payment(each) for each in row.records("salePayments"))
        if row.has("salePayments")
        else None
    )
    return wire.Sale(
        saleId=row.identifier("saleId"),
        settled=row.flag("settled"),
        writeOff=row.flag("writeOff"),
        deleted=row.flag("deleted"),
        outstandingBalance=row.whole("outstandingBalance"),
        outstandingBalanceInCurrency=row.whole("outstandingBalanceInCurrency"),
        salePayments=payments,
    )


def _address(row: Record) -> wire.Address:
    return wire.Address(
        streetAddress=row.text("streetAddress"),
        streetAddressLine2=row.text("streetAddressLine2"),
        city=row.text("city"),
        postCode=row.text("postCode"),
        country=row.text("country"),
    )


def _dispatch(row: Record) -> wire.Dispatch:
    return wire.Dispatch(date=row.day("date"), dispatchType=row.text("dispatchType"))


def _line(row: Record) -> str | None:
    return row.text("description") or row.text("productName")


def _count(response: Response, name: str) -> int | None:
    text = response.headers.get(name, "").strip()
    return int(text) if _COUNT.fullmatch(text) else None
