"""A debtor's estate: until when a claim is reported to it."""

from __future__ import annotations

from datetime import date

from gateway.domain.business_days import add_days

PROKLAMA_WEEKS = 6  # arveloven ch. 14: what is not reported by then lapses, with exceptions
_DAYS_IN_WEEK = 7


def last_day_to_report(published_on: date) -> date:
    """Return the last day to report a claim after the notice to creditors (proklama)."""
    return add_days(published_on, PROKLAMA_WEEKS * _DAYS_IN_WEEK)
