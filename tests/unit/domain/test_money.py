from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.money import from_minor, round_half_up, to_minor


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Decimal("37.50"), 0, "38"),
        (Decimal("37.49"), 0, "37"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(1, 200), 2, "0.01"),
        (Decimal("-0.005"), 2, "-0.01"),
        (Decimal(5), 2, "5.00"),
        (Decimal("1e30"), 2, "1000000000000000000000000000000.00"),
    ],
)
def test_a_half_is_rounded_away_from_zero(
    value: Decimal | Fraction, places: int, expected: str
) -> None:
    assert f"{round_half_up(value, places):f}" == expected


@pytest.mark.parametrize(
    ("amount", "minor"), [("1250.00", 125000), ("0.1", 10), ("1e3", 100000), ("-2.50", -250)]
)
def test_major_units_become_whole_minor_units(amount: str, minor: int) -> None:
    assert to_minor(Decimal(amount)) == minor


@pytest.mark.parametrize("amount", ["2250.005", "0.001"])
def test_a_third_decimal_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="more than two decimals"):
        to_minor(Decimal(amount))


def test_minor_units_come_back_with_two_decimals() -> None:
    assert [str(from_minor(minor)) for minor in (0, 5, 125000, -250)] == [
        "0.00",
        "0.05",
        "1250.00",
        "-2.50",
    ]


@given(st.integers(min_value=-(10**40), max_value=10**40))
def test_minor_units_survive_the_round_trip(minor: int) -> None:
    assert to_minor(from_minor(minor)) == minor
