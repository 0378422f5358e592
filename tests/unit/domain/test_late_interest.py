from calendar import isleap
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.late_interest import Reduction, late_interest
from gateway.domain.money import round_half_up
from gateway.domain.rules import Rules

D = date.fromisoformat


def rounded(
    rules: Rules, principal: str, due: str, until: str, reductions: tuple[Reduction, ...] = ()
) -> str | None:
    exact = late_interest(
        Decimal(principal), reductions, due_on=D(due), until=D(until), rules=rules
    )
    return None if exact is None else str(round_half_up(exact))


@pytest.mark.parametrize(
    ("example", "principal", "due", "paid", "expected"),
    [
        ("18", "10000", "2026-08-14", "2026-11-24", "342.33"),
        ("19", "10000", "2026-06-15", "2026-07-15", "99.66"),
        ("22", "10000", "2026-10-01", "2026-11-24", "181.23"),
        ("23", "10000", "2026-10-01", "2026-10-01", "0.00"),
        ("25", "100000", "2026-06-30", "2026-07-01", "33.56"),
    ],
)
def test_worked_example(
    example: str, principal: str, due: str, paid: str, expected: str, rules: Rules
) -> None:
    assert rounded(rules, principal, due, paid) == expected


def test_a_leap_year_divides_by_366(rules: Rules) -> None:
    # 2023-12-31 at 11.75 % / 365, then 60 days of 2024 at 12.50 % / 366.
    expected = 10000 * (Fraction(1175, 10000) / 365 + 60 * Fraction(1250, 10000) / 366)

    exact = late_interest(
        Decimal(10000), (), due_on=D("2023-12-30"), until=D("2024-02-29"), rules=rules
    )

    assert exact == expected


def test_a_part_payment_bears_interest_until_its_own_day(rules: Rules) -> None:
    # 1000 of 3000 is paid on day 10 of 30: 10 days on 3000, 20 days on 2000.
    paid = ((D("2026-09-11"), Decimal(1000)),)

    expected = Fraction(1225, 10000) / 365 * (10 * 3000 + 20 * 2000)

    assert (
        late_interest(
            Decimal(2000),
            paid,
            due_on=D("2026-09-01"),
            until=D("2026-10-01"),
            rules=rules,
        )
        == expected
    )


def test_money_before_the_due_date_or_after_the_day_asked_for_counts_as_still_owed_or_never(
    rules: Rules,
) -> None:
    early = ((D("2026-08-20"), Decimal(1000)),)
    later = ((D("2026-11-01"), Decimal(1000)),)

    assert rounded(rules, "2000", "2026-09-01", "2026-10-01", early) == rounded(
        rules, "2000", "2026-09-01", "2026-10-01"
    )
    assert rounded(rules, "2000", "2026-09-01", "2026-10-01", later) == rounded(
        rules, "3000", "2026-09-01", "2026-10-01"
    )


@pytest.mark.parametrize(
    ("due", "until"),
    [("2019-12-01", "2020-02-01"), ("2026-12-01", "2027-01-01"), ("0001-01-01", "9999-12-31")],
)
def test_a_day_without_a_rate_gives_no_figure(due: str, until: str, rules: Rules) -> None:
    assert rounded(rules, "10000", due, until) is None


COVERED = st.dates(D("2020-01-01"), D("2026-12-31"))
AMOUNTS = st.decimals(0, 10**7, places=2)


@given(st.lists(COVERED, min_size=3, max_size=3).map(sorted), AMOUNTS)
def test_interest_is_additive_over_split_periods(
    rules: Rules, days: list[date], principal: Decimal
) -> None:
    first, middle, last = days

    def interest(due_on: date, until: date) -> Fraction:
        exact = late_interest(principal, (), due_on=due_on, until=until, rules=rules)
        assert exact is not None
        return exact

    assert interest(first, middle) + interest(middle, last) == interest(first, last)


@given(
    st.lists(COVERED, min_size=3, max_size=3).map(sorted),
    AMOUNTS,
    AMOUNTS,
    st.lists(st.tuples(COVERED, AMOUNTS), max_size=3),
)
def test_interest_grows_with_time_and_principal(
    rules: Rules, days: list[date], less: Decimal, more: Decimal, paid: list[Reduction]
) -> None:
    first, middle, last = days

    def interest(principal: Decimal, until: date) -> Fraction:
        exact = late_interest(principal, paid, due_on=first, until=until, rules=rules)
        assert exact is not None
        return exact

    assert 0 <= interest(less, middle) <= interest(less, last) <= interest(less + more, last)


@given(COVERED, AMOUNTS, st.lists(st.tuples(COVERED, AMOUNTS), max_size=3))
def test_no_interest_on_the_due_date(
    rules: Rules, day: date, principal: Decimal, paid: list[Reduction]
) -> None:
    assert late_interest(principal, paid, due_on=day, until=day, rules=rules) == 0


@given(
    st.lists(st.dates(D("2023-06-01"), D("2024-08-01")), min_size=2, max_size=2).map(sorted),
    AMOUNTS,
    st.lists(st.tuples(st.dates(D("2023-06-01"), D("2024-08-01")), AMOUNTS), max_size=3),
)
def test_interest_agrees_with_counting_day_by_day(
    rules: Rules, days: list[date], principal: Decimal, paid: list[Reduction]
) -> None:
    due_on, until = days
    expected = Fraction(0)
    for ordinal in range(due_on.toordinal() + 1, until.toordinal() + 1):
        day = date.fromordinal(ordinal)
        owed = principal + sum(amount for on, amount in paid if on >= day and on > due_on)
        rate = [row.value for row in rules.late_interest if row.since <= day][-1]
        expected += Fraction(owed) * Fraction(rate) / 100 / (366 if isleap(day.year) else 365)

    assert late_interest(principal, paid, due_on=due_on, until=until, rules=rules) == expected
