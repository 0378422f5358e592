"""What Fiken says, crossed into the domain: øre, debtors, due dates, standing, and gaps."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.fiken import wire
from clients.fiken.assumptions import parse_assumptions
from gateway.domain.invoice import Address, DebtorKind, Invoice
from gateway.settings_sources import read_toml
from mappers.credit_note_from_fiken import credit_note_from_fiken
from mappers.debtor_from_fiken import debtor_from_fiken
from mappers.invoice_from_fiken import FactsUntold, invoice_from_fiken
from mappers.payment_from_fiken import payment_from_fiken
from mappers.payment_to_fiken import payment_to_fiken
from mappers.standing_from_fiken import FikenStanding, standing_from_fiken

SHIPPED = parse_assumptions(read_toml(Path(__file__).parents[3] / "config" / "fiken.toml"))
ADDRESS = wire.Address(
    streetAddress="Karl Johans gate 1",
    streetAddressLine2=None,
    city="Oslo",
    postCode="0154",
    country="Norway",
)
KARI = wire.Contact(
    contactId=510_001,
    name="Kari  Nordmann\n",
    organizationNumber=None,
    email="kari@example.com",
    phoneNumber=None,
    address=ADDRESS,
)
SALE = wire.Sale(
    saleId=7,
    settled=False,
    writeOff=False,
    deleted=False,
    outstandingBalance=125_050,
    outstandingBalanceInCurrency=11_000,
    salePayments=(),
)
INVOICE = wire.Invoice(
    invoiceId=1,
    invoiceNumber=10_001,
    lastModifiedDate=None,
    kid="2345676",
    issueDate=date(2026, 8, 3),
    dueDate=date(2026, 8, 17),
    originalDueDate=None,
    gross=225_050,
    currency=None,
    cash=False,
    customerId=510_001,
    projectId=701,
    lineDescriptions=("Consulting,\tJuly", ""),
    reminders=2,
    dispatches=(
        wire.Dispatch(date=date(2026, 8, 3), dispatchType="ehf"),
        wire.Dispatch(date=date(2026, 8, 4), dispatchType="letter"),
        wire.Dispatch(date=date(2026, 8, 5), dispatchType="unknown"),
    ),
    associatedCreditNotes=(),
    sale=SALE,
    invoicePdf=None,
)
PAYMENT = wire.Payment(
    paymentId=42, date=date(2026, 9, 1), account="1920", amount=1, currency=None, fee=None
)
NOTE = wire.CreditNote(
    creditNoteId=9, issueDate=date(2026, 9, 2), gross=-5, currency=None, associatedInvoiceId=1
)


def mapped(invoice: wire.Invoice = INVOICE, *payments: wire.Payment) -> Invoice:
    made = invoice_from_fiken(invoice, KARI, payments, (NOTE,), SHIPPED)
    assert isinstance(made, Invoice)
    return made


def test_an_invoice_is_read_to_the_ore() -> None:
    made = mapped(INVOICE, PAYMENT)
    assert (made.total, made.outstanding, made.currency) == (
        Decimal("2250.50"),
        Decimal("1250.50"),
        "NOK",
    )
    assert [(each.id, each.amount) for each in made.payments] == [("42", Decimal("0.01"))]
    assert [(each.id, each.amount) for each in made.credit_notes] == [("9", Decimal("0.05"))]
    assert (made.id, made.number, made.project, made.department) == ("1", "10001", "701", None)
    assert made.delivery_evidence == "post"
    assert made.description == "Consulting, July"
    assert made.notices == ()
    assert made.debtor.address == Address(
        line1="Karl Johans gate 1", postal_code="0154", city="Oslo", country="NO"
    )


@pytest.mark.parametrize(
    ("due", "original", "counts"),
    [
        (date(2026, 8, 17), None, date(2026, 8, 17)),
        (date(2026, 12, 24), date(2026, 8, 17), date(2026, 12, 24)),
        (date(2026, 8, 10), date(2026, 8, 17), date(2026, 8, 17)),
        (None, None, None),
    ],
)
def test_a_due_date_moves_later_only(
    due: date | None, original: date | None, counts: date | None
) -> None:
    assert mapped(replace(INVOICE, dueDate=due, originalDueDate=original)).due_date == counts


def test_what_is_owed_is_in_the_invoices_currency_and_nothing_once_settled() -> None:
    assert mapped(replace(INVOICE, currency="EUR")).outstanding == Decimal("110.00")
    assert mapped(replace(INVOICE, sale=replace(SALE, settled=True))).outstanding == 0
    overpaid = replace(SALE, outstandingBalance=-100)
    assert mapped(replace(INVOICE, sale=overpaid)).outstanding == 0


def test_the_sign_is_as_assumed() -> None:
    other = replace(SHIPPED, owed_sign=-1)
    sale = replace(SALE, outstandingBalance=-125_050)
    made = invoice_from_fiken(replace(INVOICE, sale=sale), KARI, (), (), other)
    assert isinstance(made, Invoice)
    assert made.outstanding == Decimal("1250.50")


def test_what_no_claim_can_be_without_is_named() -> None:
    bare = replace(INVOICE, gross=None, sale=replace(SALE, outstandingBalance=None))
    assert invoice_from_fiken(bare, KARI, (), (), SHIPPED) == FactsUntold(
        fields=("gross", "sale.outstandingBalance")
    )


@pytest.mark.parametrize(
    ("number", "name", "kind", "kept"),
    [
        ("974 760 673 MVA", "Fjellrev AS", DebtorKind.ORGANIZATION, "974760673"),
        ("974760673", "Fjellrev ENK", DebtorKind.PERSON, "974760673"),
        (None, "Fjellrev AS", DebtorKind.PERSON, None),
        ("974760674", "Fjellrev AS", DebtorKind.PERSON, None),
        ("01010112345", "Kari", DebtorKind.PERSON, None),
    ],
)
def test_who_has_no_organisation_number_is_a_person(
    number: str | None, name: str, kind: DebtorKind, kept: str | None
) -> None:
    made = debtor_from_fiken(replace(KARI, organizationNumber=number, name=name), SHIPPED)
    assert (made.kind, made.organization_number) == (kind, kept)


def test_a_country_alone_is_no_address() -> None:
    gaps = {each.name: None for each in fields(wire.Address)}
    bare = replace(ADDRESS, **{**gaps, "country": "Norway"})
    assert debtor_from_fiken(replace(KARI, address=bare), SHIPPED).address is None


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ({}, FikenStanding.OPEN),
        ({"settled": True}, FikenStanding.SETTLED),
        ({"settled": True, "writeOff": True}, FikenStanding.WRITTEN_OFF),
        ({"writeOff": True, "deleted": True}, FikenStanding.DELETED),
        ({"settled": None}, FikenStanding.UNTOLD),
    ],
)
def test_flags_are_read_the_strongest_first(
    change: dict[str, Any], standing: FikenStanding
) -> None:
    sale = replace(SALE, **change)
    assert standing_from_fiken(replace(INVOICE, sale=sale)) is standing
    assert standing_from_fiken(replace(INVOICE, sale=sale, cash=True)) is FikenStanding.CASH
    assert standing_from_fiken(replace(INVOICE, sale=None)) is FikenStanding.UNTOLD


def test_what_is_half_told_is_left_out() -> None:
    assert payment_from_fiken(replace(PAYMENT, amount=-1)) is None
    assert payment_from_fiken(replace(PAYMENT, date=None)) is None
    assert credit_note_from_fiken(NOTE, invoice_id=2) is None
    assert credit_note_from_fiken(replace(NOTE, gross=None), invoice_id=1) is None


@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal(99999999999), places=2))
def test_what_is_booked_is_read_back_to_the_ore(amount: Decimal) -> None:
    sent = payment_to_fiken(paid_on=date(2026, 11, 24), amount=amount, account="1920:10001")
    read = payment_from_fiken(replace(PAYMENT, amount=sent.amount))
    assert read is not None
    assert read.amount == amount


def test_half_an_ore_is_not_booked() -> None:
    with pytest.raises(ValueError, match="two decimals"):
        payment_to_fiken(paid_on=date(2026, 11, 24), amount=Decimal("1.005"), account="1920")
