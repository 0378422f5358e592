"""Kravia's answers to values, by the assumptions; pure like ``protocol``, its other half.

An unreadable answer to a read is a ``ProtocolError``; to a write, whose effect then stands or not,
an ``InDoubtError``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

import orjson

from clients.answers import json_of, read_json, server_date, shows_web_page
from clients.errors import InDoubtError, ProtocolError
from clients.exchange import Response
from clients.kravia.answers import Record, records, unwrap
from clients.kravia.assumptions import Assumptions, Paths
from clients.kravia.wire import (
    DetailPayment,
    InvoiceDetails,
    SearchPage,
    SearchRow,
    Settlement,
    SettlementLine,
    SettlementList,
    UnreadSettlement,
)


def decipher_register(response: Response, assumptions: Assumptions) -> str:
    """Return the new invoice's id. Accepted, but no id to be read: in doubt."""
    decipher_write(response, assumptions)
    try:
        content = unwrap(read_json(response.body), assumptions.envelopes, dict)
        paths = assumptions.register.id_paths
        return Record(content, "register answer", assumptions.time_zone).identifier(
            "invoiceId", paths
        )
    except ProtocolError as error:
        raise InDoubtError(
            f"Kravia accepted the claim, but {error}", status=response.status
        ) from error


def decipher_write(response: Response, assumptions: Assumptions) -> None:
    """Accept a 2xx answer to a write, empty or not, unless it speaks of an error."""
    if shows_web_page(response):
        raise InDoubtError("a web page came instead of an answer", status=response.status)
    try:
        content = read_json(response.body)
    except ProtocolError:
        return  # what Kravia answers to writes is not known: text or nothing will do
    if not isinstance(content, Mapping):
        return
    if Record(content, "answer", assumptions.time_zone).find(assumptions.error_paths):
        raise InDoubtError("the answer is a success that names an error", status=response.status)


def decipher_search(response: Response, assumptions: Assumptions) -> SearchPage:
    """Return one page of the feed; a row without id or time makes the whole page unreadable."""
    content = unwrap(json_of(response), assumptions.envelopes, list)
    rows = records(content, "search row", assumptions.time_zone)
    fields = assumptions.search.fields
    return SearchPage(
        rows=tuple(_search_row(row, fields) for row in rows), server_date=server_date(response)
    )


def decipher_details(
    response: Response, assumptions: Assumptions, *, invoice_id: str
) -> InvoiceDetails:
    """Return one invoice. An answer about another one than asked for is unreadable."""
    details, fields = assumptions.details, assumptions.details.fields
    content = unwrap(json_of(response), assumptions.envelopes, dict)
    row = Record(content, "details", assumptions.time_zone)
    if row.find(fields["invoiceId"]) is not None:
        answered = row.identifier("invoiceId", fields["invoiceId"])
        if answered != invoice_id:
            raise ProtocolError("details: invoiceId is not the one asked for")
    payments = None
    if details.payments_paths:
        found = row.records("payments", details.payments_paths)
        payments = tuple(_detail_payment(payment, assumptions) for payment in found)
    updated = row.find(fields["lastUpdatedTime"])
    return InvoiceDetails(
        invoiceId=invoice_id,
        lastUpdatedTime=None
        if updated is None
        else row.feed_time("lastUpdatedTime", fields["lastUpdatedTime"]),
        accountingInvoiceId=row.text("accountingInvoiceId", fields["accountingInvoiceId"]),
        invoiceNo=row.text("invoiceNo", fields["invoiceNo"]),
        invoiceDate=row.day("invoiceDate", fields["invoiceDate"]),
        originalAmount=row.amount("originalAmount", fields["originalAmount"]),
        debtorNumber=row.text("debtorNumber", fields["debtorNumber"]),
        status=row.text("status", fields["status"]),
        creditorId=row.whole("creditorId", fields["creditorId"]),
        debtorName=row.text("debtorName", fields["debtorName"]),
        closingReason=row.text("closingReason", fields["closingReason"]),
        remainingCapital=row.amount("remainingCapital", fields["remainingCapital"]),
        payments=payments,
    )


def decipher_settlements(response: Response, assumptions: Assumptions) -> SettlementList:
    """Return all settlements of the answer; one that is not understood spoils no other."""
    content = unwrap(json_of(response), assumptions.envelopes, list)
    if not isinstance(content, list):
        raise ProtocolError("settlement: must be a list")
    read: list[Settlement] = []
    unread: list[UnreadSettlement] = []
    for place, each in enumerate(content):
        try:
            row = Record(each, f"settlement {place}", assumptions.time_zone)
            read.append(_settlement(row, assumptions))
        except ProtocolError as error:
            unread.append(_unread_settlement(each, str(error), assumptions))
    return SettlementList(read=tuple(read), unread=tuple(unread))


def _search_row(row: Record, fields: Mapping[str, Paths]) -> SearchRow:
    return SearchRow(
        invoiceId=row.identifier("invoiceId", fields["invoiceId"]),
        lastUpdatedTime=row.feed_time("lastUpdatedTime", fields["lastUpdatedTime"]),
        accountingInvoiceId=row.text("accountingInvoiceId", fields["accountingInvoiceId"]),
        invoiceNo=row.text("invoiceNo", fields["invoiceNo"]),
        invoiceDate=row.day("invoiceDate", fields["invoiceDate"]),
        originalAmount=row.amount("originalAmount", fields["originalAmount"]),
        debtorNumber=row.text("debtorNumber", fields["debtorNumber"]),
        status=row.text("status", fields["status"]),
        creditorId=row.whole("creditorId", fields["creditorId"]),
    )


def _detail_payment(payment: Record, assumptions: Assumptions) -> DetailPayment:
    details, fields = assumptions.details, assumptions.details.payment_fields
    capital = payment.amount("capital", fields["capital"])
    return DetailPayment(
        paymentId=payment.identifier("paymentId", fields["paymentId"]),
        date=payment.required_day("date", fields["date"]),
        amount=abs(payment.required_amount("amount", fields["amount"])),
        capital=None if capital is None else abs(capital),
        AccountingPaymentId=payment.text("AccountingPaymentId", fields["AccountingPaymentId"]),
        reversed=payment.flag(fields["reversed"], details.reversed_words),
        isCreditNote=payment.flag(fields["isCreditNote"], details.credit_note_words),
    )


def _settlement(row: Record, assumptions: Assumptions) -> Settlement:
    settlements, fields = assumptions.settlements, assumptions.settlements.fields
    lines = row.records("line", settlements.line_paths)
    costs, vat = (row.amount(name, fields[name]) for name in ("costs", "costsVat"))
    return Settlement(
        settlementId=row.identifier("settlementId", fields["settlementId"]),
        date=row.day("date", fields["date"]),
        amount=row.required_amount("amount", fields["amount"]),
        currencyCode=row.text("currencyCode", fields["currencyCode"]) or settlements.currency,
        creditorId=row.whole("creditorId", fields["creditorId"]),
        lines=tuple(_settlement_line(line, settlements.line_fields) for line in lines),
        costs=None if costs is None else abs(costs),
        costsVat=None if vat is None else abs(vat),
    )


def _settlement_line(line: Record, fields: Mapping[str, Paths]) -> SettlementLine:
    return SettlementLine(
        invoiceId=line.identifier("invoiceId", fields["invoiceId"]),
        amount=line.required_amount("amount", fields["amount"]),
        capital=line.amount("capital", fields["capital"]),
        interest=line.amount("interest", fields["interest"]),
        fees=line.amount("fees", fields["fees"]),
    )


def _unread_settlement(row: object, why: str, assumptions: Assumptions) -> UnreadSettlement:
    """Keep what came, and of its ids what can be read."""
    fields = assumptions.settlements.fields
    settlement_id: str | None = None
    creditor_id: int | None = None
    if isinstance(row, Mapping):
        record = Record(row, "settlement", assumptions.time_zone)
        with suppress(ProtocolError):
            settlement_id = record.identifier("settlementId", fields["settlementId"])
        with suppress(ProtocolError):
            creditor_id = record.whole("creditorId", fields["creditorId"])
    return UnreadSettlement(
        settlementId=settlement_id,
        creditorId=creditor_id,
        raw=_written(row),
        why=why,
    )


def _written(row: object) -> bytes:
    """Write what came for a person to read: numbers as they were, whatever else as it can be."""
    try:
        return orjson.dumps(row, default=_number, option=orjson.OPT_INDENT_2)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits
        return json.dumps(row, default=str, indent=2).encode()


def _number(value: object) -> object:
    return orjson.Fragment(str(value))
