from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.invoice import Payment
from gateway.domain.limitation import limitation_last_day
from gateway.domain.rules import Rules

D = date.fromisoformat


def last_day(rules: Rules, due: str, *paid_on: str, today: str = "2026-11-24") -> str:
    payments = [
        Payment(id=str(number), paid_on=D(day), amount=Decimal(100))
        for number, day in enumerate(paid_on)
    ]
    return str(limitation_last_day(D(due), payments, today=D(today), rules=rules))


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2023-11-24", "2026-11-24"),  # example 39
        ("2024-02-10", "2027-02-10"),  # example 42
        ("2024-02-29", "2027-03-01"),  # 28 February 2027 is a Sunday
        ("2024-05-17", "2027-05-18"),
        ("0001-01-01", "0004-01-01"),
        ("9998-06-01", "9999-12-31"),
    ],
)
def test_three_years_moved_on_from_a_day_off(due: str, expected: str, rules: Rules) -> None:
    assert last_day(rules, due) == expected


def test_a_part_payment_starts_the_period_anew(rules: Rules) -> None:
    assert last_day(rules, "2026-08-17", "2026-09-20") == "2029-09-20"


def test_a_chain_of_part_payments_keeps_the_claim_alive(rules: Rules) -> None:
    assert last_day(rules, "2020-01-10", "2022-12-01", "2025-11-28") == "2028-11-28"


def test_a_payment_on_a_barred_claim_does_not_revive_it(rules: Rules) -> None:
    assert last_day(rules, "2020-01-10", "2024-06-03") == "2023-01-10"


@pytest.mark.parametrize("paid_on", ["2026-08-01", "2026-12-01"])
def test_a_payment_before_the_due_date_or_still_to_come_changes_nothing(
    paid_on: str, rules: Rules
) -> None:
    assert last_day(rules, "2026-08-17", paid_on) == last_day(rules, "2026-08-17")
