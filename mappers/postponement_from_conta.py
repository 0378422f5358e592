"""Whether someone at the creditor moved an invoice's follow-up forward in Conta."""

from __future__ import annotations

from datetime import date

from clients.conta.wire import Invoice, InvoiceRow


def postponement_from_conta(invoice: Invoice | InvoiceRow) -> date | None:
    """Return the follow-up date where it is later than Conta sets it by itself, else None.

    By itself it is the due date, then the newest letter's deadline. A later one was set by a user:
    a sign that someone asked for time (inferred), but not an agreed new due date.
    """
    if isinstance(invoice, Invoice):
        letter = invoice.invoicePaymentReminder
        letter_due = None if letter is None else letter.dueDate
    else:
        letter_due = invoice.paymentReminderDueDate
    own = max(
        (day for day in (invoice.invoiceDueDate, letter_due) if day is not None), default=None
    )
    follow_up = invoice.followUpDate
    if follow_up is None or own is None or follow_up <= own:
        return None
    return follow_up
