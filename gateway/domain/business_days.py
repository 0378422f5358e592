"""Calendar-day arithmetic that never overflows, and the Norwegian notion of a working day.

Days before year 1 or after 9999 do not exist: results are clamped to ``date.min`` and ``date.max``,
so that an absurd date in an invoice leads to a decision and not to an error.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

_FRIDAY = 4
_MONTHS_IN_YEAR = 12


def is_business_day(day: date, holidays: AbstractSet[date]) -> bool:
    """Tell whether banks work: not Saturday, Sunday or a public holiday (1 and 17 May included)."""
    return day.weekday() <= _FRIDAY and day not in holidays


def next_business_day(day: date, holidays: AbstractSet[date]) -> date:
    """Return ``day`` itself if it is a business day, else the first one after it."""
    while (day.weekday() > _FRIDAY or day in holidays) and day < date.max:
        day = add_days(day, 1)
    return day


def add_days(day: date, days: int) -> date:
    """Return the day ``days`` later (earlier if negative), clamped to the calendar's ends."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def add_months(day: date, months: int) -> date:
    """Return the same day of the month ``months`` later; the month's last day if it is shorter.

    31 August + 6 months is 28 (29) February; 29 February + 36 months is 28 February.
    """
    month_index = day.year * _MONTHS_IN_YEAR + day.month - 1 + months
    year, month = divmod(month_index, _MONTHS_IN_YEAR)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    try:
        return date(year, month + 1, day.day)
    except ValueError:  # the month is shorter
        return date(year, month + 1, monthrange(year, month + 1)[1])
