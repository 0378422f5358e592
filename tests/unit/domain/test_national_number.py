"""National numbers of every kind, and the control digits that come with 2032."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from gateway.domain.national_number import (
    NationalNumberKind,
    is_national_number,
    national_number_kind,
)

FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def _issued(nine: str, added: int = 0) -> str | None:
    """The number that begins so; ``added`` is 0 today and 0 to 3 from 2032. Made up for tests."""
    total = sum(w * int(d) for w, d in zip(FIRST, nine, strict=True))
    first = 11 + added - total % 11
    first = first - 11 if first > 10 else first
    if first == 10:
        return None
    ten = f"{nine}{first}"
    second = 11 - sum(w * int(d) for w, d in zip(SECOND, ten, strict=True)) % 11
    second = 0 if second == 11 else second
    return None if second == 10 else f"{ten}{second}"


@pytest.mark.parametrize(
    "number", ["02013299997", "02013299903", "02013299806", "30108299920", "30108299939"]
)
def test_skatteetatens_five_examples_for_2032(number: str) -> None:
    assert national_number_kind(number) is NationalNumberKind.BIRTH_NUMBER


@pytest.mark.parametrize("number", ["02013299903", "30108299939"])
def test_two_of_them_fail_the_rule_of_today(number: str) -> None:
    assert not fodselsnummer.is_valid(number)


@given(st.dates().filter(lambda day: day.year > 1), st.integers(0, 999), st.integers(0, 3))
def test_every_number_that_may_be_issued_is_known(day: object, serial: int, added: int) -> None:
    number = _issued(f"{day:%d%m%y}{serial:03}", added)

    assert number is None or is_national_number(number)


@pytest.mark.parametrize(
    ("nine", "kind"),
    [
        ("010180123", NationalNumberKind.BIRTH_NUMBER),
        ("410180123", NationalNumberKind.D_NUMBER),
        ("014180123", NationalNumberKind.H_NUMBER),
        ("018180123", NationalNumberKind.TEST_NUMBER),
        ("418180123", NationalNumberKind.TEST_NUMBER),
        ("800000123", NationalNumberKind.FH_NUMBER),
    ],
)
def test_the_kinds(nine: str, kind: NationalNumberKind) -> None:
    numbers = [number for added in range(4) if (number := _issued(nine, added))]

    assert numbers
    assert {national_number_kind(number) for number in numbers} == {kind}


@given(st.integers(0, 10**11 - 1).map(lambda number: f"{number:011}"))
def test_what_a_library_of_todays_rules_takes_is_taken_here(number: str) -> None:
    if fodselsnummer.is_valid(number) and int(number):
        assert is_national_number(number)


@pytest.mark.parametrize("text", ["020132 99997", "020132-99997", " 02013299997 "])
def test_as_people_write_it(text: str) -> None:
    assert is_national_number(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0201329999", "020132999970", "02013299998", "0201 3299997", "00000000000"),
        *("\u06602013299997", "32018000000", "31028000000", "974760673"),
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert not is_national_number(text)
