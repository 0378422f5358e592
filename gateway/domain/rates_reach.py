"""How far the dated figures reach: from the first day without one, every claim is held (INK-34)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gateway.domain.business_days import add_days
from gateway.domain.dated_rows import first_uncovered
from gateway.domain.rules import Rules

AHEAD_DAYS = 60
"""How long before the last day people should know: the figures of a half-year are published some
weeks before it begins, and someone must have the time to enter them."""

_FAR_DAYS = 3_660  # ten years: further than any row is dated


def first_gaps(rules: Rules, today: date) -> Mapping[str, date | None]:
    """Give the first day from ``today`` on that no row covers, by figure; None if there is none."""
    tables = {
        "late interest": rules.late_interest,
        "inkassosats": rules.collection_rate,
        "compensation": rules.compensation,
    }
    last = add_days(today, _FAR_DAYS)
    return {name: first_uncovered(rows, today, last) for name, rows in tables.items()}


def days_left(gap: date, today: date) -> int:
    """How many days from ``today`` on are covered, today included."""
    return (gap - today).days


def told(gaps: Mapping[str, date | None]) -> str:
    """Say it in a line: ``late interest until 2026-12-31, compensation open-ended``."""
    return ", ".join(
        f"{name} {'open-ended' if gap is None else f'until {add_days(gap, -1)}'}"
        for name, gap in gaps.items()
    )


HORIZON_DAYS = 366
"""What is counted and alerted of looks no further ahead: a year is longer than any half-year."""


def days_covered(rules: Rules, today: date) -> Mapping[str, int]:
    """Days after ``today`` that each figure, and the holidays, cover; -1 where not even today.

    At most ``HORIZON_DAYS``: an open-ended row covers what comes.
    """
    left = {
        name.replace(" ", "_"): HORIZON_DAYS if gap is None else days_left(gap, today) - 1
        for name, gap in first_gaps(rules, today).items()
    }
    if rules.holidays:
        last = date(max(rules.holidays).year, 12, 31)
        left["holidays"] = (last - today).days
    return {name: max(-1, min(HORIZON_DAYS, days)) for name, days in left.items()}
