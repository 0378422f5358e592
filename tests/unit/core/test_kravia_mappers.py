"""Our values in Kravia's words and back: pure, total, nothing added."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from clients.kravia.assumptions import Assumptions, parse_assumptions
from clients.kravia.wire import InvoiceDetails, SearchRow
from gateway.domain.claim import CloseReason
from gateway.domain.invoice import Address, Debtor, DebtorKind, Invoice
from mappers.claim_to_kravia import claim_to_kravia
from mappers.credit_note_to_kravia import credit_note_to_kravia
from mappers.mirror_row_from_kravia import mirror_row_from_kravia
from mappers.payment_to_kravia import payment_to_kravia
from mappers.status_from_kravia import Ended, StillActive, UnknownStatus, status_from_kravia

DAY = date(2026, 7, 15)
INVOICE = Invoice(
    id="inv-1",
    number="30001",
    issue_date=DAY,
    currency="NOK",
    total=Decimal("4800.00"),
    outstanding=Decimal("4800.00"),
    kid="2345676",
    debtor=Debtor(
        number="50001",
        name="Ola Eksempel",
        kind=DebtorKind.PERSON,
        national_id="01017012345",
        address=Address(line1="Prøvegata 2", postal_code="5003", city="Bergen", country="NO"),
    ),
)


@pytest.fixture(scope="module")
def assumptions() -> Assumptions:
    path = Path(__file__).parents[3] / "config" / "kravia.toml"
    return parse_assumptions(tomllib.loads(path.read_text(encoding="utf-8")))


def registered(invoice: Invoice = INVOICE) -> dict[str, object]:
    request = claim_to_kravia(
        invoice, kravia_creditor_id=10759, amount=Decimal("1250.00"), due_date=DAY
    )
    return {each.name: getattr(request, each.name) for each in fields(request)}


def test_a_claim_carries_our_ids_verbatim_and_only_the_given_principal() -> None:
    request = registered()
    assert request["accountingInvoiceId"] == "inv-1"
    assert request["debtorNumber"] == "50001"
    assert request["originalAmount"] == Decimal("1250.00")
    assert request["creditorId"] == 10759
    assert request["isPrivateIndividual"] is True
    assert request["extra"] == {}


@pytest.mark.parametrize(
    ("kind", "wanted", "ssn"),
    [
        (DebtorKind.PERSON, True, "01017012345"),
        (DebtorKind.PERSON, False, None),
        (DebtorKind.ORGANIZATION, True, None),
    ],
)
def test_the_national_id_is_sent_only_of_a_person_and_where_it_is_wanted(
    kind: DebtorKind, wanted: bool, ssn: str | None
) -> None:
    request = claim_to_kravia(
        replace(INVOICE, debtor=replace(INVOICE.debtor, kind=kind)),
        kravia_creditor_id=10759,
        amount=Decimal("1250.00"),
        due_date=DAY,
        with_national_id=wanted,
    )
    assert request.ssn == ssn


def test_the_national_id_and_the_kid_are_not_sent_by_default() -> None:
    request = registered()
    assert request["ssn"] is None
    assert "01017012345" not in repr(request)
    assert "2345676" not in repr(request)


@pytest.mark.parametrize("kind", [DebtorKind.ORGANIZATION, DebtorKind.PUBLIC])
def test_who_is_no_person_is_no_private_individual(kind: DebtorKind) -> None:
    debtor = replace(INVOICE.debtor, kind=kind, organization_number="974760673", address=None)
    request = registered(replace(INVOICE, debtor=debtor))
    assert request["isPrivateIndividual"] is False
    assert request["organizationNumber"] == "974760673"


def test_money_is_one_share_of_one_case_under_our_id() -> None:
    payment = payment_to_kravia(
        kravia_invoice_id="155", payment_id="pay-1", paid_on=DAY, amount=Decimal(7)
    )
    note = credit_note_to_kravia(
        kravia_invoice_id="155", credit_note_id="cre-1", issued_on=DAY, amount=Decimal(7)
    )
    assert payment.AccountingPaymentId == "pay-1"
    assert note.AccountingPaymentId == "cre-1"
    for request in (payment, note):
        (share,) = request.invoices
        assert share.invoiceId == "155"
        assert share.amount == request.amount == Decimal(7)


@pytest.mark.parametrize(
    ("word", "closing", "expected"),
    [
        (None, None, StillActive()),
        ("Open", None, StillActive()),
        ("PAID", None, Ended(reason=CloseReason.PAID)),
        ("credited", None, Ended(reason=CloseReason.CREDITED)),
        ("Withdrawn", None, Ended(reason=CloseReason.WITHDRAWN)),
        ("rejected", None, Ended(reason=CloseReason.REJECTED_BY_AGENCY)),
        ("closed", None, Ended(reason=CloseReason.CLOSED_BY_AGENCY)),
        ("closed", "Paid", Ended(reason=CloseReason.PAID)),
        ("closed", "who knows", Ended(reason=CloseReason.CLOSED_BY_AGENCY)),
        ("namsmannen", None, UnknownStatus(word="namsmannen")),
        ("", None, UnknownStatus(word="")),
    ],
)
def test_a_status_means_what_the_assumptions_say_and_nothing_else(
    assumptions: Assumptions, word: str | None, closing: str | None, expected: object
) -> None:
    assert status_from_kravia(word, closing, assumptions) == expected


def test_a_feed_row_is_completed_from_details_and_never_overruled() -> None:
    row = SearchRow(
        invoiceId="155",
        lastUpdatedTime="2026-11-24T10:00:00.0000000",
        accountingInvoiceId=None,
        invoiceNo="30001",
        invoiceDate=None,
        originalAmount=Decimal(0),
        debtorNumber=None,
        status=None,
        creditorId=None,
    )
    details = InvoiceDetails(
        invoiceId="155",
        lastUpdatedTime="later",
        accountingInvoiceId="inv-1",
        invoiceNo="other",
        invoiceDate=DAY,
        originalAmount=Decimal(9),
        debtorNumber="50001",
        status="open",
        creditorId=10759,
        debtorName=None,
        closingReason=None,
        remainingCapital=None,
        payments=None,
    )
    kept = mirror_row_from_kravia(row, details)
    assert (kept.accounting_invoice_id, kept.invoice_date) == ("inv-1", DAY)
    assert (kept.invoice_number, kept.amount) == ("30001", Decimal(0))
    assert kept.last_updated == row.lastUpdatedTime
    assert mirror_row_from_kravia(row).debtor_number is None
