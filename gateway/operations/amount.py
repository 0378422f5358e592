"""Which principal is handed over."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.invoice import Invoice
from gateway.operations.creditor import AmountModel, Creditor


def amount_to_register(creditor: Creditor, invoice: Invoice) -> Decimal:
    """``originalAmount`` by the setting ``amount``: principal only, no fee, no interest.

    With ``total_then_payments`` it is what the payments and credit notes that are sent after it
    bring down to ``outstanding``: the invoice's total, but for a part of it that nothing explains.
    """
    if creditor.amount is AmountModel.TOTAL_THEN_PAYMENTS:
        paid = sum((payment.amount for payment in invoice.payments), Decimal(0))
        credited = sum((note.amount for note in invoice.credit_notes), Decimal(0))
        return invoice.outstanding + paid + credited
    return invoice.outstanding
