"""Conta's answers to values; pure like ``protocol``, its other half.

An unreadable answer to a read is a ``ProtocolError``; to a write, whose effect then stands or not,
an ``InDoubtError``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import TypeVar

from clients.answers import json_of, shows_web_page
from clients.conta import wire
from clients.conta.answers import Record, records
from clients.conta.refusals import said_in
from clients.errors import InDoubtError, ProtocolError
from clients.exchange import Response

T = TypeVar("T")

Reader = Callable[[Record], T]


def decipher_list(response: Response, what: str, read: Reader[T], zone: tzinfo) -> tuple[T, ...]:
    """Return the values of a bare list (organisations, bank accounts, payments)."""
    return tuple(read(row) for row in records(json_of(response), what, zone))


def decipher_page(response: Response, what: str, read: Reader[T], zone: tzinfo) -> wire.Page[T]:
    """Return one page of ``{"hits": [...], "hitCount": …}``; an unreadable row spoils the page."""
    page = Record(json_of(response), f"{what} page", zone)
    hit_count = page.whole("hitCount")
    if not page.has("hits") and hit_count != 0:
        raise ProtocolError(f"{what} page: hits missing")
    hits = page.records("hits")
    return wire.Page(
        hits=tuple(read(row) for row in hits),
        hitCount=hit_count,
        pageCount=page.whole("pageCount"),
    )


def decipher_one(
    response: Response, what: str, read: Reader[T], zone: tzinfo, *, identifier: int | None = None
) -> T:
    """Return one object. An answer about another one than asked for is unreadable."""
    record = Record(json_of(response), what, zone)
    if identifier is not None and record.identifier("id") != identifier:
        raise ProtocolError(f"{what}: id is not the one asked for")
    return read(record)


def decipher_written(response: Response, what: str, read: Reader[T], zone: tzinfo) -> T:
    """Return what a POST made. Accepted, but unreadable: in doubt."""
    decipher_done(response)
    try:
        return decipher_one(response, what, read, zone)
    except ProtocolError as error:
        raise InDoubtError(f"Conta accepted it, but {error}", status=response.status) from error


def decipher_done(response: Response) -> None:
    """Accept a 2xx answer to a write, empty or not, unless it is a page or names a refusal."""
    if shows_web_page(response):
        raise InDoubtError("a web page came instead of an answer", status=response.status)
    if said_in(response) is not None:
        raise InDoubtError("the answer is a success that names a refusal", status=response.status)


def organization(row: Record) -> wire.Organization:
    """Read an organisation."""
    return wire.Organization(
        id=row.identifier("id"),
        name=row.text("name"),
        blockedStatus=row.text("blockedStatus"),
        active=row.flag("active"),
    )


def bank_account(row: Record) -> wire.BankAccount:
    """Read a bank account; whose it is privately is left where it is."""
    return wire.BankAccount(
        id=row.identifier("id"),
        accountNo=row.text("accountNo"),
        name=row.text("name"),
        isKidActive=row.flag("isKidActive"),
        bankAccountType=row.text("bankAccountType"),
        isArchived=row.flag("isArchived"),
        allowedForInvoicing=row.flag("allowedForInvoicing"),
    )


def department(row: Record) -> wire.Department:
    """Read a department."""
    return wire.Department(id=row.identifier("id"), name=row.text("name"))


def project(row: Record) -> wire.Project:
    """Read a project."""
    return wire.Project(
        id=row.identifier("id"),
        name=row.text("name"),
        startDate=row.day("startDate"),
        endDate=row.day("endDate"),
        isHidden=row.flag("isHidden"),
    )


def customer_row(row: Record) -> wire.CustomerRow:
    """Read a customer of the list."""
    return wire.CustomerRow(
        id=row.identifier("id"),
        customerName=row.text("customerName"),
        customerType=row.text("customerType"),
        orgNo=row.text("orgNo"),
        isActive=row.flag("isActive"),
    )


def customer(row: Record) -> wire.Customer:
    """Read a customer."""
    return wire.Customer(
        id=row.identifier("id"),
        name=row.text("name"),
        customerType=row.text("customerType"),
        orgNo=row.text("orgNo"),
        dateOfBirth=row.day("dateOfBirth"),
        emailAddress=row.text("emailAddress"),
        phoneNo=row.text("phoneNo"),
        parentCompanyNameForNuf=row.text("parentCompanyNameForNuf"),
        customerAddress=_address(row, "customerAddress"),
        mailingAddress=_address(row, "mailingAddress"),
        isActive=row.flag("isActive"),
    )


def invoice_row(row: Record) -> wire.InvoiceRow:
    """Read an invoice of the list."""
    return wire.InvoiceRow(
        id=row.identifier("id"),
        type=row.text("type"),
        status=row.text("status"),
        invoiceNo=row.whole("invoiceNo"),
        invoiceDate=row.day("invoiceDate"),
        invoiceDueDate=row.day("invoiceDueDate"),
        followUpDate=row.day("followUpDate"),
        customerId=row.whole("customerId"),
        invoiceCurrency=row.text("invoiceCurrency"),
        sumTotal=row.amount("sumTotal"),
        sumRemaining=row.amount("sumRemaining"),
        paymentReminderType=row.text("paymentReminderType"),
        paymentReminderDate=row.day("paymentReminderDate"),
        paymentReminderDueDate=row.day("paymentReminderDueDate"),
        creditedInvoiceId=row.whole("creditedInvoiceId") or None,
        kraviaInvoiceStatus=row.text("kraviaInvoiceStatus"),
        createdAt=row.instant("createdAt"),
    )


def invoice(row: Record) -> wire.Invoice:
    """Read one invoice."""
    reminder = row.record("invoicePaymentReminder")
    descriptions = (line.text("description") for line in row.records("invoiceLines"))
    return wire.Invoice(
        id=row.identifier("id"),
        type=row.text("type"),
        status=row.text("status"),
        invoiceNo=row.whole("invoiceNo"),
        invoiceDate=row.day("invoiceDate"),
        invoiceDueDate=row.day("invoiceDueDate"),
        followUpDate=row.day("followUpDate"),
        deliveryDate=row.day("deliveryDate"),
        customerId=row.whole("customerId"),
        departmentId=row.whole("departmentId"),
        projectId=row.whole("projectId"),
        bankAccountId=row.whole("bankAccountId"),
        invoiceCurrency=row.text("invoiceCurrency"),
        kid=row.text("kid"),
        sumTotal=row.amount("sumTotal"),
        sumRemaining=row.amount("sumRemaining"),
        invoiceFileId=row.whole("invoiceFileId"),
        creditedInvoiceId=row.whole("creditedInvoiceId") or None,
        lineDescriptions=tuple(text for text in descriptions if text is not None),
        invoicePaymentReminder=None if reminder is None else _reminder(reminder),
    )


def event(row: Record) -> wire.InvoiceEvent:
    """Read a line of the timeline."""
    return wire.InvoiceEvent(
        id=row.identifier("id"),
        eventType=row.text("eventType"),
        date=row.day("date"),
        createdAt=row.instant("createdAt"),
        sumRemainingChanged=row.amount("sumRemainingChanged"),
        sumRemaining=row.amount("sumRemaining"),
        followUpDate=row.day("followUpDate"),
        deliveryMethod=row.text("deliveryMethod"),
        lastEmailEventType=row.text("lastEmailEventType"),
        ehfStatus=row.text("ehfStatus"),
        efakturaStatus=row.text("efakturaStatus"),
        snailMailStatus=row.text("snailMailStatus"),
        kraviaStatus=row.text("kraviaStatus"),
        creditNoteInvoiceId=row.whole("creditNoteInvoiceId") or None,
    )


def payment(row: Record) -> wire.Payment:
    """Read a payment with its parts."""
    return wire.Payment(
        id=row.identifier("id"),
        paymentType=row.text("paymentType"),
        transactionId=row.whole("transactionId"),
        isFromKravia=row.flag("isFromKravia"),
        isMultiPayment=row.flag("isMultiPayment"),
        totalAmount=row.amount("totalAmount"),
        partialPayments=tuple(_partial(part) for part in row.records("partialPayments")),
    )


def invoice_payment_row(row: Record) -> wire.InvoicePaymentRow:
    """Read a payment of the list over all invoices."""
    return wire.InvoicePaymentRow(
        id=row.identifier("id"),
        invoiceId=row.whole("invoiceId"),
        invoiceNo=row.whole("invoiceNo"),
        customerId=row.whole("customerId"),
        amount=row.amount("amount"),
        paymentType=row.text("paymentType"),
        date=row.day("date"),
        kid=row.text("kid"),
    )


def file_link(row: Record) -> wire.FileLink:
    """Read where a file can be fetched."""
    url = row.text("fileUrl")
    if url is None:
        raise ProtocolError("file: fileUrl missing")
    return wire.FileLink(
        fileId=row.whole("fileId"),
        filename=row.text("filename"),
        fileUrl=url,
        contentType=row.text("contentType"),
    )


def _address(row: Record, prefix: str) -> wire.PostalAddress:
    return wire.PostalAddress(
        line1=row.text(f"{prefix}Line1"),
        line2=row.text(f"{prefix}Line2"),
        postcode=row.text(f"{prefix}Postcode"),
        city=row.text(f"{prefix}City"),
        country=row.text(f"{prefix}Country"),
    )


def _reminder(row: Record) -> wire.PaymentReminder:
    return wire.PaymentReminder(
        id=row.whole("id"),
        date=row.day("date"),
        dueDate=row.day("dueDate"),
        fee=row.amount("fee"),
        interest=row.amount("interest"),
        paymentReminderType=row.text("paymentReminderType"),
    )


def _partial(row: Record) -> wire.PartialPayment:
    return wire.PartialPayment(
        id=row.whole("id"),
        date=row.day("date"),
        amount=row.amount("amount"),
        amountForeignCurrency=row.amount("amountForeignCurrency"),
        invoiceId=row.whole("invoiceId"),
        paymentId=row.whole("paymentId"),
    )
