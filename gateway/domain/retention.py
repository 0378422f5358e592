"""How long what is kept: what the bookkeeping law wants (bokføringsloven § 13), and what we do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from gateway.domain.business_days import add_months

_DECEMBER, _LAST_DAY = 12, 31
_PRIMARY_MONTHS = 60  # invoices, ledgers, settlements
_SECONDARY_MONTHS = 42  # agreements, material correspondence


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The last days on which each kind of paper must still be there."""

    primary_until: date
    secondary_until: date


def retention_of(issued_on: date) -> Retention:
    """Count from the end of the year of issue; a creditor's own year may end otherwise."""
    year_end = date(issued_on.year, _DECEMBER, _LAST_DAY)
    return Retention(
        primary_until=add_months(year_end, _PRIMARY_MONTHS),
        secondary_until=add_months(year_end, _SECONDARY_MONTHS),
    )


class Kept(StrEnum):
    """What is kept for a time, each by states of its own."""

    EVENT = "event"
    MESSAGE = "message"
    LEDGER_INVOICE = "ledger_invoice"
    CLAIM = "claim"
    BANK_LINE = "bank_line"
    SETTLEMENT = "settlement"
    TASK = "task"


class Then(StrEnum):
    """What happens when the time is over."""

    FORGET = "forget"  # what tells of a person goes, the bookkeeping facts stay
    DELETE = "delete"


class CountFrom(StrEnum):
    """Where the time begins."""

    DAY = "day"  # on which it came into this state
    YEAR_END = "year_end"  # the last day of that day's calendar year


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRow:
    """How long one kind of thing is kept in one state, by which paragraph, and why."""

    what: Kept
    state: str
    then: Then
    months: int
    count_from: CountFrom
    source: str
    reason: str

    def is_over_before(self, today: date) -> date:
        """The first day that is kept: what came into this state earlier is past its time."""
        if self.count_from is CountFrom.DAY:
            return add_months(today, -self.months)
        year = today.year
        while add_months(date(year, _DECEMBER, _LAST_DAY), self.months) >= today:
            year -= 1
        return date(year + 1, 1, 1)


ALLOWED: Final[Mapping[tuple[Kept, Then], frozenset[str]]] = {
    (Kept.EVENT, Then.FORGET): frozenset(
        {"handled", "rejected", "repaired", "ignored", "stale", "waiting", "conflict"}
    ),
    (Kept.EVENT, Then.DELETE): frozenset(
        {"handled", "rejected", "repaired", "ignored", "stale", "waiting", "conflict"}
    ),
    (Kept.MESSAGE, Then.DELETE): frozenset({"delivered", "cancelled"}),
    (Kept.LEDGER_INVOICE, Then.DELETE): frozenset({"over"}),
    (Kept.CLAIM, Then.FORGET): frozenset({"closed", "rejected"}),
    (Kept.CLAIM, Then.DELETE): frozenset({"closed", "rejected"}),
    (Kept.BANK_LINE, Then.DELETE): frozenset({"over"}),
    (Kept.SETTLEMENT, Then.DELETE): frozenset({"received"}),
    (Kept.TASK, Then.DELETE): frozenset({"done"}),
}
"""What may be forgotten or deleted, and in which states; nothing that is still under way."""

BOOKKEEPING: Final = frozenset(
    {
        (Kept.CLAIM, "closed", Then.DELETE),
        (Kept.BANK_LINE, "over", Then.DELETE),
        (Kept.SETTLEMENT, "received", Then.DELETE),
    }
)
"""Primary documentation: no row may keep it for less than bokføringsloven § 13 asks."""

BOOKKEEPING_MONTHS: Final = _PRIMARY_MONTHS
