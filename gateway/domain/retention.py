"""How long the bookkeeping law wants an invoice's papers kept (bokføringsloven § 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
