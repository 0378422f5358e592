"""The credit notes on an invoice, from the customer's list of invoices."""

from __future__ import annotations

from collections.abc import Iterable

from clients.tripletex.wire import InvoiceRow
from gateway.domain.invoice import CreditNote


def credit_notes_from_tripletex(
    invoice_id: int, rows: Iterable[InvoiceRow]
) -> tuple[CreditNote, ...]:
    """Return those that credit the invoice; a credit note's amount is negative (observed).

    One without a day or an amount is left out: the drop it made goes to a person.
    """
    return tuple(
        CreditNote(id=str(row.id), issued_on=row.invoiceDate, amount=-row.amountCurrency)
        for row in rows
        if row.isCreditNote is True
        and row.creditedInvoice == invoice_id
        and row.invoiceDate is not None
        and row.amountCurrency is not None
        and row.amountCurrency < 0
    )
