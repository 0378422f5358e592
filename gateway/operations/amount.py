"""Which principal is handed over."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.invoice import Invoice
from gateway.operations.creditor import AmountModel, Creditor


def amount_to_register(creditor: Creditor, invoice: Invoice) -> Decimal:
    """``originalAmount`` by the setting ``amount``: principal only, no fee, no interest."""
    if creditor.amount is AmountModel.TOTAL_THEN_PAYMENTS:
        return invoice.total
    return invoice.outstanding
