"""The letters about an invoice: Tripletex keeps each with its kind, day, deadline and fee."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from clients.tripletex.wire import Reminder
from gateway.domain.invoice import Notice, NoticeKind

KINDS = {
    "SOFT_REMINDER": NoticeKind.REMINDER,
    "REMINDER": NoticeKind.REMINDER,
    "NOTICE_OF_DEBT_COLLECTION": NoticeKind.COLLECTION_NOTICE,
}
"""``DEBT_COLLECTION`` is no letter of the creditor's: it says that the claim is in other hands."""


def notices_from_tripletex(reminders: Sequence[Reminder]) -> tuple[Notice, ...]:
    """Return the letters, oldest first; the way each went is not told.

    A letter without a day is left out, and so is one of an unknown kind: neither proves that the
    debtor was warned.
    """
    letters = [
        Notice(
            kind=KINDS[each.type],
            sent_on=each.reminderDate,
            deadline=each.termOfPayment,
            fee=each.charge or Decimal(0),
        )
        for each in sorted(reminders, key=lambda reminder: reminder.id)
        if each.type in KINDS and each.reminderDate is not None
    ]
    return tuple(sorted(letters, key=lambda notice: notice.sent_on))
