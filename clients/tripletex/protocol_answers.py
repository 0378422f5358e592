"""Tripletex's answers to values; pure like ``protocol``, its other half.

An unreadable answer to a read is a ``ProtocolError``; to a write, whose effect then stands or not,
an ``InDoubtError``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clients.answers import json_of, shows_web_page
from clients.errors import InDoubtError, ProtocolError
from clients.exchange import Response
from clients.tripletex import wire
from clients.tripletex.answers import Record

T = TypeVar("T")

Reader = Callable[[Record], T]


def decipher_page(response: Response, what: str, read: Reader[T]) -> wire.Page[T]:
    """Return one page of ``{"values": [...], "fullResultSize": …}``."""
    page = Record(json_of(response), f"{what} page")
    if not page.has("values"):
        raise ProtocolError(f"{what} page: values missing")
    return wire.Page(
        values=tuple(read(row) for row in page.records("values")),
        fullResultSize=page.whole("fullResultSize"),
    )


def decipher_one(
    response: Response, what: str, read: Reader[T], *, identifier: int | None = None
) -> T:
    """Return the object of ``{"value": {...}}``; one about another id is unreadable."""
    record = Record(json_of(response), what).record("value")
    if record is None:
        raise ProtocolError(f"{what}: value missing")
    if identifier is not None and record.identifier() != identifier:
        raise ProtocolError(f"{what}: id is not the one asked for")
    return read(record)


def decipher_done(response: Response) -> None:
    """Accept a 2xx answer to a write, unless a page for people came."""
    if shows_web_page(response):
        raise InDoubtError("a web page came instead of an answer", status=response.status)


def decipher_made(response: Response, what: str) -> int:
    """Return the id of what a write made; without one it is in doubt."""
    try:
        return decipher_one(response, what, identifier)
    except ProtocolError as error:
        raise InDoubtError(f"accepted, but {error}", status=response.status) from error


def session_token(row: Record) -> str:
    """Read the token of a new session."""
    token = row.text("token")
    if token is None or not (token.isascii() and token.isprintable()):
        raise ProtocolError("session: token missing, or no header can carry it")
    return token


def who_am_i(row: Record) -> wire.WhoAmI:
    """Read whose session it is."""
    company = row.record("company")
    return wire.WhoAmI(
        companyId=row.whole("companyId"),
        companyName=None if company is None else company.text("name"),
    )


def customer(row: Record) -> wire.Customer:
    """Read a customer."""
    return wire.Customer(
        id=row.identifier(),
        name=row.text("name"),
        organizationNumber=row.text("organizationNumber"),
        isPrivateIndividual=row.flag("isPrivateIndividual"),
        email=row.text("email"),
        invoiceEmail=row.text("invoiceEmail"),
        phoneNumber=row.text("phoneNumber"),
        phoneNumberMobile=row.text("phoneNumberMobile"),
        postalAddress=_address(row.record("postalAddress")),
        physicalAddress=_address(row.record("physicalAddress")),
        isFactoring=row.flag("isFactoring"),
    )


def identifier(row: Record) -> int:
    """Read an object of which the id is enough."""
    return row.identifier()


def invoice_row(row: Record) -> wire.InvoiceRow:
    """Read an invoice of the list."""
    customer_ = row.record("customer")
    remark = row.record("invoiceRemark")
    return wire.InvoiceRow(
        id=row.identifier(),
        invoiceNumber=row.whole("invoiceNumber"),
        invoiceDate=row.day("invoiceDate"),
        invoiceDueDate=row.day("invoiceDueDate"),
        customerId=None if customer_ is None else customer_.identifier(),
        isFactoring=None if customer_ is None else customer_.flag("isFactoring"),
        amountCurrency=row.amount("amountCurrency"),
        amountCurrencyOutstanding=row.amount("amountCurrencyOutstanding"),
        isCreditNote=row.flag("isCreditNote"),
        isCredited=row.flag("isCredited"),
        isCharged=row.flag("isCharged"),
        creditedInvoice=row.whole("creditedInvoice") or None,
        postponeRemindersTo=None if remark is None else remark.day("postponeRemindersTo"),
        reminderIds=tuple(sorted(each.identifier() for each in row.records("reminders"))),
        postingIds=tuple(sorted(each.identifier() for each in row.records("postings"))),
    )


def invoice(row: Record) -> wire.Invoice:
    """Read one invoice with its customer, letters and postings."""
    customer_, currency = row.record("customer"), row.record("currency")
    remark = row.record("invoiceRemark")
    lines = (line.text("description") for line in row.records("orderLines"))
    return wire.Invoice(
        id=row.identifier(),
        invoiceNumber=row.whole("invoiceNumber"),
        invoiceDate=row.day("invoiceDate"),
        invoiceDueDate=row.day("invoiceDueDate"),
        deliveryDate=row.day("deliveryDate"),
        kid=row.text("kid"),
        currency=None if currency is None else currency.text("code"),
        amountCurrency=row.amount("amountCurrency"),
        amountCurrencyOutstanding=row.amount("amountCurrencyOutstanding"),
        isCreditNote=row.flag("isCreditNote"),
        isCredited=row.flag("isCredited"),
        isCharged=row.flag("isCharged"),
        department=_of_orders(row, "department"),
        project=_of_orders(row, "project"),
        postponeRemindersTo=None if remark is None else remark.day("postponeRemindersTo"),
        lineDescriptions=tuple(line for line in lines if line is not None),
        customer=None if customer_ is None else customer(customer_),
        reminders=tuple(_reminder(each) for each in row.records("reminders")),
        postings=tuple(posting(each) for each in row.records("postings")),
    )


def posting(row: Record) -> wire.Posting:
    """Read a line of a voucher."""
    return wire.Posting(
        id=row.identifier(),
        date=row.day("date"),
        type=row.text("type"),
        amount=row.amount("amount"),
        amountCurrency=row.amount("amountCurrency"),
        invoiceNumber=row.text("invoiceNumber"),
        customerId=row.reference("customer"),
        closeGroupId=row.reference("closeGroup"),
        externalRef=row.text("externalRef"),
    )


def close_group(row: Record) -> wire.CloseGroup:
    """Read what settles what."""
    return wire.CloseGroup(
        id=row.identifier(),
        date=row.day("date"),
        postings=tuple(posting(each) for each in row.records("postings")),
    )


def payment_type(row: Record) -> wire.PaymentType:
    """Read a way to be paid."""
    account = row.record("debitAccount")
    return wire.PaymentType(
        id=row.identifier(),
        description=row.text("description"),
        debitAccountNumber=None if account is None else account.whole("number"),
    )


def accounting_period(row: Record) -> wire.AccountingPeriod:
    """Read a month of the books."""
    return wire.AccountingPeriod(
        id=row.identifier(),
        start=row.day("start"),
        end=row.day("end"),
        isClosed=row.flag("isClosed"),
    )


def account(row: Record) -> wire.Account:
    """Read an account."""
    return wire.Account(
        id=row.identifier(),
        number=row.whole("number"),
        ledgerType=row.text("ledgerType"),
        isInactive=row.flag("isInactive"),
        vatLocked=row.flag("vatLocked"),
        vatTypeId=row.reference("vatType"),
    )


def vat_type(row: Record) -> wire.VatType:
    """Read what VAT is reckoned on a posting."""
    return wire.VatType(id=row.identifier(), percentage=row.amount("percentage"))


def voucher(row: Record) -> tuple[int, str | None]:
    """Read a voucher's id, and the id of ours that it carries."""
    return row.identifier(), row.text("externalVoucherNumber")


def subscription(row: Record) -> wire.Subscription:
    """Read a webhook subscription; its secrets are never answered."""
    return wire.Subscription(
        id=row.identifier(),
        event=row.text("event"),
        targetUrl=row.text("targetUrl"),
        status=row.text("status"),
    )


def _reminder(row: Record) -> wire.Reminder:
    return wire.Reminder(
        id=row.identifier(),
        type=row.text("type"),
        reminderDate=row.day("reminderDate"),
        termOfPayment=row.day("termOfPayment"),
        charge=row.amount("charge"),
        interests=row.amount("interests"),
    )


def _address(row: Record | None) -> wire.Address | None:
    if row is None:
        return None
    country = row.record("country")
    return wire.Address(
        addressLine1=row.text("addressLine1"),
        addressLine2=row.text("addressLine2"),
        postalCode=row.text("postalCode"),
        city=row.text("city"),
        country=None if country is None else country.text("isoAlpha2Code"),
    )


def _of_orders(row: Record, name: str) -> int | None:
    """Return what all orders of the invoice share; an invoice has one order (documented)."""
    found = {each.reference(name) for each in row.records("orders")}
    return found.pop() if len(found) == 1 else None
