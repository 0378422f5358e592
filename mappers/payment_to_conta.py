"""Money Kravia paid out, as a payment to book in Conta."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.conta.protocol import DESCRIPTION_MAX_CHARS
from clients.conta.wire import PaymentInput

ID_MAX_DIGITS = 18
"""Conta's ids are 64-bit; none is near the end of them."""


def payment_to_conta(
    *,
    paid_on: date,
    amount: Decimal,
    settlement_id: str,
    line: int,
    kravia_invoice_id: str,
    bank_account_id: int | None,
    department: str | None = None,
    project: str | None = None,
    settled_on: date | None = None,
) -> PaymentInput:
    """The booking of one invoice's principal out of a settlement.

    The description is for the bookkeeper; no call of Conta's reads it back. It says so where the
    day differs from ``settled_on``, the settlement's own. ``department`` and ``project`` are the
    invoice's own, as ``invoice_from_conta`` carried them.
    """
    description = f"Kravia settlement {settlement_id}, line {line}, case {kravia_invoice_id}"
    if settled_on is not None and settled_on != paid_on:
        description += f", paid out {settled_on}, booked on the first open day"
    return PaymentInput(
        date=paid_on,
        amount=amount,
        bankAccountId=bank_account_id,
        description=description[:DESCRIPTION_MAX_CHARS],
        departmentId=_number(department),
        projectId=_number(project),
    )


def _number(text: str | None) -> int | None:
    """Return the id, None for a text that is none of Conta's (a department named elsewhere)."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > ID_MAX_DIGITS:
        return None
    return int(text) or None
