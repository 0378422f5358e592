"""Webhook models to domain values: exact, total, and in the contract's own words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_args

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.domain.invoice import (
    Address,
    Channel,
    CreditNote,
    DebtorKind,
    Insolvency,
    InsolvencyKind,
    Invoice,
    NoticeKind,
    Objection,
    ObjectionOutcome,
    Payment,
    PaymentPlan,
)
from gateway.schema import invoice as schema
from gateway.schema.webhooks import (
    KNOWN_EVENT,
    CreditNoteIssuedEvent,
    InvoiceEvent,
    ObjectionRaisedEvent,
    PaymentReceivedEvent,
)
from mappers.credit_note_from_webhook import credit_note_from_webhook
from mappers.invoice_from_webhook import invoice_from_webhook
from mappers.objection_from_webhook import objection_from_webhook
from mappers.payment_from_webhook import payment_from_webhook


def mapped(*, debtor: dict[str, object] | None = None, **invoice: Any) -> Invoice:
    body = orjson.dumps(ledger_events.invoice_body(debtor=debtor, **invoice))
    event = KNOWN_EVENT.validate_json(body)
    assert isinstance(event, InvoiceEvent)
    return invoice_from_webhook(event.data)


def test_the_example_is_mapped_exactly() -> None:
    invoice = mapped()

    assert invoice.total == invoice.outstanding == Decimal("4800.00")
    assert invoice.due_date == date(2026, 8, 14)
    assert [n.kind for n in invoice.notices] == [NoticeKind.REMINDER, NoticeKind.COLLECTION_NOTICE]
    assert invoice.notices[0].channel is Channel.POST
    assert invoice.notices[0].fee == Decimal("38.00")
    assert invoice.debtor.kind is DebtorKind.PERSON
    assert invoice.debtor.address == Address(
        line1="Prøvegata 2", postal_code="5003", city="Bergen", country="NO"
    )
    assert (invoice.payments, invoice.credit_notes, invoice.objection) == ((), (), None)


def test_every_fact_a_webhook_can_carry_arrives() -> None:
    invoice = mapped(
        version=4,
        kid="2345676",
        demand_sent_on="2026-07-16",
        department="10",
        project="P7",
        pdf_url="https://x/y.pdf",
        invoice_url="https://x/y",
        delivery_evidence="ehf",
        payments=[{"id": "p", "paid_on": "2026-09-20", "amount": "1000.10"}],
        credit_notes=[{"id": "c", "issued_on": "2026-09-21", "amount": "5"}],
        objection={
            "raised_on": "2026-09-22",
            "text": "no",
            "amount": "1.00",
            "resolved_on": "2026-09-23",
            "outcome": "answered",
        },
        payment_plan={
            "agreed_on": "2026-09-24",
            "new_due_date": "2026-12-01",
            "broken_on": "2026-12-02",
        },
        compensation_claimed="450.00",
        interest_claimed="0",
        debtor={
            "kind": "organization",
            "organization_number": "974760673",
            "birth_date": "1990-01-01",
            "national_id": "x",
            "contract_on": "2026-01-01",
            "address": {"line1": "A", "line2": "B", "country": "no"},
            "phone": "+47",
            "protected_address": True,
            "deceased": True,
            "bankrupt": True,
            "insolvency": {"kind": "winding_up", "opened_on": "2026-01-02"},
        },
    )

    assert (invoice.version, invoice.kid, invoice.delivery_evidence) == (4, "2345676", "ehf")
    assert invoice.payments == (
        Payment(id="p", paid_on=date(2026, 9, 20), amount=Decimal("1000.10")),
    )
    assert invoice.credit_notes == (
        CreditNote(id="c", issued_on=date(2026, 9, 21), amount=Decimal(5)),
    )
    assert invoice.objection == Objection(
        raised_on=date(2026, 9, 22),
        text="no",
        amount=Decimal(1),
        resolved_on=date(2026, 9, 23),
        outcome=ObjectionOutcome.ANSWERED,
    )
    assert invoice.payment_plan == PaymentPlan(
        agreed_on=date(2026, 9, 24),
        new_due_date=date(2026, 12, 1),
        broken_on=date(2026, 12, 2),
    )
    assert (invoice.compensation_claimed, invoice.interest_claimed) == (Decimal(450), Decimal(0))
    debtor = invoice.debtor
    assert debtor.kind is DebtorKind.ORGANIZATION
    assert (debtor.protected_address, debtor.deceased, debtor.bankrupt) == (True, True, True)
    assert debtor.address == Address(line1="A", line2="B", country="NO")
    assert debtor.insolvency == Insolvency(
        kind=InsolvencyKind.WINDING_UP, opened_on=date(2026, 1, 2)
    )


def test_absent_lists_and_flags_are_empty_and_false() -> None:
    invoice = mapped(
        notices=None,
        payments=None,
        credit_notes=None,
        debtor={"deceased": None, "bankrupt": None, "protected_address": None, "address": None},
    )

    assert (invoice.notices, invoice.payments, invoice.credit_notes) == ((), (), ())
    debtor = invoice.debtor
    assert (debtor.deceased, debtor.bankrupt, debtor.protected_address) == (False, False, False)
    assert invoice.debtor.address is None


def test_a_notice_that_was_not_sent_is_no_notice() -> None:
    notices = [
        {"kind": "collection_notice", "sent_on": None, "fee": "38.00"},
        {"kind": "reminder", "sent_on": "2026-09-01", "channel": None, "fee": None},
    ]

    (notice,) = mapped(notices=notices).notices

    assert (notice.kind, notice.channel, notice.fee) == (NoticeKind.REMINDER, None, Decimal(0))


def test_money_and_objection_events_are_mapped() -> None:
    def event(type_: str, data: dict[str, object]) -> object:
        return KNOWN_EVENT.validate_json(orjson.dumps(ledger_events.event_body(type_, data)))

    payment = event("payment.received", ledger_events.payment_data(amount="12.50"))
    credit = event("credit_note.issued", ledger_events.credit_note_data(amount="7"))
    objection = event("objection.raised", ledger_events.objection_data(amount="3.00"))

    assert isinstance(payment, PaymentReceivedEvent)
    assert isinstance(credit, CreditNoteIssuedEvent)
    assert isinstance(objection, ObjectionRaisedEvent)
    assert payment_from_webhook(payment.data.payment) == Payment(
        id="pay-1", paid_on=date(2026, 11, 20), amount=Decimal("12.50")
    )
    assert credit_note_from_webhook(credit.data.credit_note) == CreditNote(
        id="cre-1", issued_on=date(2026, 11, 20), amount=Decimal(7)
    )
    assert objection_from_webhook(objection.data.objection) == Objection(
        raised_on=date(2026, 11, 20), amount=Decimal(3)
    )


@pytest.mark.parametrize(
    ("words", "enum"),
    [
        (schema.DebtorKindWord, DebtorKind),
        (schema.NoticeKindWord, NoticeKind),
        (schema.ChannelWord, Channel),
        (schema.InsolvencyKindWord, InsolvencyKind),
        (schema.ObjectionOutcomeWord, ObjectionOutcome),
    ],
)
def test_the_schema_and_the_domain_know_the_same_words(words: object, enum: type[StrEnum]) -> None:
    assert list(get_args(words)) == list(enum)
