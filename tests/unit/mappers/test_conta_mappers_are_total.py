"""The Conta mappers return a value for everything Conta's wire values can hold."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clients.assumptions_document import merge_assumptions
from clients.conta import wire
from clients.conta.assumptions import Assumptions, parse_assumptions
from gateway.domain.invoice import DebtorKind, Invoice, NoticeKind
from mappers.invoice_from_conta import FactsMissing, invoice_from_conta
from mappers.payment_from_conta import payment_from_conta
from mappers.payment_to_conta import payment_to_conta
from mappers.postponement_from_conta import postponement_from_conta
from mappers.status_from_conta import StillOpen, status_from_conta

ROOT = Path(__file__).parents[3]
DOCUMENT = tomllib.loads((ROOT / "config" / "conta.toml").read_text())
SHIPPED = parse_assumptions(DOCUMENT)
OTHER = parse_assumptions(
    merge_assumptions(
        DOCUMENT,
        {
            "time_zone": "America/St_Johns",
            "payments": {"remaining_includes_late_fees": True},
            "letters": {"created_counts_as_sent": False},
            "customers": {"absent_country": ""},
        },
    )
)

ids = st.integers(-(2**63) + 1, 2**63 - 1)
days = st.none() | st.sampled_from([date(1, 1, 1), date(2026, 11, 24), date(9999, 12, 31)])
instants = st.none() | st.sampled_from(
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 24, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
)
money = st.none() | st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents) / 100)
texts = st.none() | st.text(max_size=12)
numbers = texts | st.sampled_from(["0", "11", "9" * 30, "²"])
flags = st.none() | st.booleans()
EVENT_TYPES = [
    "PAYMENT_REMINDER_CREATED",
    "PAYMENT_REMINDER_CREATED_AND_SENT_BY_POSTAL_MAIL",
    "PAYMENT_REMINDER_SENT_BY_EMAIL",
    "SENT_DEBT_COLLECTION_REMINDER",
    "INVOICE_AND_PAYMENT_REMINDER_RESENT_BY_EHF",
    "DELETED_LATE_PAYMENT_FEES",
    "REVERSED_DELETE_LATE_PAYMENT_FEES",
    "OBJECTION_FROM_CUSTOMER",
    "INVOICE_CREDITED",
    "CREDIT_NOTE_DELETED",
    "INVOICE_SENT_BY_EFAKTURA",
    "SENT_TO_KRAVIA",
    "PULLED_FROM_KRAVIA",
]
words = texts | st.sampled_from(
    [*EVENT_TYPES, "NORMAL", "CREDIT", "SENT_TO_KRAVIA", "ACTIVE", "CLOSED_BY_PAYMENT", "FAILED"]
)

addresses = st.builds(
    wire.PostalAddress, line1=texts, line2=texts, postcode=texts, city=texts, country=texts
)
customers = st.builds(
    wire.Customer,
    id=ids,
    name=texts,
    customerType=texts | st.sampled_from(["INDIVIDUAL", "ORGANIZATION"]),
    orgNo=texts | st.sampled_from(["974760673", "NO 974 760 673 MVA", "01010112345"]),
    dateOfBirth=days,
    emailAddress=texts,
    phoneNo=texts,
    parentCompanyNameForNuf=texts,
    customerAddress=addresses,
    mailingAddress=addresses,
    isActive=flags,
)
reminders = st.builds(
    wire.PaymentReminder,
    id=st.none() | ids,
    date=days,
    dueDate=days,
    fee=money,
    interest=money,
    paymentReminderType=texts | st.sampled_from(["PAYMENT_REMINDER", "DEBT_COLLECTION_NOTICE"]),
)
invoices = st.builds(
    wire.Invoice,
    id=ids,
    type=words,
    status=words,
    invoiceNo=st.none() | ids,
    invoiceDate=days,
    invoiceDueDate=days,
    followUpDate=days,
    deliveryDate=days,
    customerId=st.none() | ids,
    departmentId=st.none() | ids,
    projectId=st.none() | ids,
    bankAccountId=st.none() | ids,
    invoiceCurrency=texts,
    kid=texts,
    sumTotal=money,
    sumRemaining=money,
    invoiceFileId=st.none() | ids,
    creditedInvoiceId=st.none() | ids,
    lineDescriptions=st.lists(st.text(max_size=12), max_size=3).map(tuple),
    invoicePaymentReminder=st.none() | reminders,
)
events = st.builds(
    wire.InvoiceEvent,
    id=ids,
    eventType=words,
    date=days,
    createdAt=instants,
    sumRemainingChanged=money,
    sumRemaining=money,
    followUpDate=days,
    deliveryMethod=texts | st.sampled_from(["EMAIL", "MAIL", "EHF", "EFAKTURA", "NONE"]),
    lastEmailEventType=words,
    ehfStatus=words,
    efakturaStatus=words,
    snailMailStatus=words,
    kraviaStatus=words,
    creditNoteInvoiceId=st.none() | ids,
)
parts = st.builds(
    wire.PartialPayment,
    id=st.none() | ids,
    date=days,
    amount=money,
    amountForeignCurrency=money,
    invoiceId=st.none() | st.just(7),
    paymentId=st.none() | ids,
)
payments = st.builds(
    wire.Payment,
    id=ids,
    paymentType=words,
    transactionId=st.none() | ids,
    isFromKravia=flags,
    isMultiPayment=flags,
    totalAmount=money,
    partialPayments=st.lists(parts, max_size=3).map(tuple),
)
assumptions = st.sampled_from([SHIPPED, OTHER])


@given(
    invoices, customers, st.lists(events, max_size=6), st.lists(payments, max_size=3), assumptions
)
def test_an_invoice_is_mapped_or_its_gaps_are_named(
    invoice: wire.Invoice,
    customer: wire.Customer,
    told: list[wire.InvoiceEvent],
    paid: list[wire.Payment],
    assumed: Assumptions,
) -> None:
    mapped = invoice_from_conta(replace(invoice, id=7), customer, told, paid, assumed)

    core = (invoice.invoiceNo, invoice.invoiceDate, invoice.sumTotal, invoice.sumRemaining)
    assert isinstance(mapped, FactsMissing if None in core else Invoice)
    if isinstance(mapped, FactsMissing):
        assert mapped.fields
        return
    assert mapped.id == "7"
    assert mapped.outstanding >= 0
    assert all(payment.amount > 0 for payment in mapped.payments)
    assert all(note.amount > 0 for note in mapped.credit_notes)
    assert all(notice.fee >= 0 for notice in mapped.notices)
    reminder = invoice.invoicePaymentReminder
    is_notice = reminder is not None and reminder.paymentReminderType == "DEBT_COLLECTION_NOTICE"
    said = any(event.eventType == "SENT_DEBT_COLLECTION_REMINDER" for event in told)
    if not is_notice and not said:  # nothing but these two proves a collection notice
        assert all(letter.kind is NoticeKind.REMINDER for letter in mapped.notices)
    if mapped.debtor.kind is DebtorKind.ORGANIZATION:
        assert customer.customerType == "ORGANIZATION"
        assert mapped.debtor.birth_date is None


@given(words, words, words, st.lists(events, max_size=4))
def test_a_status_is_read_whatever_it_is(
    kind: str | None, status: str | None, at_kravia: str | None, told: list[wire.InvoiceEvent]
) -> None:
    standing = status_from_conta(
        invoice_type=kind, status=status, kravia_status=at_kravia, events=told
    )
    if isinstance(standing, StillOpen):
        assert (kind, at_kravia) == ("NORMAL", None)


@given(payments, texts)
def test_a_payment_is_split_whatever_it_holds(payment: wire.Payment, currency: str | None) -> None:
    receipts = payment_from_conta(payment, invoice_id=7, currency=currency or "NOK")
    assert all(receipt.conta_payment_id == payment.id for receipt in receipts)


@given(invoices)
def test_a_postponement_is_always_later_than_the_due_date(invoice: wire.Invoice) -> None:
    until = postponement_from_conta(invoice)
    due = invoice.invoiceDueDate or date.min
    assert until is None or (until == invoice.followUpDate and until > due)


@given(numbers, numbers)
def test_a_booking_carries_only_ids_conta_can_have(
    department: str | None, project: str | None
) -> None:
    booking = payment_to_conta(
        paid_on=date(2026, 11, 24),
        amount=Decimal(1),
        settlement_id="41",
        line=1,
        kravia_invoice_id="7",
        bank_account_id=None,
        department=department,
        project=project,
    )
    for number in (booking.departmentId, booking.projectId):
        assert number is None or 0 < number < 2**63
