"""What of a settlement is no principal, as the free entry that is booked in Fiken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.fiken.wire import JournalEntryInput, JournalLineInput

_OERE = 100


def voucher_to_fiken(
    *, on: date, text: str, parts: tuple[tuple[str, Decimal], ...], clearing_account: str
) -> JournalEntryInput:
    """Return the entry: ``parts`` are (account, amount), positive where it came, else kept.

    Each part is two lines, so that every pair balances: what came is debited to the clearing
    account. Fiken's entries have no place for a department or a project. ``ValueError`` for parts
    of an øre.
    """
    lines = []
    for account, amount in parts:
        oere = abs(amount) * _OERE
        if oere != oere.to_integral_value():
            raise ValueError("an amount at Fiken is whole øre")
        came = amount > 0
        lines += [
            JournalLineInput(account=clearing_account, amount=int(oere), debit=came),
            JournalLineInput(account=account, amount=int(oere), debit=not came),
        ]
    return JournalEntryInput(date=on, description=text, lines=tuple(lines))
