"""Account numbers and Norwegian IBANs; against python-stdnum where it is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.no import kontonr

from gateway.domain.bank_account import is_bank_account


@pytest.mark.parametrize("text", ["86011117947", "8601.11.17947", "8601 11 17947"])
def test_an_account_as_people_write_it(text: str) -> None:
    assert is_bank_account(text)


@pytest.mark.parametrize("text", ["NO9386011117947", "NO93 8601 1117 947", "no9386011117947"])
def test_a_norwegian_iban(text: str) -> None:
    assert is_bank_account(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "86011117948", "8601111794", "860111179470", "NO9486011117947", "NO9386011117948"),
        "00000000000",  # python-stdnum takes it
        "1111794",  # the old postgiro form
        "SE4550000000058398257466",
        "IBAN32423940",
        "\u06686011117947",
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert not is_bank_account(text)


@given(st.integers(10**10, 10**11 - 1).map(str))
def test_the_account_is_what_an_independent_library_says(account: str) -> None:
    assert is_bank_account(account) == kontonr.is_valid(account)


@given(st.integers(10, 99), st.sampled_from(["86011117947", "12345678903"]))
def test_the_iban_is_what_an_independent_library_says(control: int, account: str) -> None:
    text = f"NO{control}{account}"

    assert is_bank_account(text) == iban.is_valid(text)
