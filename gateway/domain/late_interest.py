"""Late interest as an exact fraction: simple interest, split where the rate or the year changes.

Conventions: the due date bears no interest, the day of payment does; one day is 1/365 of the yearly
rate, 1/366 in a leap year (Lovavdelingen 26.06.2006); no interest on fees or on interest; the
caller rounds once, at the end.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from gateway.domain.business_days import add_days
from gateway.domain.dated_rows import stretches
from gateway.domain.rules import Rules

_PERCENT = 100
_DAYS_IN_YEAR = 365
_DAYS_IN_LEAP_YEAR = 366
_DECEMBER = 12
_LAST_OF_DECEMBER = 31
_EXACT = Context(prec=400)  # digits: sums and products of any amount we accept stay exact

Reduction = tuple[date, Decimal]
"""A day on which principal was paid or credited, and how much (major units)."""


def late_interest(
    outstanding: Decimal,
    reductions: Sequence[Reduction],
    *,
    due_on: date,
    until: date,
    rules: Rules,
) -> Fraction | None:
    """Return the interest of the days after ``due_on`` to and including ``until``.

    ``outstanding`` is the principal left after all ``reductions``; those after the due date are
    added back for the days before and including their own.
    Major units, not rounded; ``None`` when no row covers one of the days.
    """
    if until <= due_on:
        return Fraction(0)
    late = sorted(reduction for reduction in reductions if reduction[0] > due_on)
    start = add_days(due_on, 1)
    balance = outstanding
    for _day, amount in late:
        balance = _EXACT.add(balance, amount)
    common = leap = Decimal(0)  # sums of principal x percent x days, by length of year
    for day, amount in [*late, (until, Decimal(0))]:  # pragma: no branch - ends by break
        end = min(day, until)
        if end >= start:
            weights = _percent_days(rules, start, end)
            if weights is None:
                return None
            common = _EXACT.fma(balance, weights[0], common)
            if weights[1]:
                leap = _EXACT.fma(balance, weights[1], leap)
            if end == until:
                break
            start = add_days(end, 1)
        balance = _EXACT.subtract(balance, amount)
    interest = _part(common, _PERCENT * _DAYS_IN_YEAR)
    return interest + _part(leap, _PERCENT * _DAYS_IN_LEAP_YEAR) if leap else interest


def _part(whole: Decimal, parts: int) -> Fraction:
    numerator, denominator = whole.as_integer_ratio()
    return Fraction(numerator, denominator * parts)


@lru_cache(maxsize=4096)  # some years of due dates, to today
def _percent_days(rules: Rules, first: date, last: date) -> tuple[Decimal, Decimal] | None:
    """Return percent x days of ``first..last``, in common and in leap years."""
    common = leap = Decimal(0)
    for start, end, row in stretches(rules.late_interest, first, last):
        if row is None:
            return None
        days, in_leap_years = (end - start).days + 1, _days_in_leap_years(start, end)
        common += row.value * (days - in_leap_years)
        if in_leap_years:
            leap += row.value * in_leap_years
    return common, leap


def _days_in_leap_years(start: date, end: date) -> int:
    days = 0
    for year in range(start.year, end.year + 1):
        if isleap(year):
            first = start if year == start.year else date(year, 1, 1)
            last = end if year == end.year else date(year, _DECEMBER, _LAST_OF_DECEMBER)
            days += (last - first).days + 1
    return days
