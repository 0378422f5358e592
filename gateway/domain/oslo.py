"""Oslo days: the law counts in them, the machine in UTC instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def oslo_date(now: datetime) -> date:
    """The calendar date in Oslo at the aware instant ``now``."""
    return now.astimezone(OSLO).date()


def start_of_day(day: date, at: time = time(0)) -> datetime:
    """The UTC instant at which the clock in Oslo shows ``at`` on ``day``."""
    return datetime.combine(day, at, tzinfo=OSLO).astimezone(UTC)


def next_midnight(now: datetime) -> datetime:
    """The UTC instant at which the next Oslo day begins."""
    return start_of_day(oslo_date(now) + timedelta(days=1))
