"""A booking whose outcome nobody knows stands in Conta once, or a person is asked."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from clients.exchange import Request
from clients.simulated_faults import FaultKind
from gateway.operations.errors import OperationError
from gateway.storage.tables import message as table
from gateway.workers import doubts
from outbox import store

THOUSAND = Decimal("1000.00")
TODAY = date(2026, 11, 24)

DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.RESET, {"applied": False}),
    (FaultKind.CLOSE, {"applied": True}),
    (FaultKind.HALF_ANSWER, {}),
    (FaultKind.GARBAGE, {"applied": False}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.OVERSIZED, {}),
    (FaultKind.STATUS, {"status": 500, "name": "SystemException", "applied": True}),
    (FaultKind.STATUS, {"status": 504, "name": "RestException", "applied": False}),
    (FaultKind.HANG, {}),
]

OTHER_CONTA = """
time_zone = "UTC"
writes_offsets = true
[lists]
page_size_rows = 3
sort = ""
[payments]
list_id = "payment"
remaining_includes_late_fees = true
settle_window_seconds = 20
"""


async def doubted(world: Any, back: Any, kind: FaultKind = FaultKind.HANG, **more: Any) -> int:
    """A booking that was sent and of whose outcome nothing is known."""
    made: int = await back.paid_out()
    back.fail(kind, **more)
    await world.poll_kravia()
    await world.deliver()
    assert (await back.message())["state"] == "in_doubt"
    return made


async def resolve(world: Any) -> None:
    await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    await world.deliver()


@pytest.mark.parametrize(
    ("kravia_assumptions", "conta_assumptions"),
    [("shipped", ""), ("other", OTHER_CONTA)],
    ids=["shipped", "other"],
    indirect=["kravia_assumptions"],
)
@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_whatever_goes_wrong_it_is_booked_once(
    world: Any, back: Any, kind: FaultKind, more: dict[str, Any], conta_assumptions: str
) -> None:
    made = await back.paid_out()
    back.fail(kind, **more)
    await world.settle()
    world.pass_time(minutes=5)
    await world.settle()
    await back.swept()

    assert back.payments() == [(made, THOUSAND)]
    assert world.conta.books.doubled == ()
    assert (await back.message())["state"] == "delivered"
    assert await back.receipts(made) == [("payout", "1000.00")]
    assert await world.items("doubts.list") == []
    assert world.reported() == []
    assert await world.tasks() == []


async def test_it_is_not_sent_again_before_the_settle_window_is_over(world: Any, back: Any) -> None:
    await doubted(world, back)
    for seconds in (31, 31, 31):
        world.pass_time(seconds=seconds)
        await resolve(world)
        assert world.conta.calls["create_payment"] == 1

    world.pass_time(seconds=31)
    await resolve(world)

    assert world.conta.calls["create_payment"] == 2
    assert len(back.payments()) == 1


async def test_an_invoice_that_cannot_be_read_proves_nothing(world: Any, back: Any) -> None:
    await doubted(world, back)
    back.fail(FaultKind.STATUS, "payments", status=503, times=None)
    for _ in range(5):
        world.pass_time(minutes=3)
        await resolve(world)
    assert (await back.message())["state"] == "in_doubt"
    assert world.conta.calls["create_payment"] == 1

    world.conta.faults.faults.clear()
    world.pass_time(minutes=3)
    await resolve(world)
    assert len(back.payments()) == 1


async def test_a_payment_of_another_day_or_amount_is_not_ours(world: Any, back: Any) -> None:
    made = await doubted(world, back)
    world.conta.pay_by_hand({made: THOUSAND}, on=TODAY - timedelta(days=1))
    world.conta.pay_by_hand({made: Decimal("99.00")}, on=TODAY)
    world.pass_time(minutes=3)
    await resolve(world)

    assert back.payments() == [(made, THOUSAND)]


async def test_more_than_one_is_a_persons_to_tell_apart(world: Any, back: Any) -> None:
    made = await doubted(world, back, FaultKind.ACCEPT_THEN_TIMEOUT)
    theirs = world.conta.pay_by_hand({made: THOUSAND}, on=TODAY)
    [ours] = world.conta.books.api_payments
    world.pass_time(minutes=3)
    await resolve(world)

    message = await back.message()
    assert message["state"] == "parked"
    [alert] = await world.items("alerts.list")
    assert alert["command"] == f"kravia-gateway doubts show {message['message_id']}"
    [doubt] = await world.items("doubts.list")
    assert set(doubt["candidates"]) == {str(ours.id), str(theirs)}
    shown = await world.call("doubts.show", message_id=message["message_id"])
    assert shown["sent"]["amount"] == "1000.00"
    assert {
        (each["payment_id"], each["date"], each["amount"], each["is_like_ours"])
        for each in shown["candidates"]
    } == {
        (str(ours.id), "2026-11-24", "1000.00", True),
        (str(theirs), "2026-11-24", "1000.00", True),
    }
    assert world.conta.calls["create_payment"] == 1

    # Neither is news while nobody knows which is ours; other news goes its way.
    world.conta.pay_by_ocr(made, Decimal("50.00"), on=TODAY)
    await back.swept()
    assert await back.receipts(made) == [("reported", "50.00")]

    with pytest.raises(OperationError, match="was not seen as new"):
        await world.call(
            "doubts.adopt",
            message_id=message["message_id"],
            kravia_invoice_id="1",
            reason="a test",
        )
    await world.call(
        "doubts.adopt",
        message_id=message["message_id"],
        kravia_invoice_id=str(ours.id),
        reason="a test",
    )
    await back.swept()

    assert sorted(await back.receipts(made)) == [
        ("payout", "1000.00"),
        ("reported", "1000.00"),
        ("reported", "50.00"),
    ]
    assert sorted(amount for _, amount in world.reported()) == [Decimal("50.00"), THOUSAND]
    assert await world.items("alerts.list") == []


async def test_one_that_the_banks_file_booked_is_a_persons_to_tell_apart(
    world: Any, back: Any
) -> None:
    made = await doubted(world, back)
    world.conta.pay_by_ocr(made, THOUSAND, on=TODAY)
    world.pass_time(minutes=3)
    await resolve(world)
    message = await back.message()
    assert message["state"] == "parked"

    await world.call("doubts.resend", message_id=message["message_id"], reason="only the bank's")
    await world.settle()
    await back.swept()

    assert back.payments() == [(made, THOUSAND)]
    assert sorted(await back.receipts(made)) == [("payout", "1000.00"), ("reported", "1000.00")]


async def test_a_quarantine_ends_when_a_person_takes_the_other_one_away(
    world: Any, back: Any
) -> None:
    made = await doubted(world, back, FaultKind.ACCEPT_THEN_TIMEOUT)
    theirs = world.conta.pay_by_hand({made: THOUSAND}, on=TODAY)
    world.pass_time(minutes=3)
    await resolve(world)
    world.conta.delete_payment(theirs)
    world.pass_time(minutes=3)
    await resolve(world)

    assert (await back.message())["state"] == "delivered"
    assert len(back.payments()) == 1


async def test_after_a_quarantine_only_a_person_sends_again(world: Any, back: Any) -> None:
    made = await doubted(world, back)
    both = [world.conta.pay_by_hand({made: THOUSAND}, on=TODAY) for _ in range(2)]
    world.pass_time(minutes=3)
    await resolve(world)
    for each in both:
        world.conta.delete_payment(each)
    world.pass_time(minutes=30)
    await resolve(world)

    assert (await back.message())["state"] == "parked"
    assert world.conta.calls["create_payment"] == 1


async def test_a_call_that_conta_carries_out_late_is_found_before_the_next_one(
    world: Any, back: Any
) -> None:
    made = await doubted(world, back)
    world.pass_time(minutes=3)
    # Proved absent; and before the next call goes out the first one comes true after all.
    ends = await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    assert ends["absent"] == 1
    late = world.conta.pay_by_hand({made: THOUSAND}, on=TODAY)
    await world.deliver()
    await back.swept()

    message = await world.call("outbox.show", message_id=(await back.message())["message_id"])
    assert (message["state"], message["result"]) == ("delivered", str(late))
    assert world.conta.calls["create_payment"] == 1
    assert await back.receipts(made) == [("payout", "1000.00")]


async def test_the_sweep_that_sees_the_payment_before_our_answer_is_settled_waits_for_it(
    world: Any, back: Any
) -> None:
    made = await back.paid_out()
    await world.poll_kravia()
    booked, answered = asyncio.Event(), asyncio.Event()
    send = world.wire.send

    async def hold(request: Request, *, timeouts: Any) -> Any:
        answer = await send(request, timeouts=timeouts)
        if request.method == "POST":
            booked.set()
            await answered.wait()
        return answer

    world.wire.send = hold
    delivering = asyncio.create_task(world.deliver())
    await booked.wait()

    await world.sweep()  # Conta shows the payment; our call has not come back yet
    await world.intake()
    assert await back.receipts(made) == []
    assert (await world.claim(made))["outstanding"] == "2250.00"
    answered.set()
    await delivering
    await back.swept()

    assert await back.receipts(made) == [("payout", "1000.00")]
    assert world.reported() == []
    assert await world.tasks() == []
    assert (await world.claim(made))["outstanding"] == "1250.00"


async def test_the_sweep_that_sees_the_payment_of_a_doubt_waits_for_its_end(
    world: Any, back: Any
) -> None:
    made = await doubted(world, back, FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.sweep()
    await world.intake()
    assert await back.receipts(made) == []

    world.pass_time(minutes=1)
    await resolve(world)
    await back.swept()

    assert await back.receipts(made) == [("payout", "1000.00")]
    assert world.reported() == []


@pytest.mark.parametrize("applied", [True, False])
async def test_a_process_that_ends_between_call_and_note_books_once(
    world: Any, back: Any, applied: bool
) -> None:
    made = await back.paid_out()
    await world.poll_kravia()
    reached = asyncio.Event()
    send = world.wire.send

    async def die(request: Request, *, timeouts: Any) -> Any:
        if request.method == "POST":
            if applied:
                await send(request, timeouts=timeouts)
            reached.set()
            await asyncio.Event().wait()
        return await send(request, timeouts=timeouts)

    world.wire.send = die
    delivering = asyncio.create_task(world.deliver())
    await reached.wait()
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    world.wire.send = send

    await world.restart()
    assert (await back.message())["state"] == "in_doubt"
    world.pass_time(minutes=3)
    await world.settle()
    await back.swept()

    assert back.payments() == [(made, THOUSAND)]
    assert await back.receipts(made) == [("payout", "1000.00")]


async def test_a_booking_that_was_leased_and_never_sent_is_no_doubt(world: Any, back: Any) -> None:
    await back.paid_out()
    await world.poll_kravia()
    now = world.now[0]

    def lose(connection: sa.Connection) -> None:
        until = now + timedelta(seconds=60)
        store.lease(connection, table, now=now, until=until, limit=100)

    await world.gateway.database.write(lose)
    await world.restart()
    await world.settle()

    assert len(back.payments()) == 1
    assert await world.items("doubts.list") == []


async def test_a_doubt_holds_up_its_own_invoice_and_no_other(world: Any, back: Any) -> None:
    first = await world.active()
    second = await world.active(customer=world.conta.add_customer("Ola Nordmann"))
    back.debtor_pays(first, "100.00")
    back.debtor_pays(first, "200.00")
    back.debtor_pays(second, "300.00")
    await world.settle()
    back.settlement()

    def hang_on_the_first(request: Request) -> None:
        if request.method == "POST" and f"/invoices/{first}/" in request.path:
            world.wire.before = lambda _request: None
            back.fail(FaultKind.HANG)

    world.wire.before = hang_on_the_first
    await world.poll_kravia()
    await world.deliver()
    await world.deliver()
    assert back.payments() == [(second, Decimal("300.00"))]

    world.pass_time(minutes=3)
    await world.settle()
    assert sorted(back.payments()) == sorted(
        [(first, Decimal("100.00")), (first, Decimal("200.00")), (second, Decimal("300.00"))]
    )


async def test_nobody_can_be_told_for_ever_that_it_is_unknown(world: Any, back: Any) -> None:
    await doubted(world, back)
    back.fail(FaultKind.STATUS, "payments", status=503, times=None)
    world.pass_time(hours=30)
    await resolve(world)
    message = await back.message()
    assert message["state"] == "parked"
    assert message["last_error"] == "quarantine: the ledger could not be read"

    world.conta.faults.faults.clear()
    world.pass_time(minutes=1)
    await resolve(world)  # nothing was seen that a person would have to tell apart
    assert len(back.payments()) == 1


async def test_after_a_crash_too_a_late_payment_is_found_before_the_next_call(
    world: Any, back: Any
) -> None:
    made = await back.paid_out()
    await world.poll_kravia()
    reached = asyncio.Event()
    send = world.wire.send

    async def die(request: Request, *, timeouts: Any) -> Any:
        if request.method == "POST":
            reached.set()
            await asyncio.Event().wait()
        return await send(request, timeouts=timeouts)

    world.wire.send = die
    delivering = asyncio.create_task(world.deliver())
    await reached.wait()
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    world.wire.send = send
    await world.restart()
    world.pass_time(minutes=3)
    ends = await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    assert ends["absent"] == 1
    world.conta.pay_by_hand({made: THOUSAND}, on=TODAY)
    await world.deliver()

    assert (await back.message())["state"] == "delivered"
    assert "create_payment" not in world.conta.calls
