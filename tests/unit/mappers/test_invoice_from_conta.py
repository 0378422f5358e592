"""What the simulated Conta tells of an invoice, as the domain sees it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.conta.assumptions import Assumptions, parse_assumptions
from clients.conta.client import ContaClient
from clients.conta.simulator import ContaSimulator
from clients.simulated_transport import DirectTransport
from gateway.domain.invoice import Channel, CreditNote, Invoice, Notice, NoticeKind, Objection
from mappers.invoice_from_conta import FactsMissing, invoice_from_conta
from mappers.postponement_from_conta import postponement_from_conta

DOCUMENT = tomllib.loads((Path(__file__).parents[3] / "config" / "conta.toml").read_text())
SENT = date(2026, 9, 17)
DEADLINE = date(2026, 10, 1)


class World:
    """One simulated Conta with an invoice of 2250.00, and its mapping."""

    def __init__(self, **changes: object) -> None:
        self.assumptions: Assumptions = parse_assumptions(merge_assumptions(DOCUMENT, changes))
        now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        self.conta = ContaSimulator(self.assumptions, now=now, organization_id=4242)
        self.client = ContaClient(
            DirectTransport(self.conta), self.assumptions, lambda: "key", organization_id=4242
        )
        customer_id = self.conta.add_customer("Kari  Nordmann\n", email="kari@example.com")
        self.invoice_id = self.conta.issue_invoice(
            customer_id,
            Decimal("2250.00"),
            invoice_date=date(2026, 8, 3),
            due_date=date(2026, 8, 17),
            department_id=self.conta.add_department("Oslo"),
            project_id=self.conta.add_project("Fjord"),
        )

    async def mapped(self) -> Invoice:
        invoice = await self.client.invoice(self.invoice_id)
        mapped = invoice_from_conta(
            invoice,
            await self.client.customer(invoice.customerId or 0),
            await self.client.events(self.invoice_id),
            await self.client.payments(self.invoice_id),
            self.assumptions,
        )
        assert isinstance(mapped, Invoice)
        return mapped

    def letter(self, method: str = "MAIL", **facts: str | int) -> None:
        self.conta.send_letter(
            self.invoice_id,
            on=SENT,
            due_date=DEADLINE,
            delivery_method=method,
            fee=Decimal("38.00"),
            interest=Decimal("4.10"),
            facts=facts,
        )


@pytest.fixture
def world() -> World:
    return World()


async def test_an_invoice_carries_what_conta_knows(world: World) -> None:
    mapped = await world.mapped()
    assert mapped.id == str(world.invoice_id)
    assert mapped.number == "20001"
    assert (mapped.issue_date, mapped.due_date) == (date(2026, 8, 3), date(2026, 8, 17))
    assert (mapped.total, mapped.outstanding) == (Decimal("2250.00"), Decimal("2250.00"))
    assert (mapped.currency, mapped.description) == ("NOK", "Consulting")
    assert (mapped.department, mapped.project) == ("11", "701")
    assert mapped.kid is not None
    assert mapped.kid.startswith("0")
    assert mapped.supplied_on == date(2026, 8, 3)
    assert mapped.delivery_evidence == "email"
    assert mapped.pdf_url is None  # Conta's link is temporary: it is fetched for who asks
    assert mapped.debtor.name == "Kari Nordmann"
    assert (mapped.notices, mapped.payments, mapped.credit_notes) == ((), (), ())
    assert (mapped.objection, mapped.payment_plan, mapped.version) == (None, None, None)


@pytest.mark.parametrize(
    ("method", "channel"),
    [
        ("MAIL", Channel.POST),
        ("EMAIL", Channel.EMAIL),
        ("EFAKTURA", Channel.EFAKTURA),
        ("EHF", None),
        ("NONE", None),
    ],
)
async def test_a_notice_s_channel_comes_from_the_timeline_and_its_deadline_from_the_reminder(
    world: World, method: str, channel: Channel | None
) -> None:
    world.letter(method)
    mapped = await world.mapped()
    assert mapped.notices == (
        Notice(
            kind=NoticeKind.COLLECTION_NOTICE,
            sent_on=SENT,
            deadline=DEADLINE,
            channel=channel,
            fee=Decimal("38.00"),
        ),
    )
    assert mapped.interest_claimed == Decimal("4.10")


async def test_a_notice_counts_from_the_day_it_went_not_from_the_day_it_was_made(
    world: World,
) -> None:
    world.conta.send_letter(
        world.invoice_id,
        on=SENT,
        due_date=DEADLINE,
        delivery_method="EMAIL",
        sent_on=date(2026, 9, 21),
    )
    (notice,) = (await world.mapped()).notices
    assert notice.sent_on == date(2026, 9, 21)


@pytest.mark.parametrize(
    ("method", "field", "status"),
    [
        ("MAIL", "snailMailStatus", "FAILED"),
        ("MAIL", "snailMailStatus", "WAITING"),
        ("EMAIL", "lastEmailEventType", "BOUNCED"),
        ("EFAKTURA", "efakturaStatus", "REJECTED"),
    ],
)
async def test_a_notice_that_did_not_arrive_is_none(
    world: World, method: str, field: str, status: str
) -> None:
    world.letter(method, **{field: status})
    assert (await world.mapped()).notices == ()


async def test_a_notice_that_arrived_at_the_second_try_counts_from_that(world: World) -> None:
    world.letter("EMAIL", lastEmailEventType="BOUNCED")
    invoice = world.conta.books.invoices[world.invoice_id]
    world.conta.books.tell(
        invoice,
        "INVOICE_AND_PAYMENT_REMINDER_RESENT_BY_POSTAL_MAIL",
        on=date(2026, 9, 22),
        facts={"snailMailStatus": "SENT"},
    )
    (notice,) = (await world.mapped()).notices
    assert (notice.sent_on, notice.channel) == (date(2026, 9, 22), Channel.POST)


async def test_a_notice_only_made_counts_by_assumption() -> None:
    world = World(letters={"created_counts_as_sent": False})
    world.letter("NONE")
    assert (await world.mapped()).notices == ()
    world.letter("MAIL")
    assert [notice.channel for notice in (await world.mapped()).notices] == [Channel.POST]


async def test_an_earlier_letter_counts_as_a_reminder_whatever_it_was(world: World) -> None:
    world.conta.send_letter(
        world.invoice_id, on=date(2026, 9, 1), due_date=date(2026, 9, 15), is_notice=True
    )
    world.letter()
    first, second = (await world.mapped()).notices
    assert (first.kind, first.sent_on) == (NoticeKind.REMINDER, date(2026, 9, 1))
    assert (first.deadline, first.fee) == (date(2026, 9, 15), Decimal(0))
    assert (second.kind, second.sent_on) == (NoticeKind.COLLECTION_NOTICE, SENT)


async def test_a_notice_only_the_timeline_tells_of_is_one_without_proof_of_its_fee(
    world: World,
) -> None:
    invoice = world.conta.books.invoices[world.invoice_id]
    world.conta.books.tell(invoice, "SENT_DEBT_COLLECTION_REMINDER", on=SENT)
    (notice,) = (await world.mapped()).notices
    assert notice == Notice(kind=NoticeKind.COLLECTION_NOTICE, sent_on=SENT)


async def test_a_waived_fee_is_not_claimed(world: World) -> None:
    world.letter()
    world.conta.delete_late_fees(world.invoice_id)
    mapped = await world.mapped()
    assert [notice.fee for notice in mapped.notices] == [Decimal(0)]
    assert mapped.interest_claimed is None


@pytest.mark.parametrize("waived", [False, True])
async def test_principal_is_principal_also_where_conta_adds_fees_to_what_remains(
    *, waived: bool
) -> None:
    world = World(payments={"remaining_includes_late_fees": True})
    world.letter()
    if waived:
        world.conta.delete_late_fees(world.invoice_id)
    told = await world.client.invoice(world.invoice_id)
    assert told.sumRemaining == Decimal("2250.00") + (0 if waived else Decimal("42.10"))
    assert (await world.mapped()).outstanding == Decimal("2250.00")


async def test_payments_and_credit_notes_explain_what_remains(world: World) -> None:
    conta, number = world.conta, world.invoice_id
    conta.pay_by_ocr(number, Decimal("1000.00"), on=date(2026, 9, 20))
    other = conta.issue_invoice(510_001, Decimal(50), invoice_date=SENT)
    conta.pay_by_hand({number: Decimal("200.00"), other: Decimal(50)}, on=SENT)
    conta.delete_payment(conta.pay_by_hand({number: Decimal(7)}, on=SENT))
    before = await world.mapped()
    assert [payment.amount for payment in before.payments] == [Decimal(1000), Decimal(200)]
    assert before.outstanding == Decimal("1050.00")

    note = conta.credit(number, on=date(2026, 10, 2))
    mapped = await world.mapped()
    assert mapped.outstanding == 0
    assert mapped.credit_notes == (
        CreditNote(id=str(note), issued_on=date(2026, 10, 2), amount=Decimal("1050.00")),
    )
    paid = sum((payment.amount for payment in mapped.payments), Decimal(0))
    assert mapped.total - paid - mapped.credit_notes[0].amount == mapped.outstanding
    conta.delete_credit_note(note)
    assert await world.mapped() == before


async def test_the_newest_objection_stays_open(world: World) -> None:
    world.conta.object_to(world.invoice_id, on=date(2026, 9, 1))
    world.conta.object_to(world.invoice_id, on=date(2026, 10, 1))
    assert (await world.mapped()).objection == Objection(raised_on=date(2026, 10, 1))


@pytest.mark.parametrize(
    ("act", "until"),
    [
        (lambda _: None, None),
        (lambda world: world.letter(), None),
        (lambda world: world.conta.postpone(world.invoice_id, DEADLINE), DEADLINE),
        (lambda world: world.conta.postpone(world.invoice_id, date(2026, 8, 1)), None),
    ],
)
async def test_a_follow_up_moved_by_a_user_is_told_from_one_conta_set(
    world: World, act: Callable[[World], None], until: date | None
) -> None:
    act(world)
    assert postponement_from_conta(await world.client.invoice(world.invoice_id)) == until


async def test_an_invoice_without_its_core_names_what_is_missing(world: World) -> None:
    invoice = await world.client.invoice(world.invoice_id)
    customer = await world.client.customer(invoice.customerId or 0)
    gap = replace(invoice, invoiceNo=None, sumRemaining=None)
    assert invoice_from_conta(gap, customer, (), (), world.assumptions) == FactsMissing(
        fields=("invoiceNo", "sumRemaining")
    )


async def test_undelivered_invoices_bring_no_evidence(world: World) -> None:
    invoice = world.conta.books.invoices[world.invoice_id]
    invoice.events.clear()
    world.conta.books.tell(invoice, "INVOICE_SENT_BY_EHF", facts={"ehfStatus": "FAILED"})
    assert (await world.mapped()).delivery_evidence is None
    world.conta.books.tell(invoice, "INVOICE_RESENT_BY_POSTAL_MAIL")
    assert (await world.mapped()).delivery_evidence == "post"


async def test_a_letter_the_timeline_does_not_tell_of_is_still_one(world: World) -> None:
    world.letter()
    world.conta.books.invoices[world.invoice_id].events.clear()
    (notice,) = (await world.mapped()).notices
    assert (notice.sent_on, notice.deadline, notice.channel) == (SENT, DEADLINE, None)


async def test_a_reminder_followed_by_a_notice_is_two_letters(world: World) -> None:
    conta, number = world.conta, world.invoice_id
    conta.send_letter(number, on=date(2026, 9, 1), due_date=date(2026, 9, 15), is_notice=False)
    conta.books.tell(
        conta.books.invoices[number],
        "SENT_DEBT_COLLECTION_REMINDER",
        on=SENT,
        facts={"deliveryMethod": "MAIL", "followUpDate": DEADLINE.isoformat()},
    )
    first, second = (await world.mapped()).notices
    assert (first.kind, first.deadline) == (NoticeKind.REMINDER, date(2026, 9, 15))
    assert second == Notice(
        kind=NoticeKind.COLLECTION_NOTICE, sent_on=SENT, deadline=DEADLINE, channel=Channel.POST
    )


async def test_a_letter_nobody_dates_is_left_out(world: World) -> None:
    world.letter("NONE")
    invoice = await world.client.invoice(world.invoice_id)
    assert invoice.invoicePaymentReminder is not None
    undated = replace(invoice.invoicePaymentReminder, date=None)
    customer = await world.client.customer(invoice.customerId or 0)
    gap = replace(invoice, invoicePaymentReminder=undated)
    mapped = invoice_from_conta(gap, customer, (), (), world.assumptions)
    assert isinstance(mapped, Invoice)
    assert mapped.notices == ()
