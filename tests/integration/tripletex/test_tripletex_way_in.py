"""What happens in Tripletex reaches the claims, and what must not go to Kravia does not."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.exchange import Request
from clients.simulated_faults import FaultKind
from tests.integration.tripletex.conftest import TripletexWorld

TODAY = date(2026, 11, 24)


async def test_an_overdue_invoice_is_registered_once_with_its_letters(
    world: TripletexWorld,
) -> None:
    made = world.invoice()

    await world.sweep()
    await world.settle()

    claim = await world.claim(made)
    assert claim["state"] == "active"
    assert world.registered() == [str(made)]
    assert await world.events() == ["invoice.overdue"]
    assert await world.news() == Counter()


async def test_drafts_credit_notes_and_what_is_paid_make_no_claim(world: TripletexWorld) -> None:
    world.invoice(is_charged=False)
    credited, paid = world.invoice(), world.invoice()
    world.tripletex.credit(credited, on=TODAY)
    world.tripletex.pay_by_ocr(paid, Decimal("2250.00"), on=TODAY)

    await world.sweep()
    await world.settle()

    assert await world.items("claims.list") == []
    assert await world.alerts() == []


async def test_a_reminder_is_no_collection_notice(world: TripletexWorld) -> None:
    made = world.invoice(notice=False)
    world.tripletex.remind(
        made,
        on=date(2026, 9, 6),
        term_of_payment=date(2026, 9, 22),
        reminder_type="REMINDER",
        charge=Decimal("35.00"),
    )

    await world.sweep()
    await world.settle()

    assert world.registered() == []
    claim = await world.claim(made)
    assert Decimal(claim["outstanding"]) == Decimal("2250.00")  # the fee is no principal


async def test_postpone_reminders_to_holds_until_that_day(world: TripletexWorld) -> None:
    made = world.invoice()
    world.tripletex.postpone(made, date(2026, 11, 26))
    await world.sweep()
    await world.settle()
    assert world.registered() == []
    assert "GW-03" in await world.rules(made)

    world.set_time(world.now[0].replace(day=25))
    await world.settle()
    assert world.registered() == []

    world.set_time(world.now[0].replace(day=26))
    await world.sweep()
    await world.settle()
    assert world.registered() == [str(made)]


async def test_a_customer_in_factoring_is_never_handed_over(world: TripletexWorld) -> None:
    made = world.invoice()
    world.tripletex.send_to_factoring(world.customer)

    await world.sweep()
    await world.settle()

    assert world.registered() == []
    assert "GW-04" in await world.rules(made)
    assert (await world.claim(made))["state"] == "rejected"


async def test_a_letter_of_a_kind_nobody_knows_goes_to_a_person(world: TripletexWorld) -> None:
    made = world.invoice()
    world.tripletex.remind(made, on=TODAY, term_of_payment=TODAY, reminder_type="DEBT_COLLECTION")

    await world.sweep()
    await world.settle()

    assert world.registered() == []
    assert "GW-04" in await world.rules(made)


async def test_payments_at_tripletex_are_told_to_kravia_once(world: TripletexWorld) -> None:
    made = await world.active()
    paid = world.tripletex.pay_by_ocr(made, Decimal("250.00"), on=TODAY)

    assert await world.news() == Counter({"payment.received": 1, "invoice.overdue": 1})
    await world.settle()
    assert world.reported() == [(str(paid), Decimal("250.00"))]

    assert await world.news() == Counter()
    await world.settle()
    assert len(world.reported()) == 1


async def test_one_payment_that_closes_two_invoices_counts_on_each(world: TripletexWorld) -> None:
    first, second = world.invoice(), world.invoice("1000.00")
    await world.sweep()
    await world.settle()
    paid = world.tripletex.pay_several([first, second], on=TODAY)

    await world.news()
    await world.settle()

    assert sorted(world.reported()) == [
        (f"{paid}-{first}", Decimal("2250.00")),
        (f"{paid}-{second}", Decimal("1000.00")),
    ]


async def test_a_payment_taken_back_is_a_reversal(world: TripletexWorld) -> None:
    made = await world.active()
    paid = world.tripletex.pay_by_hand(made, Decimal("250.00"), on=TODAY)
    await world.news()
    await world.settle()

    world.tripletex.take_back(paid, on=TODAY)

    assert (await world.news())["payment.reversed"] == 1


async def test_more_than_the_remainder_may_stand_on_an_invoice(world: TripletexWorld) -> None:
    made = await world.active()
    world.tripletex.pay_by_hand(made, Decimal("3000.00"), on=TODAY)

    assert (await world.news())["payment.received"] == 1
    await world.settle()

    assert Decimal((await world.claim(made))["outstanding"]) == 0


async def test_a_credit_note_ends_the_claim(world: TripletexWorld) -> None:
    made = await world.active()
    note = world.tripletex.credit(made, on=TODAY)

    assert (await world.news())["credit_note.issued"] == 1
    await world.settle()

    assert world.reported() == [(str(note), Decimal("2250.00"))]
    assert await world.tasks() == []


async def test_a_loss_is_no_payment_and_goes_to_a_person(world: TripletexWorld) -> None:
    made = await world.active()
    world.tripletex.write_off(made, on=TODAY)

    assert "payment.received" not in await world.news()
    await world.settle()

    assert world.reported() == []
    assert await world.tasks() != []


async def test_a_payment_on_a_claim_that_is_over_is_found(world: TripletexWorld) -> None:
    made = await world.active()
    world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)
    await world.news()
    await world.settle()

    world.tripletex.pay_by_ocr(made, Decimal("100.00"), on=TODAY)

    assert (await world.news())["payment.received"] == 1


async def test_what_was_paid_between_sweep_and_send_is_not_registered(
    world: TripletexWorld,
) -> None:
    made = world.invoice()
    await world.sweep()
    world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)

    await world.settle()

    assert world.registered() == []
    assert (await world.claim(made))["state"] != "active"


async def test_a_ledger_that_does_not_answer_lets_nothing_go(world: TripletexWorld) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    world.fail(FaultKind.STATUS, "invoice", times=None)

    for _ in range(3):
        await world.deliver()
        await world.poll_kravia()
        world.pass_time(seconds=30)

    assert world.registered() == []
    assert (await world.claim(made))["state"] == "sending"


async def test_a_new_address_is_found(world: TripletexWorld) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()

    world.tripletex.change_address(world.customer, ("Storgata 2", "", "5003", "Bergen", "NO"))
    news = await world.news()

    assert news == Counter({"invoice.overdue": 1})
    assert (await world.claim(made))["state"] != "rejected"


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("call", range(1, 8))
async def test_a_sweep_killed_at_any_call_loses_and_doubles_nothing(
    world: TripletexWorld, call: int
) -> None:
    first, second = world.invoice(), world.invoice("1000.00")
    left = [call]

    def kill(_request: Request) -> None:
        left[0] -= 1
        if not left[0]:
            raise _Killed

    world.wire.before = kill
    with contextlib.suppress(_Killed):
        await world.sweep()
    world.wire.before = lambda _request: None
    await world.restart()

    await world.sweep()
    await world.settle()

    assert sorted(world.registered()) == [str(first), str(second)]
    assert await world.events() == ["invoice.overdue"] * 2


async def test_creditors_check_says_what_stopped_and_what_is_not_told(
    world: TripletexWorld,
) -> None:
    told = await world.call("creditors.check", creditor="acme")
    assert told["ledger_name"] == "Nordlys Konsult AS"
    assert "nothing is subscribed to closeGroup.create" in told["ledger_faults"][0]
    assert any("bankruptcy" in each for each in told["ledger_cannot_tell"])

    number = world.tripletex.subscribe("closegroup.create", "https://gateway.example/", "s")
    assert (await world.call("creditors.check", creditor="acme"))["ledger_faults"] == []

    world.tripletex.books.subscriptions[number].status = "DISABLED_TOO_MANY_ERRORS"
    told = await world.call("creditors.check", creditor="acme")
    assert "DISABLED_TOO_MANY_ERRORS" in told["ledger_faults"][0]

    world.tripletex.company_id = 6060
    world.tripletex.books.sessions.clear()
    told = await world.call("creditors.check", creditor="acme")
    assert not told["clean"]


async def test_a_sweep_without_news_costs_four_calls_and_the_night_reads_what_is_open(
    world: TripletexWorld,
) -> None:
    made = await world.active()
    world.tripletex.pay_by_ocr(made, Decimal("250.00"), on=TODAY)
    await world.news()
    await world.settle()
    world.pass_time(days=2)
    await world.sweep()  # the first of the day makes a session, and reads what is open
    before = Counter(world.tripletex.calls)

    await world.news()

    spent = Counter(world.tripletex.calls) - before
    assert spent == Counter({"invoices": 1, "postings": 2, "customers": 1})
    assert before["create_session"] == 2

    world.set_time(world.now[0].replace(day=27, hour=3, minute=30))  # 04:30 in Oslo
    before = Counter(world.tripletex.calls)
    await world.news()
    assert (Counter(world.tripletex.calls) - before)["invoice"] == 1


async def test_a_payment_on_an_invoice_no_list_has_shown_is_looked_up_once(
    world: TripletexWorld,
) -> None:
    made = await world.active()
    world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)
    await world.news()
    await world.settle()
    source: Any = world.gateway.ledgers["acme"].source
    source._ids_by_number.clear()
    source.unpaid = _nothing

    world.tripletex.pay_by_ocr(made, Decimal("100.00"), on=TODAY)
    for _ in range(2):
        before = world.tripletex.calls["invoices"]
        await world.news()

    assert world.tripletex.calls["invoices"] == before
    assert (await world.events()).count("payment.received") == 2


async def _nothing() -> AsyncIterator[tuple[Any, ...]]:
    yield ()
