"""A row of Kravia's feed as our mirror keeps it."""

from __future__ import annotations

from clients.kravia.wire import InvoiceDetails, SearchRow
from gateway.storage.mirror import MirrorRow


def mirror_row_from_kravia(row: SearchRow, details: InvoiceDetails | None = None) -> MirrorRow:
    """The row, completed from the details where the feed itself does not tell."""
    return MirrorRow(
        kravia_invoice_id=row.invoiceId,
        last_updated=row.lastUpdatedTime,
        accounting_invoice_id=row.accountingInvoiceId
        or (details.accountingInvoiceId if details else None),
        invoice_number=row.invoiceNo or (details.invoiceNo if details else None),
        invoice_date=row.invoiceDate or (details.invoiceDate if details else None),
        amount=row.originalAmount
        if row.originalAmount is not None
        else (details.originalAmount if details else None),
        debtor_number=row.debtorNumber or (details.debtorNumber if details else None),
        status=row.status or (details.status if details else None),
    )
