from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.business_days import (
    add_days,
    add_months,
    is_business_day,
    next_business_day,
)
from gateway.domain.rules import Rules
from gateway.settings_documents import public_holidays

D = date.fromisoformat


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-24", "2026-10-26"),  # Saturday
        ("2026-10-25", "2026-10-26"),  # Sunday
        ("2026-11-24", "2026-11-24"),  # Tuesday
        ("2026-04-02", "2026-04-07"),  # Maundy Thursday through Easter Monday
        ("2027-05-17", "2027-05-18"),
        ("2026-12-24", "2026-12-24"),  # an ordinary day in law
        ("2026-12-25", "2026-12-28"),
    ],
)
def test_the_next_business_day_skips_weekends_and_holidays(
    day: str, expected: str, rules: Rules
) -> None:
    assert next_business_day(D(day), rules.holidays) == D(expected)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-05-26", 6, "2026-11-26"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2024-02-29", 36, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-31", -2, "2025-11-30"),
        ("9999-10-01", 3, "9999-12-31"),
        ("0001-01-05", -1, "0001-01-01"),
    ],
)
def test_months_are_added_to_the_same_day_or_the_months_last(
    day: str, months: int, expected: str
) -> None:
    assert add_months(D(day), months) == D(expected)


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        ("2026-12-31", 1, "2027-01-01"),
        ("9999-12-31", 1, "9999-12-31"),
        ("0001-01-01", -1, "0001-01-01"),
        ("2026-01-01", 10**7, "9999-12-31"),
    ],
)
def test_days_are_clamped_to_the_calendar(day: str, days: int, expected: str) -> None:
    assert add_days(D(day), days) == D(expected)


def test_the_last_day_of_the_calendar_is_never_passed() -> None:
    assert next_business_day(date.max, frozenset({date.max})) == date.max


@given(st.dates(max_value=date(9999, 12, 1)))
def test_the_next_business_day_is_one_and_the_first(day: date) -> None:
    found = next_business_day(day, frozenset())

    assert is_business_day(found, frozenset())
    assert 0 <= (found - day).days <= 2


HOLIDAYS = {
    2026: "01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-25 12-26",
    2027: "01-01 03-25 03-26 03-28 03-29 05-01 05-06 05-16 05-17 12-25 12-26",
}
"""As the rules list them; Whit Monday of 2027 falls on 17 May."""


@pytest.mark.parametrize("year", HOLIDAYS)
def test_the_holidays_are_those_the_rules_list(year: int, rules: Rules) -> None:
    listed = {D(f"{year}-{day}") for day in HOLIDAYS[year].split()}

    assert {day for day in rules.holidays if day.year == year} == listed


def test_the_program_reads_the_same_holidays_as_these_tests(rules: Rules) -> None:
    shipped = public_holidays()

    assert {day for day in shipped if 2018 <= day.year < 2036} == rules.holidays
