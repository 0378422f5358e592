"""The demo's calendar: two months of 2026, so that every law and rate it needs is published.

Everything starts on a Monday at eight. Stories take their days from here; nothing reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.domain.oslo import start_of_day

_YEAR: Final = 2026
_SATURDAY: Final = 5

FIRST_DAY: Final = date(_YEAR, 10, 5)
LAST_DAY: Final = date(_YEAR, 11, 27)

MORNING: Final = time(8)
"""The gateway is started, Kravia's cases are read into the mirror."""

AFTER_THE_BANK_FILES: Final = time(10, 5)
"""Every business day: holds whose day has come are decided again (from 10:00 on)."""

PAYOUT_DAYS: Final = (date(_YEAR, 10, 23), date(_YEAR, 11, 20))
"""Kravia pays out what it collected; the creditor's bank shows it on the next business day."""

BANK_FILES: Final = time(9, 30)
PAYOUT: Final = time(12)

HOP: Final = timedelta(minutes=15)
"""While something waits to be sent again, the demo looks every quarter of an hour."""


def day(month: int, number: int) -> date:
    """A day of the demo's year."""
    return date(_YEAR, month, number)


def at(month: int, number: int, hour: int, minute: int = 0) -> datetime:
    """The instant at which the clock in Oslo shows that hour of that day."""
    return start_of_day(day(month, number), time(hour, minute))


START: Final = start_of_day(FIRST_DAY, MORNING)
ARRIVAL: Final = at(10, 5, 9)
"""Most invoices come together, as from a nightly run."""


def business_days() -> Iterator[date]:
    """Every Monday to Friday of the demo; no Norwegian holiday falls in it."""
    today = FIRST_DAY
    while today <= LAST_DAY:
        if today.weekday() < _SATURDAY:
            yield today
        today += timedelta(days=1)


def next_business_day(today: date) -> date:
    """The Monday to Friday after ``today``."""
    return next(each for each in business_days() if each > today)
