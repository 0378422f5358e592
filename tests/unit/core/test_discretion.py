"""A remote's words are shown without what they repeat of the debtor's."""

from __future__ import annotations

from datetime import date

from gateway.domain.invoice import Address, Debtor, DebtorKind
from gateway.operations.discretion import HIDDEN, without_personal_data

DEBTOR = Debtor(
    number="50001",
    name="Kari Nordmann Ås",
    kind=DebtorKind.PERSON,
    birth_date=date(1971, 2, 3),
    national_id="03027112345",
    email="kari@example.com",
    phone="+47 99 88 77 66",
    address=Address(line1="Karl Johans gate 1", postal_code="0154", city="Oslo", country="NO"),
)


def test_everything_that_tells_of_the_person_is_hidden() -> None:
    text = (
        "KARI NORDMANN Ås, nordmann, Karl Johans gate 1, 0154 Oslo, kari@example.com,"
        " +47 99 88 77 66, 1971-02-03, 03027112345"
    )
    told = without_personal_data(text, DEBTOR)
    assert set(told.replace(HIDDEN, "").replace(",", "").split()) == set()


def test_the_rest_is_left_as_it_is() -> None:
    text = "originalAmount must be positive; debtorNumber 50001; postalCode: NO"
    assert without_personal_data(text, DEBTOR) == text


def test_a_debtor_of_whom_little_is_known_hides_little() -> None:
    bare = Debtor(number="1", name="", kind=DebtorKind.PERSON)
    assert without_personal_data("any text", bare) == "any text"
