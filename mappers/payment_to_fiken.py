"""Money Kravia paid out, as a payment to book in Fiken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.fiken.wire import PaymentInput


def payment_to_fiken(*, paid_on: date, amount: Decimal, account: str) -> PaymentInput:
    """The booking of one invoice's principal out of a settlement; ``amount`` in NOK.

    Fiken's payments carry no text: nothing in them says what they are of. Raises ``ValueError`` for
    a fraction of an øre.
    """
    hundredths = amount.scaleb(2)
    if hundredths != int(hundredths):
        raise ValueError("an amount has at most two decimals")
    return PaymentInput(date=paid_on, account=account, amount=int(hundredths))
