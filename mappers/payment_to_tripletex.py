"""A settlement line's principal as the payment that is booked in Tripletex."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.tripletex.wire import PaymentInput


def payment_to_tripletex(*, paid_on: date, amount: Decimal, payment_type_id: int) -> PaymentInput:
    """Return the payment; Tripletex has no place for a text, a department or a project in it.

    Kravia pays out Norwegian crowns and the clearing account is in them, so one amount is enough.
    """
    return PaymentInput(paymentDate=paid_on, paymentTypeId=payment_type_id, paidAmount=amount)
