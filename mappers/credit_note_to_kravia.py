"""A credit note the creditor issued, in Kravia's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.kravia.wire import CreditNoteRequest, InvoiceShare


def credit_note_to_kravia(
    *, kravia_invoice_id: str, credit_note_id: str, issued_on: date, amount: Decimal
) -> CreditNoteRequest:
    """One call per credit note and claim; ``amount`` is positive, Kravia's protocol signs it."""
    return CreditNoteRequest(
        date=issued_on,
        description="Credit note",
        AccountingPaymentId=credit_note_id,
        amount=amount,
        invoices=(InvoiceShare(invoiceId=kravia_invoice_id, amount=amount),),
    )
