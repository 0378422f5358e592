"""Customers, countries, statuses, payments and bookings: Conta's words in the domain's."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.conta.assumptions import parse_assumptions
from clients.conta.wire import (
    Customer,
    InvoiceEvent,
    InvoiceRow,
    PartialPayment,
    Payment,
    PaymentInput,
    PostalAddress,
)
from gateway.domain.claim import CloseReason
from gateway.domain.invoice import Address, DebtorKind
from mappers.country_from_conta import country_from_conta
from mappers.debtor_from_conta import debtor_from_conta
from mappers.event_day_from_conta import event_day_from_conta
from mappers.payment_from_conta import payment_from_conta
from mappers.payment_to_conta import payment_to_conta
from mappers.postponement_from_conta import postponement_from_conta
from mappers.status_from_conta import (
    AtKraviaByConta,
    ContaStanding,
    Ended,
    NotAClaim,
    Sold,
    StillOpen,
    UnknownStatus,
    status_from_conta,
)

DOCUMENT = tomllib.loads((Path(__file__).parents[3] / "config" / "conta.toml").read_text())
SHIPPED = parse_assumptions(DOCUMENT)
NOWHERE = PostalAddress(line1=None, line2=None, postcode=None, city=None, country=None)
HOME = PostalAddress(line1="Storgata 1", line2=None, postcode="0154", city="Oslo", country="Norge")
CUSTOMER = Customer(
    id=510_001,
    name="Fjellrev AS",
    customerType="ORGANIZATION",
    orgNo="974760673",
    dateOfBirth=None,
    emailAddress="post@example.com",
    phoneNo=None,
    parentCompanyNameForNuf=None,
    customerAddress=HOME,
    mailingAddress=NOWHERE,
    isActive=True,
)
EVENT = InvoiceEvent(
    id=1,
    eventType=None,
    date=None,
    createdAt=None,
    sumRemainingChanged=None,
    sumRemaining=None,
    followUpDate=None,
    deliveryMethod=None,
    lastEmailEventType=None,
    ehfStatus=None,
    efakturaStatus=None,
    snailMailStatus=None,
    kraviaStatus=None,
    creditNoteInvoiceId=None,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Norge", "NO"),
        ("  NORWAY ", "NO"),
        ("Nor", "NO"),
        ("Noreg", "NO"),
        ("no", "NO"),
        ("NOR", "NO"),
        ("Norge (NO)", "NO"),
        ("NO-Norge", "NO"),
        ("Norge/Norway", "NO"),
        ("Kongeriket Norge", "NO"),
        ("Sverige", "SE"),
        ("Österreich", "AT"),
        ("Østerrike", "AT"),
        ("Færøyene", "FO"),
        ("Storbritannia", "GB"),
        ("Nord-Irland", "GB"),
        ("U.S.A.", "US"),
        ("Côte", None),
        ("Island", "IS"),
        ("Irland", "IE"),
        ("Sør-Korea", "KR"),
        ("Guinea-Bissau", None),
        ("Norge (SE)", None),
        ("Norge-Sverige", None),
        ("Narnia", None),
        ("N", None),
        ("0154 Oslo", None),
    ],
)
def test_a_country_is_recognised_or_left_unknown(text: str, code: str | None) -> None:
    assert country_from_conta(text, "0154", SHIPPED) == code


@pytest.mark.parametrize(
    ("postcode", "code"),
    [("0154", "NO"), (" 0154 ", "NO"), ("154", None), ("SE-11122", None), (None, None)],
)
def test_a_country_left_empty_is_norway_only_with_a_norwegian_postcode(
    postcode: str | None, code: str | None
) -> None:
    unsure = parse_assumptions(merge_assumptions(DOCUMENT, {"customers": {"absent_country": ""}}))
    for text in (None, "", " - "):
        assert country_from_conta(text, postcode, SHIPPED) == code
        assert country_from_conta(text, postcode, unsure) is None


@pytest.mark.parametrize(
    ("customer", "kind", "number"),
    [
        (CUSTOMER, DebtorKind.ORGANIZATION, "974760673"),
        (replace(CUSTOMER, orgNo="NO 974 760 673 MVA"), DebtorKind.ORGANIZATION, "974760673"),
        (replace(CUSTOMER, orgNo="12345"), DebtorKind.ORGANIZATION, "12345"),
        (replace(CUSTOMER, orgNo=None), DebtorKind.ORGANIZATION, None),
        (replace(CUSTOMER, name="Nordmann Rør ENK"), DebtorKind.PERSON, "974760673"),
        (replace(CUSTOMER, name="Benken AS"), DebtorKind.ORGANIZATION, "974760673"),
        (replace(CUSTOMER, dateOfBirth=date(1980, 1, 2)), DebtorKind.PERSON, "974760673"),
        (replace(CUSTOMER, customerType="INDIVIDUAL"), DebtorKind.PERSON, "974760673"),
        (replace(CUSTOMER, customerType="INDIVIDUAL", orgNo="123"), DebtorKind.PERSON, None),
        (replace(CUSTOMER, customerType=None), DebtorKind.PERSON, "974760673"),
        (replace(CUSTOMER, customerType="CLUB"), DebtorKind.PERSON, "974760673"),
    ],
)
def test_a_customer_is_a_person_or_an_organisation_and_an_enk_is_a_person(
    customer: Customer, kind: DebtorKind, number: str | None
) -> None:
    debtor = debtor_from_conta(customer, SHIPPED)
    assert (debtor.kind, debtor.organization_number) == (kind, number)
    assert debtor.birth_date == (customer.dateOfBirth if kind is DebtorKind.PERSON else None)


@pytest.mark.parametrize("kind", ["INDIVIDUAL", "ORGANIZATION"])
def test_a_national_identity_number_in_the_wrong_field_goes_no_further(kind: str) -> None:
    customer = replace(CUSTOMER, customerType=kind, orgNo="010190 12345")
    assert "12345" not in repr(debtor_from_conta(customer, SHIPPED))


def test_letters_go_to_the_mailing_address_if_it_is_whole() -> None:
    mailing = PostalAddress(
        line1="Postboks 1", line2="c/o X", postcode="7010", city="Trondheim", country=None
    )
    whole = debtor_from_conta(replace(CUSTOMER, mailingAddress=mailing), SHIPPED)
    assert whole.address == Address(
        line1="Postboks 1", line2="c/o X", postal_code="7010", city="Trondheim", country="NO"
    )
    half = replace(mailing, line1=None)
    assert debtor_from_conta(replace(CUSTOMER, mailingAddress=half), SHIPPED).address == Address(
        line1="Storgata 1", postal_code="0154", city="Oslo", country="NO"
    )
    assert debtor_from_conta(replace(CUSTOMER, customerAddress=NOWHERE), SHIPPED).address is None


SENT = replace(EVENT, eventType="SENT_TO_KRAVIA")
PULLED = replace(EVENT, eventType="PULLED_FROM_KRAVIA")


@pytest.mark.parametrize(
    ("kind", "status", "kravia", "events", "standing"),
    [
        ("NORMAL", "INVOICE_CREATED", None, (), StillOpen()),
        ("NORMAL", "PAYMENT_REMINDER_CREATED", None, (EVENT,), StillOpen()),
        ("NORMAL", "BEING_CREATED", None, (), NotAClaim(word="BEING_CREATED")),
        ("CASH", "CLOSED_BY_PAYMENT", None, (), NotAClaim(word="CASH")),
        ("CREDIT", "INVOICE_CREATED", None, (), NotAClaim(word="CREDIT")),
        (None, "INVOICE_CREATED", None, (), NotAClaim(word="no type")),
        (
            "NORMAL",
            "CLOSED_BY_PAYMENT",
            None,
            (SENT,),
            Ended(reason=CloseReason.PAID, word="CLOSED_BY_PAYMENT"),
        ),
        (
            "NORMAL",
            "CLOSED_BY_CREDIT_NOTE",
            "CLOSED",
            (),
            Ended(reason=CloseReason.CREDITED, word="CLOSED_BY_CREDIT_NOTE"),
        ),
        (
            "NORMAL",
            "WRITTEN_OFF_AS_LOSS",
            None,
            (),
            Ended(reason=CloseReason.WRITTEN_OFF, word="WRITTEN_OFF_AS_LOSS"),
        ),
        (
            "NORMAL",
            "CLOSED_FROM_REGNSKAP",
            None,
            (),
            Ended(reason=None, word="CLOSED_FROM_REGNSKAP"),
        ),
        ("NORMAL", "SOLD_TO_EASYBANK", None, (), Sold(word="SOLD_TO_EASYBANK")),
        (
            "NORMAL",
            "BEING_SENT_TO_KRAVIA",
            None,
            (),
            AtKraviaByConta(running=True, word="BEING_SENT_TO_KRAVIA"),
        ),
        (
            "NORMAL",
            "SENT_TO_KRAVIA",
            "WITHDRAWN",
            (),
            AtKraviaByConta(running=True, word="SENT_TO_KRAVIA"),
        ),
        (
            "NORMAL",
            "CLOSED_BY_PAYMENT",
            "ACTIVE",
            (),
            AtKraviaByConta(running=True, word="ACTIVE"),
        ),
        (
            "NORMAL",
            "INVOICE_CREATED",
            None,
            (PULLED, SENT),
            AtKraviaByConta(running=True, word="SENT_TO_KRAVIA"),
        ),
        (
            "NORMAL",
            "INVOICE_CREATED",
            None,
            (SENT, PULLED),
            AtKraviaByConta(running=False, word="PULLED_FROM_KRAVIA"),
        ),
        (
            "NORMAL",
            "INVOICE_CREATED",
            "WITHDRAWN",
            (SENT,),
            AtKraviaByConta(running=False, word="WITHDRAWN"),
        ),
        ("NORMAL", "INVOICE_CREATED", "PAUSED", (), UnknownStatus(word="PAUSED")),
        ("NORMAL", "FROZEN", None, (), UnknownStatus(word="FROZEN")),
        ("NORMAL", None, None, (), UnknownStatus(word="no status")),
    ],
)
def test_a_status_is_read_with_all_signs_of_conta_s_own_link(
    kind: str | None,
    status: str | None,
    kravia: str | None,
    events: tuple[InvoiceEvent, ...],
    standing: ContaStanding,
) -> None:
    found = status_from_conta(invoice_type=kind, status=status, kravia_status=kravia, events=events)
    assert found == standing


PART = PartialPayment(
    id=1_930_001,
    date=date(2026, 11, 20),
    amount=Decimal("100.00"),
    amountForeignCurrency=None,
    invoiceId=7,
    paymentId=930_001,
)
PAYMENT = Payment(
    id=930_001,
    paymentType="OCR_CREMUL",
    transactionId=1,
    isFromKravia=False,
    isMultiPayment=False,
    totalAmount=Decimal("100.00"),
    partialPayments=(PART,),
)


def amounts(payment: Payment, currency: str = "NOK") -> list[tuple[str, Decimal]]:
    receipts = payment_from_conta(payment, invoice_id=7, currency=currency)
    return [(receipt.payment.id, receipt.payment.amount) for receipt in receipts]


def test_a_payment_is_known_by_its_part_and_by_the_whole() -> None:
    (receipt,) = payment_from_conta(PAYMENT, invoice_id=7, currency="NOK")
    assert (receipt.payment.id, receipt.conta_payment_id) == ("1930001", 930_001)
    assert (receipt.by_ocr, receipt.from_kravia) == (True, False)
    (theirs,) = payment_from_conta(
        replace(PAYMENT, isFromKravia=True, paymentType="MANUAL"), invoice_id=7, currency="NOK"
    )
    assert (theirs.by_ocr, theirs.from_kravia) == (False, True)


def test_only_the_invoice_s_own_parts_count() -> None:
    other = replace(PART, id=2, invoiceId=8)
    silent = replace(PART, id=None, invoiceId=None)
    several = replace(PAYMENT, isMultiPayment=True, partialPayments=(other, PART, silent))
    assert amounts(several) == [("1930001", Decimal("100.00"))]
    alone = replace(PAYMENT, partialPayments=(silent,))
    assert amounts(alone) == [("930001-0", Decimal("100.00"))]


def test_what_is_no_money_is_left_out() -> None:
    assert amounts(replace(PAYMENT, paymentType="NOT_PAYMENT")) == []
    for part in (
        replace(PART, amount=None),
        replace(PART, amount=Decimal(0)),
        replace(PART, date=None),
    ):
        assert amounts(replace(PAYMENT, partialPayments=(part,))) == []


def test_foreign_money_is_taken_in_the_invoice_s_currency() -> None:
    part = replace(PART, amountForeignCurrency=Decimal("9.00"))
    foreign = replace(PAYMENT, partialPayments=(part,))
    assert amounts(foreign, "EUR") == [("1930001", Decimal("9.00"))]
    assert amounts(foreign, "NOK") == [("1930001", Decimal("100.00"))]


def test_a_booking_tells_the_bookkeeper_where_it_comes_from() -> None:
    booking = payment_to_conta(
        paid_on=date(2026, 11, 20),
        amount=Decimal("1250.00"),
        settlement_id="41001",
        line=2,
        kravia_invoice_id="1553200",
        bank_account_id=3_001,
        department="11",
        project="P7",
    )
    assert booking == PaymentInput(
        date=date(2026, 11, 20),
        amount=Decimal("1250.00"),
        bankAccountId=3_001,
        description="Kravia settlement 41001, line 2, case 1553200",
        departmentId=11,
        projectId=None,
    )


def test_a_booking_on_another_day_than_the_settlements_says_so() -> None:
    booking = payment_to_conta(
        paid_on=date(2027, 1, 1),
        settled_on=date(2026, 12, 30),
        amount=Decimal("1250.00"),
        settlement_id="41001",
        line=1,
        kravia_invoice_id="1553200",
        bank_account_id=3_001,
    )
    assert booking.description == (
        "Kravia settlement 41001, line 1, case 1553200, paid out 2026-12-30, booked on the first"
        " open day"
    )


def test_a_postponement_is_seen_in_the_list_too() -> None:
    row = InvoiceRow(
        id=7,
        type="NORMAL",
        status="INVOICE_CREATED",
        invoiceNo=1,
        invoiceDate=date(2026, 8, 3),
        invoiceDueDate=date(2026, 8, 17),
        followUpDate=date(2026, 12, 24),
        customerId=1,
        invoiceCurrency="NOK",
        sumTotal=Decimal(1),
        sumRemaining=Decimal(1),
        paymentReminderType=None,
        paymentReminderDate=None,
        paymentReminderDueDate=date(2026, 10, 1),
        creditedInvoiceId=None,
        kraviaInvoiceStatus=None,
        createdAt=None,
    )
    assert postponement_from_conta(row) == date(2026, 12, 24)
    assert postponement_from_conta(replace(row, followUpDate=date(2026, 10, 1))) is None
    nothing = replace(row, invoiceDueDate=None, paymentReminderDueDate=None)
    assert postponement_from_conta(nothing) is None


def test_a_line_without_a_day_is_of_the_local_day_it_was_entered() -> None:
    late = replace(EVENT, createdAt=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert event_day_from_conta(late, SHIPPED) == date(2026, 11, 24)
    assert event_day_from_conta(EVENT, SHIPPED) is None
    last = replace(EVENT, createdAt=datetime.max.replace(tzinfo=UTC))
    assert event_day_from_conta(last, SHIPPED) is None
