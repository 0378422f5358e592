"""KID: MOD10, MOD11 with the hyphen, form; against python-stdnum where it knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from gateway.domain.kid import has_kid_form, is_plausible_kid, mod10_control, mod11_control

PAYLOADS = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize(("payload", "mod10", "mod11"), [("60224", "3", "8"), ("6", "7", "-")])
def test_published_examples(payload: str, mod10: str, mod11: str) -> None:
    assert (mod10_control(payload), mod11_control(payload)) == (mod10, mod11)


@given(PAYLOADS)
def test_mod10_is_what_an_independent_library_says(payload: str) -> None:
    assert mod10_control(payload) == luhn.calc_check_digit(payload)


@given(PAYLOADS)
def test_either_control_makes_a_plausible_kid(payload: str) -> None:
    assert is_plausible_kid(payload + mod10_control(payload))
    assert is_plausible_kid(payload + mod11_control(payload))


@given(PAYLOADS, st.data())
def test_a_single_wrong_digit_is_noticed_by_each_algorithm(
    payload: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(payload) - 1))
    shift = data.draw(st.integers(1, 9))
    wrong = str((int(payload[place]) + shift) % 10)
    changed = payload[:place] + wrong + payload[place + 1 :]

    assert mod10_control(changed) != mod10_control(payload)
    assert mod11_control(changed) != mod11_control(payload)


@pytest.mark.parametrize("text", ["2345676", "6-", "602243", "602248"])
def test_plausible(text: str) -> None:
    assert is_plausible_kid(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "-", "602244", "60-224", "-6", "6 7", "6\n", "Snippet1", "0003434323213231"),
        "٦٧",  # digits, but not those a bank takes
        "0" * 26,
    ],
)
def test_not_plausible(text: str) -> None:
    assert not is_plausible_kid(text)


@pytest.mark.parametrize(("length", "is_one"), [(1, False), (2, True), (25, True), (26, False)])
def test_a_kid_has_2_to_25_characters(length: int, is_one: bool) -> None:
    assert has_kid_form("0" * length) is is_one
