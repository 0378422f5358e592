"""A payment of a sale in Fiken, as the domain's."""

from __future__ import annotations

from clients.fiken.wire import Payment as FikenPayment
from gateway.domain.invoice import Payment
from mappers.amount_from_fiken import amount_from_fiken


def payment_from_fiken(payment: FikenPayment) -> Payment | None:
    """Return None for one without a day or an amount above zero.

    The drop it made then stays unexplained and goes to a person. Nothing in Fiken says whose money
    it is.
    """
    if payment.date is None or payment.amount is None or payment.amount <= 0:
        return None
    return Payment(
        id=str(payment.paymentId),
        paid_on=payment.date,
        amount=amount_from_fiken(payment.amount),
    )
