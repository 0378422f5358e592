"""A payment the debtor made straight to the creditor, in Kravia's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.kravia.wire import InvoiceShare, PaymentRequest


def payment_to_kravia(
    *, kravia_invoice_id: str, payment_id: str, paid_on: date, amount: Decimal
) -> PaymentRequest:
    """One call per bank receipt and claim; ``payment_id`` is the ledger's own, verbatim."""
    return PaymentRequest(
        date=paid_on,
        description="Payment to the creditor",
        AccountingPaymentId=payment_id,
        amount=amount,
        invoices=(InvoiceShare(invoiceId=kravia_invoice_id, amount=amount),),
    )
