import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.organization_number import is_organization_number, organization_number_in


@pytest.mark.parametrize("number", ["974760673", "923609016", "889640782", "971032081"])
def test_numbers_of_known_bodies_are_valid(number: str) -> None:
    assert is_organization_number(number)


@pytest.mark.parametrize(
    "number", ["974760674", "97476067", "9747606730", "", "97476067A", "NO974760673", "٩74760673"]
)
def test_other_text_is_not(number: str) -> None:
    assert not is_organization_number(number)


@given(st.sampled_from(["974760673", "923609016"]), st.integers(0, 8), st.integers(1, 9))
def test_a_single_wrong_digit_is_always_noticed(number: str, place: int, shift: int) -> None:
    digits = list(number)
    digits[place] = str((int(digits[place]) + shift) % 10)

    assert not is_organization_number("".join(digits))


def test_nobody_has_the_number_of_zeros() -> None:
    assert not is_organization_number("000000000")


@pytest.mark.parametrize(
    "text", ["974760673", "974 760 673", "NO974760673MVA", "no 974 760 673 mva", "974.760.673"]
)
def test_the_number_in_other_spellings(text: str) -> None:
    assert organization_number_in(text) == "974760673"


@pytest.mark.parametrize("text", ["", "974760674", "SE4598375937", "Foretaksregisteret", "MVA"])
def test_no_number_in_other_text(text: str) -> None:
    assert organization_number_in(text) is None
