"""What Kravia pays out is booked in Tripletex once, whatever becomes of the call."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from gateway.workers import doubts
from tests.integration.tripletex.conftest import PAYMENT_TYPE, Document, TripletexWorld

THOUSAND = Decimal("1000.00")
TODAY = date(2026, 11, 24)

DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.RESET, {"applied": False}),
    (FaultKind.HALF_ANSWER, {}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.OVERSIZED, {}),
    (FaultKind.STATUS, {"status": 500, "applied": True}),
    (FaultKind.STATUS, {"status": 504, "applied": False}),
    (FaultKind.HANG, {}),
]


@pytest.fixture
def creditor() -> Document:
    return {"payout_model": "batch"}


@pytest.fixture
def ledger(request: Any) -> Document:
    """Parametrised (indirectly) with what a test adds beside the payment type."""
    return {"payment_type_id": PAYMENT_TYPE, **getattr(request, "param", {})}


async def resolve(world: TripletexWorld) -> None:
    await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    await world.deliver()


async def receipts(world: TripletexWorld, invoice: int) -> list[tuple[str, str]]:
    """State and amount of what the claim knows to be booked in the ledger."""
    claim = await world.claim(invoice)
    return [(each["state"], each["amount"]) for each in claim["receipts"]]


async def test_a_settlements_line_is_booked_once_and_never_told_back(
    world: TripletexWorld,
) -> None:
    made = await world.paid_out()
    await world.settle()
    await world.restart()
    await world.settle()
    await world.news()
    await world.settle()

    [payment] = world.tripletex.books.api_payments
    assert (payment.on, payment.amount) == (TODAY, -THOUSAND)
    message = await world.message("ledger.booking")
    shown = await world.call("outbox.show", message_id=message["message_id"])
    assert (shown["state"], shown["result"]) == ("delivered", str(payment.id))
    assert await receipts(world, made) == [("payout", "1000.00")]
    assert world.reported() == []
    assert await world.tasks() == []


@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_a_doubtful_call_is_booked_once(
    world: TripletexWorld, kind: FaultKind, more: dict[str, Any]
) -> None:
    made = await world.paid_out()
    world.fail(kind, **more)
    await world.settle()
    world.pass_time(minutes=5)
    await world.settle()
    await world.news()
    await world.settle()

    assert world.booked() == [THOUSAND]
    assert (await world.message("ledger.booking"))["state"] == "delivered"
    assert await receipts(world, made) == [("payout", "1000.00")]
    assert world.reported() == []
    assert await world.tasks() == []


async def test_an_accepted_call_whose_payment_cannot_be_looked_up_is_not_sent_again(
    world: TripletexWorld,
) -> None:
    await world.paid_out()
    world.before_payment(lambda: world.fail(FaultKind.STATUS, "invoice", status=503, times=3))
    await world.poll_kravia()
    await world.deliver()
    assert (await world.message("ledger.booking"))["state"] == "in_doubt"

    world.pass_time(minutes=5)
    await resolve(world)

    assert (await world.message("ledger.booking"))["state"] == "delivered"
    assert world.booked() == [THOUSAND]


async def test_a_payment_like_ours_from_the_banks_file_is_not_taken_for_ours(
    world: TripletexWorld,
) -> None:
    made = await world.paid_out()
    world.before_payment(lambda: world.tripletex.pay_by_ocr(made, THOUSAND, on=world.now[0].date()))
    world.fail(FaultKind.HANG)
    await world.poll_kravia()
    await world.deliver()
    world.pass_time(minutes=5)
    await resolve(world)

    assert (await world.message("ledger.booking"))["state"] == "parked"
    assert world.booked() == []


async def test_two_payments_like_ours_are_left_to_a_person(world: TripletexWorld) -> None:
    made = await world.paid_out()
    world.before_payment(
        lambda: world.tripletex.pay_by_hand(made, THOUSAND, on=world.now[0].date())
    )
    await world.poll_kravia()
    await world.deliver()
    world.pass_time(minutes=5)
    await resolve(world)

    assert (await world.message("ledger.booking"))["state"] == "parked"
    assert world.booked() == [THOUSAND]


async def test_a_session_that_ended_books_once(world: TripletexWorld) -> None:
    await world.paid_out()
    world.before_payment(world.tripletex.end_sessions)

    await world.settle()
    world.pass_time(minutes=5)
    await world.settle()

    assert world.booked() == [THOUSAND]


async def test_a_closed_period_is_left_to_a_person(world: TripletexWorld) -> None:
    world.tripletex.close_month(2026, 11)
    await world.paid_out()

    await world.settle()

    assert world.booked() == []
    message = await world.message("ledger.booking")
    assert message["state"] == "parked"
    assert await world.tasks() == ["book_by_hand"]


@pytest.mark.parametrize("ledger", [{"closed_period": "first_open_day"}], indirect=True)
async def test_a_closed_period_moves_the_booking_to_the_first_open_day(
    world: TripletexWorld,
) -> None:
    await world.paid_out()
    world.tripletex.close_month(2026, 11)
    world.set_time(world.now[0].replace(month=12, day=3))

    await world.settle()

    [payment] = world.tripletex.books.api_payments
    assert payment.on == date(2026, 12, 1)


@pytest.mark.parametrize("ledger", [{"payment_type_id": 9}], indirect=True)
async def test_a_payment_type_nobody_has_is_refused_and_said_beforehand(
    world: TripletexWorld,
) -> None:
    told = await world.call("creditors.check", creditor="acme")
    assert "the company has no payment type 9" in told["ledger_faults"]
    await world.paid_out()

    await world.settle()

    assert world.booked() == []
    assert (await world.message("ledger.booking"))["state"] == "parked"
