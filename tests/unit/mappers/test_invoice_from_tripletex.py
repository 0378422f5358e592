"""What is made of an invoice of Tripletex's: its debtor, letters, payments and holds."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.tripletex import wire
from clients.tripletex.assumptions import parse_assumptions
from gateway.domain.invoice import DebtorKind, ElsewhereStanding, Invoice, NoticeKind
from mappers.debtor_from_tripletex import debtor_from_tripletex
from mappers.invoice_from_tripletex import FactsMissing, invoice_from_tripletex

ROOT = Path(__file__).parents[3]
ASSUMPTIONS = parse_assumptions(tomllib.loads((ROOT / "config" / "tripletex.toml").read_text()))
DAY = date(2026, 11, 20)

HOME = wire.Address(
    addressLine1="Storgata 1", addressLine2=None, postalCode="0154", city="Oslo", country=None
)
KARI = wire.Customer(
    id=7,
    name="Kari Nordmann",
    organizationNumber=None,
    isPrivateIndividual=True,
    email=None,
    invoiceEmail="first@example.com; second@example.com",
    phoneNumber=None,
    phoneNumberMobile=None,
    postalAddress=HOME,
    physicalAddress=None,
    isFactoring=False,
)


def posting(number: int, amount: str, type_: str | None = "INCOMING_PAYMENT", **more: Any) -> Any:
    known: dict[str, Any] = {
        "id": number,
        "date": DAY,
        "type": type_,
        "amount": Decimal(amount),
        "amountCurrency": Decimal(amount),
        "invoiceNumber": "20",
        "customerId": 7,
        "closeGroupId": None,
        "externalRef": None,
        **more,
    }
    return wire.Posting(**known)


OWN = posting(1, "1000.00", "OUTGOING_INVOICE_CUSTOMER_POSTING")
INVOICE = wire.Invoice(
    id=5,
    invoiceNumber=20,
    invoiceDate=date(2026, 8, 3),
    invoiceDueDate=date(2026, 8, 17),
    deliveryDate=None,
    kid=None,
    currency="NOK",
    amountCurrency=Decimal(1000),
    amountCurrencyOutstanding=Decimal(1000),
    isCreditNote=False,
    isCredited=False,
    isCharged=True,
    department=None,
    project=None,
    postponeRemindersTo=None,
    lineDescriptions=("Consulting",),
    customer=KARI,
    reminders=(),
    postings=(OWN,),
)


def mapped(left: str, *postings: Any, groups: tuple[wire.CloseGroup, ...] = ()) -> Invoice:
    invoice = replace(INVOICE, amountCurrencyOutstanding=Decimal(left), postings=(OWN, *postings))
    found = invoice_from_tripletex(invoice, groups, (), ASSUMPTIONS)
    assert isinstance(found, Invoice)
    return found


def paid(invoice: Invoice) -> list[tuple[str, str]]:
    return [(each.id, str(each.amount)) for each in invoice.payments]


@pytest.mark.parametrize(
    ("name", "number", "is_private", "kind"),
    [
        ("Kari Nordmann", None, True, DebtorKind.PERSON),
        ("Fjellrev AS", "NO 974 760 673 MVA", False, DebtorKind.ORGANIZATION),
        ("Fjellrev ENK", "974760673", False, DebtorKind.PERSON),
        ("Fjellrev AS", None, False, DebtorKind.PERSON),
        ("Fjellrev AS", "974760673", None, DebtorKind.PERSON),
    ],
)
def test_who_is_not_surely_an_organisation_is_protected_as_a_person(
    name: str, number: str | None, is_private: bool | None, kind: DebtorKind
) -> None:
    customer = replace(KARI, name=name, organizationNumber=number, isPrivateIndividual=is_private)

    debtor = debtor_from_tripletex(customer, ASSUMPTIONS)

    assert debtor.kind is kind
    assert debtor.organization_number == (None if number is None else "974760673")
    assert debtor.email == "first@example.com"
    assert debtor.address is not None
    assert debtor.address.country == "NO"


def test_a_national_identity_number_is_never_taken_for_an_organisations() -> None:
    customer = replace(KARI, isPrivateIndividual=False, organizationNumber="01018012345")

    assert debtor_from_tripletex(customer, ASSUMPTIONS).organization_number is None


def test_a_payment_taken_back_is_gone_and_an_equal_one_stands() -> None:
    found = mapped("700.00", posting(2, "-300.00"), posting(3, "-300.00"), posting(4, "300.00"))
    assert paid(found) == [("2", "300.00")]


def test_a_drop_by_a_voucher_is_no_payment() -> None:
    assert paid(mapped("0.00", posting(2, "-1000.00", None))) == []


def test_the_part_of_a_shared_payment_is_what_is_missing() -> None:
    shared = posting(9, "-1500.00", invoiceNumber=None)
    other = posting(8, "800.00", "OUTGOING_INVOICE_CUSTOMER_POSTING", invoiceNumber="21")
    group = wire.CloseGroup(id=3, date=DAY, postings=(OWN, other, shared))

    found = mapped("0.00", posting(2, "-300.00"), groups=(group,))

    assert paid(found) == [("2", "300.00"), ("9-5", "700.00")]


@pytest.mark.parametrize(
    "shared",
    [
        (posting(9, "-100.00", invoiceNumber=None),),  # less than what is missing
        (posting(9, "-900.00", invoiceNumber=None), posting(10, "-600.00", invoiceNumber=None)),
        (posting(9, "-1500.00", invoiceNumber="21"),),  # another invoice's
    ],
)
def test_a_part_that_could_be_two_amounts_is_not_guessed(shared: tuple[Any, ...]) -> None:
    group = wire.CloseGroup(id=3, date=DAY, postings=(OWN, *shared))

    assert paid(mapped("0.00", groups=(group,))) == []


def test_letters_holds_and_other_hands() -> None:
    letter = wire.Reminder(
        id=1,
        type="NOTICE_OF_DEBT_COLLECTION",
        reminderDate=DAY,
        termOfPayment=date(2026, 12, 4),
        charge=Decimal(35),
        interests=Decimal("12.50"),
    )
    soft = replace(letter, id=2, type="SOFT_REMINDER", reminderDate=date(2026, 9, 1))
    invoice = replace(INVOICE, reminders=(letter, soft), postponeRemindersTo=date(2026, 12, 24))

    found = invoice_from_tripletex(invoice, (), (), ASSUMPTIONS)

    assert isinstance(found, Invoice)
    assert [each.kind for each in found.notices] == [
        NoticeKind.REMINDER,
        NoticeKind.COLLECTION_NOTICE,
    ]
    assert found.postponed_until == date(2026, 12, 23)
    assert found.interest_claimed == Decimal("12.50")
    assert found.elsewhere is None
    unknown = replace(invoice, reminders=(replace(letter, type=None),))
    told = invoice_from_tripletex(unknown, (), (), ASSUMPTIONS)
    assert isinstance(told, Invoice)
    assert told.elsewhere is not None
    assert told.elsewhere.standing is ElsewhereStanding.UNKNOWN
    assert told.notices == ()


days = st.none() | st.sampled_from([date(1, 1, 1), DAY, date(9999, 12, 31)])
money = st.none() | st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents) / 100)
texts = st.none() | st.text(max_size=12) | st.sampled_from(["0", "20", "974760673", "²"])
flags = st.none() | st.booleans()
ids = st.integers(0, 5)
words = texts | st.sampled_from(["INCOMING_PAYMENT", "OUTGOING_INVOICE_CUSTOMER_POSTING"])
addresses = st.none() | st.builds(
    wire.Address,
    addressLine1=texts,
    addressLine2=texts,
    postalCode=texts,
    city=texts,
    country=texts,
)
customers = st.builds(
    wire.Customer,
    id=ids,
    name=texts,
    organizationNumber=texts,
    isPrivateIndividual=flags,
    email=texts,
    invoiceEmail=texts,
    phoneNumber=texts,
    phoneNumberMobile=texts,
    postalAddress=addresses,
    physicalAddress=addresses,
    isFactoring=flags,
)
postings = st.lists(
    st.builds(
        wire.Posting,
        id=ids,
        date=days,
        type=words,
        amount=money,
        amountCurrency=money,
        invoiceNumber=texts,
        customerId=st.none() | ids,
        closeGroupId=st.none() | ids,
        externalRef=texts,
    ),
    max_size=5,
).map(tuple)
reminders = st.lists(
    st.builds(
        wire.Reminder,
        id=ids,
        type=texts | st.sampled_from(["REMINDER", "DEBT_COLLECTION"]),
        reminderDate=days,
        termOfPayment=days,
        charge=money,
        interests=money,
    ),
    max_size=3,
).map(tuple)
invoices = st.builds(
    wire.Invoice,
    id=ids,
    invoiceNumber=st.none() | ids,
    invoiceDate=days,
    invoiceDueDate=days,
    deliveryDate=days,
    kid=texts,
    currency=texts,
    amountCurrency=money,
    amountCurrencyOutstanding=money,
    isCreditNote=flags,
    isCredited=flags,
    isCharged=flags,
    department=st.none() | ids,
    project=st.none() | ids,
    postponeRemindersTo=days,
    lineDescriptions=st.just(("a\0b", "")),
    customer=st.none() | customers,
    reminders=reminders,
    postings=postings,
)


@given(invoices, postings)
def test_the_mappers_are_total_and_never_tell_more_than_there_is(
    invoice: wire.Invoice, closing: tuple[wire.Posting, ...]
) -> None:
    groups = (wire.CloseGroup(id=1, date=None, postings=closing),)

    found = invoice_from_tripletex(invoice, groups, (), ASSUMPTIONS)

    if isinstance(found, FactsMissing):
        assert found.fields
        return
    assert found.outstanding >= 0
    assert all(each.amount > 0 for each in found.payments)
