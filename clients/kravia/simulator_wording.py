"""How the simulated Kravia words its answers: under the names and envelopes that are assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import orjson

from clients.kravia.assumptions import Assumptions, Paths
from clients.kravia.simulator_books import (
    FeedRow,
    SimulatedInvoice,
    SimulatedPayment,
    SimulatedSettlement,
)


def registered(invoice_id: str, assumptions: Assumptions) -> bytes:
    """Answer a register call."""
    document: dict[str, object] = {}
    _place(document, assumptions.register.id_paths, int(invoice_id))
    return _written(document, assumptions.register.envelope)


def search(rows: Iterable[FeedRow], assumptions: Assumptions) -> bytes:
    """Answer a search call."""
    fields = assumptions.search.fields
    return _written(
        [
            _record(fields, {**_facts(row.invoice), **_moment(row.last_updated, row.status)})
            for row in rows
        ],
        assumptions.search.envelope,
    )


def details(invoice: SimulatedInvoice, assumptions: Assumptions) -> bytes:
    """Answer a details call."""
    described = assumptions.details
    facts = {
        **_facts(invoice),
        **_moment(invoice.last_updated, invoice.status),
        "debtorName": invoice.debtor_name,
        "closingReason": invoice.closing_reason,
        "remainingCapital": invoice.remaining,
    }
    document = _record(described.fields, facts)
    if described.payments_paths:
        payments = [_payment(payment, assumptions) for payment in invoice.payments]
        _place(document, described.payments_paths, payments)
    return _written(document, described.envelope)


def settlements(found: Iterable[SimulatedSettlement], assumptions: Assumptions) -> bytes:
    """Answer a settlements call."""
    return _written(
        [_settlement(settlement, assumptions) for settlement in found],
        assumptions.settlements.envelope,
    )


def _facts(invoice: SimulatedInvoice) -> dict[str, object]:
    return {
        "invoiceId": int(invoice.invoice_id),
        "accountingInvoiceId": invoice.accounting_invoice_id,
        "invoiceNo": invoice.invoice_no,
        "invoiceDate": invoice.invoice_date,
        "originalAmount": invoice.original_amount,
        "debtorNumber": invoice.debtor_number,
        "creditorId": invoice.creditor_id,
    }


def _moment(last_updated: str, status: str) -> dict[str, object]:
    return {"lastUpdatedTime": last_updated, "status": status}


def _payment(payment: SimulatedPayment, assumptions: Assumptions) -> dict[str, object]:
    described = assumptions.details
    return _record(
        described.payment_fields,
        {
            "paymentId": int(payment.payment_id),
            "date": payment.on,
            "amount": payment.amount,
            "capital": payment.capital,
            "AccountingPaymentId": payment.accounting_payment_id,
            "reversed": _flag(payment.reversed, described.reversed_words),
            "isCreditNote": _flag(payment.is_credit_note, described.credit_note_words),
        },
    )


def _settlement(settlement: SimulatedSettlement, assumptions: Assumptions) -> dict[str, object]:
    described = assumptions.settlements
    document = _record(
        described.fields,
        {
            "settlementId": int(settlement.settlement_id),
            "date": settlement.on,
            "amount": settlement.amount,
            "currencyCode": settlement.currency,
            "creditorId": settlement.creditor_id,
            "costs": settlement.costs,
            "costsVat": settlement.costs_vat,
        },
    )
    lines = [
        _record(described.line_fields, _line(settlement, place))
        for place in range(len(settlement.lines))
    ]
    _place(document, described.line_paths, lines)
    return document


def _line(settlement: SimulatedSettlement, place: int) -> dict[str, object]:
    invoice_id, amount, capital = settlement.lines[place]
    interest = settlement.interest.get(place, Decimal(0))
    return {
        "invoiceId": int(invoice_id),
        "amount": amount,
        "capital": capital,
        "interest": interest,
        # What is said of a line without its capital is not said of its fees either.
        "fees": None if capital is None else amount - capital - interest,
    }


def _flag(is_set: bool, words: frozenset[str]) -> object:
    """Write a flag as a JSON boolean where "true" is a word for it, else as a word."""
    if "true" in words or not words:
        return is_set
    return min(words) if is_set else "none"


def _record(fields: Mapping[str, Paths], facts: Mapping[str, object]) -> dict[str, object]:
    document: dict[str, object] = {"somethingNew": True}  # Kravia may add fields at any time
    for name, paths in fields.items():
        _place(document, paths, facts[name])
    return document


def _place(document: dict[str, object], paths: Paths, value: object) -> None:
    """Put ``value`` where the first path leads, making the objects on the way."""
    if not paths:
        return
    *parents, last = paths[0].split(".")
    place = document
    for name in parents:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ValueError(f"{paths[0]}: leads through a value")  # noqa: TRY004 - one error type for one cause
        place = inner
    place[last] = value


def _written(document: object, envelope: str | None) -> bytes:
    return orjson.dumps({envelope: document} if envelope else document, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    raise TypeError(f"{type(value).__name__}: not an answer's value")
