"""One payment told by the ledger and by a file of the bank is one payment (decision 17).

They have no id in common, so they are paired: the same claim, the same amount, days at most three
apart, each with one only. Whoever tells it second adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.domain.invoice import Invoice, Payment
from gateway.domain.money_events import unexplained
from gateway.storage import bank_lines, receipts
from gateway.storage.bank_lines import Part
from gateway.storage.receipts import Receipt, ReceiptKind, ReceiptState

DAYS_APART_MAX: Final = 3
"""A payment made on Friday evening is booked by the bank on Monday."""


def pair(
    connection: sa.Connection, claim_id: str, payment_id: str, on: date, amount: Decimal
) -> bool:
    """Whether a payment the ledger tells is one that the bank told before; remembered then."""
    parts = _entered(connection, claim_id)
    if any(part.line_id == payment_id for part in parts):
        return False
    if any(part.told_as == payment_id for part in parts):
        return True
    same = _nearest((part for part in parts if part.told_as is None), on, amount)
    if same is not None:
        bank_lines.told_as(connection, same, payment_id)
    return same is not None


def pair_snapshot(connection: sa.Connection, claim_id: str, invoice: Invoice) -> frozenset[str]:
    """Pair what a snapshot tells; gives the receipts of the bank that it does not name."""
    if not _entered(connection, claim_id):
        return frozenset()
    for payment in invoice.payments:
        pair(connection, claim_id, payment.id, payment.paid_on, payment.amount)
    named = {payment.id for payment in invoice.payments}
    return frozenset(
        part.line_id for part in _entered(connection, claim_id) if part.told_as not in named
    )


def with_receipts(
    connection: sa.Connection, claim_id: str, invoice: Invoice, taken_at: datetime
) -> Invoice:
    """The snapshot with the money that it cannot have in it yet.

    Of the ledger's own: what came by event since it was taken. Of the bank's: what it neither names
    nor is net of, since a ledger may read the bank's file later than we, or never.
    """
    from_bank = pair_snapshot(connection, claim_id, invoice)
    known = receipts.of_claim(connection, claim_id)
    entered = {part.line_id for part in _entered(connection, claim_id)}
    for receipt in known:
        if receipt.state is ReceiptState.TOLD_BY_BANK:
            continue
        if receipt.receipt_id in entered and receipt.kind is ReceiptKind.PAYMENT:
            if receipt.receipt_id in from_bank and unexplained(invoice) < receipt.amount:
                invoice = receipts.applied(invoice, receipt)
        elif receipt.event_at > taken_at:
            invoice = receipts.applied(invoice, receipt)
    return invoice


def told_before(connection: sa.Connection, claim_id: str, invoice: Invoice) -> tuple[Payment, ...]:
    """The payments of a snapshot that the bank had told before."""
    paired = {part.told_as for part in _entered(connection, claim_id)}
    return tuple(payment for payment in invoice.payments if payment.id in paired)


def in_ledgers_words(connection: sa.Connection, claim_id: str, invoice: Invoice) -> Invoice:
    """The facts with the ledger's ids for payments that it has told since the bank did."""
    names = {p.line_id: p.told_as for p in _entered(connection, claim_id) if p.told_as}
    payments = (replace(each, id=names.get(each.id, each.id)) for each in invoice.payments)
    return replace(invoice, payments=tuple(payments)) if names else invoice


def told_by_ledger(
    connection: sa.Connection, claim_id: str, amount: Decimal
) -> tuple[Receipt, ...]:
    """Payments of this amount that only the ledger told: none of the bank's, and paired to none."""
    parts = bank_lines.parts_of_claim(connection, claim_id)
    paired = {part.told_as for part in parts} | {p.line_id for p in parts if p.is_entered}
    return tuple(
        receipt
        for receipt in receipts.of_claim(connection, claim_id)
        if receipt.kind is ReceiptKind.PAYMENT
        and receipt.amount == amount
        and receipt.receipt_id not in paired
        and receipt.state not in {ReceiptState.REVERSED, ReceiptState.TOLD_BY_BANK}
    )


def bank_id_of(connection: sa.Connection, claim_id: str, payment_id: str) -> str:
    """The receipt of the bank that a payment of the ledger is paired with."""
    return next(
        part.line_id for part in _entered(connection, claim_id) if part.told_as == payment_id
    )


def names_of(connection: sa.Connection, claim_id: str, payment_id: str) -> tuple[str, ...]:
    """All ids under which facts of the claim may hold this payment."""
    pairs = [(p.line_id, p.told_as) for p in _entered(connection, claim_id) if p.told_as]
    other = [name for each in pairs if payment_id in each for name in each if name != payment_id]
    return (payment_id, *other)


def _entered(connection: sa.Connection, claim_id: str) -> tuple[Part, ...]:
    return tuple(p for p in bank_lines.parts_of_claim(connection, claim_id) if p.is_entered)


def _nearest(parts: Iterable[Part], on: date, amount: Decimal) -> Part | None:
    reach = timedelta(days=DAYS_APART_MAX)
    near = [part for part in parts if part.amount == amount and abs(part.on - on) <= reach]
    return min(near, key=lambda part: abs(part.on - on), default=None)
