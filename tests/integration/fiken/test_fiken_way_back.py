"""What Kravia pays out stands in Fiken once, whatever became of the call."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from gateway.workers import doubts

TODAY = date(2026, 11, 24)

DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.CLOSE, {"applied": False}),
    (FaultKind.HALF_ANSWER, {}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.STATUS, {"status": 500, "applied": True}),
    (FaultKind.STATUS, {"status": 504, "applied": False}),
    (FaultKind.HANG, {}),
]


async def doubted(world: Any, kind: FaultKind = FaultKind.HANG, **more: Any) -> int:
    """A booking that was sent and of whose outcome nothing is known."""
    made: int = await world.paid_out()
    world.fail(kind, **more)
    await world.poll_kravia()
    await world.deliver()
    assert (await world.booking())["state"] == "in_doubt"
    return made


async def test_each_line_is_booked_once_and_is_no_news(world: Any) -> None:
    made = await world.paid_out()
    await world.settle()
    assert world.booked() == [(made, 100_000)]
    [(_, payment)] = world.fiken.books.api_payments
    assert (payment.account, payment.on) == ("1920:10001", TODAY)

    await world.news()
    await world.settle()

    assert (await world.booking())["state"] == "delivered"
    assert world.reported() == []  # it is the agency's money: never told back
    assert world.booked() == [(made, 100_000)]
    assert await world.tasks() == []


@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_a_doubtful_post_is_booked_once(
    world: Any, kind: FaultKind, more: dict[str, Any]
) -> None:
    made = await world.paid_out()
    world.fail(kind, **more)
    await world.settle()
    world.pass_time(minutes=5)
    await world.settle()
    await world.news()
    await world.settle()

    assert world.booked() == [(made, 100_000)]
    assert world.fiken.books.doubled == ()
    assert (await world.booking())["state"] == "delivered"
    assert await world.items("doubts.list") == []
    assert world.reported() == []


async def test_it_is_not_sent_again_before_the_settle_window_is_over(world: Any) -> None:
    await doubted(world)
    for _ in range(3):
        world.pass_time(seconds=31)
        await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
        await world.deliver()
        assert world.fiken.calls["create_payment"] == 1

    world.pass_time(seconds=31)
    await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    await world.deliver()
    assert world.fiken.calls["create_payment"] == 2
    assert len(world.booked()) == 1


async def test_a_process_that_dies_after_the_post_books_nothing_twice(world: Any) -> None:
    made = await doubted(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.restart()
    world.pass_time(minutes=5)
    await world.settle()
    assert world.booked() == [(made, 100_000)]


async def test_a_payment_of_another_account_is_never_taken_for_ours(world: Any) -> None:
    made = await doubted(world)
    theirs = world.fiken.pay(made, 100_000, on=TODAY, account="1920:10002")
    world.pass_time(minutes=5)
    await world.settle()
    [doubt] = await world.items("doubts.list")
    assert (doubt["state"], doubt["candidates"]) == ("parked", [str(theirs)])
    assert world.booked() == []


async def test_a_429_is_waited_out_and_booked_once(world: Any) -> None:
    made = await world.paid_out()
    world.fail(FaultKind.STATUS, status=429, retry_after_seconds=5)
    await world.settle()
    world.pass_time(minutes=2)
    await world.settle()
    assert world.booked() == [(made, 100_000)]
    assert (await world.booking())["state"] == "delivered"


async def test_what_fiken_refuses_is_a_task_for_a_bookkeeper(world: Any) -> None:
    await world.paid_out()
    world.fail(FaultKind.STATUS, status=400, name="period_closed", applied=False)
    await world.settle()
    message = await world.booking()
    assert message["state"] == "parked"
    assert "period_closed" in message["last_error"]
    assert await world.tasks() == ["book_by_hand"]
    assert world.booked() == []


@pytest.mark.parametrize(("kind", "times"), [(FaultKind.STATUS, 3), (FaultKind.HTML, 1)])
async def test_a_sale_that_cannot_be_read_before_the_post_is_no_doubt(
    world: Any, kind: FaultKind, times: int
) -> None:
    made = await world.paid_out()
    await world.poll_kravia()
    world.fail(kind, "invoice", times=times, after=1)
    await world.deliver()
    assert (await world.booking())["state"] == "pending"
    assert world.fiken.calls.get("create_payment", 0) == 0
    world.pass_time(minutes=10)
    await world.settle()
    assert world.booked() == [(made, 100_000)]


async def test_an_amount_goes_to_the_ore(world: Any) -> None:
    made = await world.paid_out("1000.07")
    await world.settle()
    assert world.booked() == [(made, 100_007)]
    await world.news()
    await world.settle()
    assert (await world.claim(made))["receipts"][0]["amount"] == "1000.07"
