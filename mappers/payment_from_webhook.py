"""A payment as a webhook states it, as the domain's value."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.invoice import Payment
from gateway.schema.invoice import InvoicePaymentModel
from gateway.schema.webhooks import PaymentModel


def payment_from_webhook(model: PaymentModel | InvoicePaymentModel) -> Payment:
    """Map a payment; its currency, where it has one of its own, stays with the model."""
    return Payment(
        id=model.id,
        paid_on=model.paid_on,
        amount=Decimal(model.amount),
        from_agency=bool(model.from_agency),
    )
