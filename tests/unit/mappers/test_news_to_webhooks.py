"""Two readings of one invoice become the events that a ledger would have sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import orjson
import pytest

from gateway.domain.claim import CloseReason
from gateway.domain.invoice import (
    Address,
    Channel,
    CreditNote,
    Debtor,
    DebtorKind,
    Elsewhere,
    ElsewhereStanding,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    NoticeKind,
    Objection,
    ObjectionOutcome,
    Payment,
    PaymentPlan,
)
from gateway.schema.webhooks import (
    CollectionWithdrawnEvent,
    InvoiceEvent,
    ParsedEvent,
    PaymentReceivedEvent,
    parse_event,
)
from gateway.storage import facts
from mappers.elsewhere_from_conta import elsewhere_from_conta
from mappers.invoice_from_webhook import invoice_from_webhook
from mappers.invoice_to_webhook import invoice_to_webhook
from mappers.news_to_webhooks import NewEvent, news_to_webhooks, withdrawn
from mappers.payment_from_webhook import payment_from_webhook
from mappers.status_from_conta import (
    AtKraviaByConta,
    ContaStanding,
    Ended,
    NotAClaim,
    Sold,
    StillOpen,
    UnknownStatus,
)

DAY = date(2026, 11, 24)
PLAIN = Invoice(
    id="7100001",
    number="20001",
    issue_date=date(2026, 8, 3),
    currency="NOK",
    total=Decimal("2250.00"),
    outstanding=Decimal("2250.00"),
    debtor=Debtor(number="510001", name="Kari Nordmann", kind=DebtorKind.PERSON),
)
FULL = replace(
    PLAIN,
    version=4,
    due_date=date(2026, 8, 17),
    kid="2345676",
    description="Consulting",
    supplied_on=date(2026, 7, 31),
    demand_sent_on=date(2026, 8, 3),
    department="10",
    project="P7",
    pdf_url="https://files.example/1.pdf",
    invoice_url="https://ledger.example/1",
    delivery_evidence="ehf",
    outstanding=Decimal("1150.00"),
    notices=(
        Notice(
            kind=NoticeKind.COLLECTION_NOTICE,
            sent_on=date(2026, 9, 17),
            deadline=date(2026, 10, 1),
            channel=Channel.POST,
            fee=Decimal("38.00"),
        ),
        Notice(kind=NoticeKind.REMINDER, sent_on=date(2026, 9, 1)),
    ),
    payments=(
        Payment(id="p1", paid_on=DAY, amount=Decimal("1000.00")),
        Payment(id="p2", paid_on=DAY, amount=Decimal("50.00"), from_agency=True),
    ),
    credit_notes=(CreditNote(id="c1", issued_on=DAY, amount=Decimal("50.00")),),
    objection=Objection(
        raised_on=DAY,
        text="Never got it",
        amount=Decimal("10.00"),
        resolved_on=DAY,
        outcome=ObjectionOutcome.ANSWERED,
    ),
    payment_plan=PaymentPlan(agreed_on=DAY, new_due_date=DAY, broken_on=DAY),
    compensation_claimed=Decimal("430.00"),
    interest_claimed=Decimal("1.00"),
    postponed_until=date(2026, 12, 10),
    elsewhere=Elsewhere(standing=ElsewhereStanding.SOLD, word="SOLD_TO_EASYBANK"),
    debtor=Debtor(
        number="510001",
        name="Kari Nordmann ENK",
        kind=DebtorKind.PERSON,
        organization_number="923609016",
        birth_date=date(1980, 5, 1),
        national_id="01058012345",
        contract_on=DAY,
        address=Address(
            line1="Storgata 1", line2="H0101", postal_code="0154", city="Oslo", country="NO"
        ),
        email="kari@example.com",
        phone="99999999",
        protected_address=True,
        deceased=True,
        bankrupt=True,
        insolvency=Insolvency(kind=InsolvencyKind.WINDING_UP, opened_on=DAY, ended_on=DAY),
    ),
)


def parsed(event: NewEvent) -> ParsedEvent:
    found = parse_event(orjson.dumps({"type": event.type, "data": event.data}))
    assert isinstance(found, ParsedEvent), found
    return found


def news(before: Invoice | None, after: Invoice, **how: bool) -> tuple[NewEvent, ...]:
    return news_to_webhooks(
        before,
        after,
        version=7,
        is_overdue=how.get("is_overdue", True),
        written_off=how.get("written_off", False),
        today=DAY,
    )


@pytest.mark.parametrize("invoice", [PLAIN, FULL], ids=["plain", "full"])
def test_a_body_reads_back_as_the_same_invoice(invoice: Invoice) -> None:
    found = parsed(NewEvent(type="invoice.overdue", data=invoice_to_webhook(invoice)))

    assert isinstance(found.event, InvoiceEvent)
    assert invoice_from_webhook(found.event.data) == invoice


@pytest.mark.parametrize("invoice", [PLAIN, FULL], ids=["plain", "full"])
def test_kept_facts_load_as_the_same_invoice(invoice: Invoice) -> None:
    assert facts.load(facts.dump(invoice)) == invoice


def test_fields_that_came_later_leave_older_facts_unchanged() -> None:
    kept = orjson.loads(facts.dump(replace(PLAIN, payments=FULL.payments[:1])))

    assert not {"postponed_until", "elsewhere"} & set(kept)
    assert set(kept["payments"][0]) == {"id", "paid_on", "amount"}


def test_the_first_reading_is_an_overdue_invoice_with_the_version_given() -> None:
    [event] = news(None, PLAIN)

    found = parsed(event).event
    assert isinstance(found, InvoiceEvent)
    assert (found.type, found.data.invoice.version) == ("invoice.overdue", 7)


@pytest.mark.parametrize("how", [{"is_overdue": False}, {"written_off": True}])
def test_a_first_reading_of_what_is_no_claim_is_no_news(how: dict[str, bool]) -> None:
    assert news(None, PLAIN, **how) == ()


def test_money_and_objections_come_before_the_snapshot() -> None:
    before = replace(PLAIN, payments=(Payment(id="p0", paid_on=DAY, amount=Decimal(1)),))

    events = news(before, FULL, is_overdue=False)

    assert [event.type for event in events] == [
        "payment.reversed",
        "payment.received",
        "payment.received",
        "credit_note.issued",
        "objection.raised",
        "invoice.updated",
    ]
    found = [parsed(event).event for event in events]
    payments = [each.data.payment for each in found if isinstance(each, PaymentReceivedEvent)]
    assert [payment_from_webhook(each) for each in payments] == list(FULL.payments)


def test_what_is_known_is_told_once() -> None:
    assert [event.type for event in news(FULL, FULL)] == ["invoice.overdue"]


def test_a_write_off_is_told_with_its_cause_and_no_snapshot() -> None:
    [event] = news(PLAIN, replace(PLAIN, outstanding=Decimal(0)), written_off=True)

    found = parsed(event).event
    assert isinstance(found, CollectionWithdrawnEvent)
    assert found.data.cause == CloseReason.WRITTEN_OFF.value


def test_a_deletion_is_a_valid_event() -> None:
    found = parsed(withdrawn("1", "deleted in the ledger", "deleted")).event

    assert isinstance(found, CollectionWithdrawnEvent)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (StillOpen(), None),
        (NotAClaim(word="CASH"), None),
        (Ended(reason=None, word="CLOSED_FROM_REGNSKAP"), None),
        (AtKraviaByConta(running=True, word="w"), ElsewhereStanding.RUNNING),
        (AtKraviaByConta(running=False, word="w"), ElsewhereStanding.ENDED),
        (Sold(word="w"), ElsewhereStanding.SOLD),
        (UnknownStatus(word="w"), ElsewhereStanding.UNKNOWN),
    ],
)
def test_every_standing_in_conta_has_a_meaning(
    standing: ContaStanding, expected: ElsewhereStanding | None
) -> None:
    found = elsewhere_from_conta(standing)

    assert (None if found is None else found.standing) is expected
