"""Whether someone at the creditor holds an invoice's letters back in Tripletex."""

from __future__ import annotations

from datetime import date, timedelta


def postponement_from_tripletex(postpone_reminders_to: date | None) -> date | None:
    """Return the last day on which nothing is to be done.

    ``invoiceRemark.postponeRemindersTo`` is the first day on which a reminder or notice of debt
    collection may go again (documented: none *before* this date).
    """
    if postpone_reminders_to is None or postpone_reminders_to == date.min:
        return None
    return postpone_reminders_to - timedelta(days=1)
