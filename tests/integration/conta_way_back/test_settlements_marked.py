"""A settlement that stands in the ledger is marked booked at Kravia, with its voucher, once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import Fault, FaultKind
from gateway.operations.errors import OperationError

THOUSAND = Decimal("1000.00")
DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.RESET, {"applied": False}),
    (FaultKind.HALF_ANSWER, {}),
    (FaultKind.GARBAGE, {"applied": False}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.STATUS, {"status": 500, "applied": True}),
    (FaultKind.STATUS, {"status": 504, "applied": False}),
    (FaultKind.HANG, {}),
]


def only(world: Any) -> Any:
    """Kravia's only settlement, as its own books have it."""
    [settlement] = world.kravia.books.settlements.values()
    return settlement


async def state(world: Any) -> str:
    """Where it stands, as people see it."""
    [row] = await world.items("settlements.list")
    return str(row["state"])


def fail(world: Any, kind: FaultKind, operation: str = "bookkeep", **more: Any) -> None:
    world.kravia.faults.plant(Fault(kind=kind, operation=operation, **more))


@pytest.mark.parametrize("kravia_assumptions", ["shipped", "other"], indirect=True)
async def test_what_is_booked_is_marked_with_the_ledgers_own_id(world: Any, back: Any) -> None:
    await back.booked()
    await back.swept()
    await world.restart()
    await back.swept()

    [payment] = world.conta.books.api_payments
    assert (only(world).booked_as, only(world).marked_times) == (str(payment.id), 1)
    assert await state(world) == "marked"


async def test_of_several_postings_the_first_is_named_and_the_others_counted(
    world: Any, back: Any
) -> None:
    made = await world.active()
    back.debtor_pays(made, "500.00")
    back.debtor_pays(made, "700.00")
    await world.settle()
    back.settlement()
    await world.settle()

    first, _ = world.conta.books.api_payments
    assert (only(world).booked_as, only(world).marked_times) == (f"{first.id}+1", 1)


async def test_it_is_not_marked_before_everything_is_booked(world: Any, back: Any) -> None:
    await back.paid_out()
    back.fail(FaultKind.STATUS, status=422, name="InvoiceIsLockedException", times=None)
    await world.settle()

    assert (only(world).booked_as, await state(world)) == (None, "to_book")


@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_whatever_goes_wrong_it_is_marked_and_only_once(
    world: Any, back: Any, kind: FaultKind, more: dict[str, Any]
) -> None:
    fail(world, kind, **more)
    await back.booked()
    world.pass_time(minutes=5)
    await world.settle()

    assert only(world).marked_times == 1
    assert await state(world) == "marked"
    assert await world.items("doubts.list") == []


async def test_a_mark_in_doubt_is_not_repeated_before_the_settle_window_is_over(
    world: Any, back: Any
) -> None:
    fail(world, FaultKind.HANG)
    await back.booked()
    [doubt] = await world.items("doubts.list")
    assert (doubt["kind"], doubt["candidates"]) == ("kravia.bookkeep", [])
    world.pass_time(seconds=31)
    await world.settle()
    assert world.kravia.calls["bookkeep"] == 1

    world.pass_time(minutes=2)
    await world.settle()
    assert (world.kravia.calls["bookkeep"], only(world).marked_times) == (2, 1)


async def test_a_list_that_cannot_be_read_proves_nothing(world: Any, back: Any) -> None:
    fail(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    await back.booked()
    fail(world, FaultKind.HTML, "settlements", times=None)
    world.pass_time(minutes=5)
    await world.settle()

    assert await state(world) == "in_doubt"
    world.kravia.faults.faults.clear()
    world.pass_time(minutes=5)
    await world.settle()
    assert (await state(world), only(world).marked_times) == ("marked", 1)


async def test_one_that_the_portal_marked_first_is_not_marked_again(world: Any, back: Any) -> None:
    await back.paid_out()
    await world.poll_kravia()
    only(world).booked_as = "by hand"
    await world.settle()

    assert (only(world).booked_as, only(world).marked_times) == ("by hand", 0)
    assert await state(world) == "marked"


async def test_a_process_that_ends_before_the_answer_is_written_down_marks_once(
    world: Any, back: Any
) -> None:
    await back.paid_out()
    await world.poll_kravia()
    await world.deliver()
    fail(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.deliver()
    await world.restart()
    world.pass_time(minutes=5)
    await world.settle()

    assert only(world).marked_times == 1
    assert await state(world) == "marked"


async def test_what_a_person_books_is_marked_under_the_voucher_they_name(
    world: Any, back: Any
) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    back.settlement(date(2026, 11, 1))  # before the gateway began
    await world.settle()
    assert await world.tasks() == ["book_settlement"]
    name = only(world).settlement_id

    told = await world.call("settlements.booked", settlement_id=name, voucher="2026-417")
    assert (told["state"], told["voucher_id"]) == ("to_mark", "2026-417")
    await world.settle()

    assert await world.tasks() == []
    assert (only(world).booked_as, only(world).marked_times) == ("2026-417", 1)
    with pytest.raises(OperationError, match="marked booked as 2026-417 already"):
        await world.call("settlements.booked", settlement_id=name, voucher="2026-418")


async def test_the_bookings_under_way_are_waited_for_also_when_a_person_is_done(
    world: Any, back: Any
) -> None:
    await back.paid_out()
    back.fail(FaultKind.HANG)
    only(world).costs = Decimal("10.00")
    only(world).amount -= Decimal("10.00")
    await world.settle()
    name = only(world).settlement_id
    await world.call("settlements.booked", settlement_id=name, voucher="B-1")
    await world.settle()
    assert await state(world) == "to_book"

    world.pass_time(minutes=5)
    await world.settle()
    assert back.payments()[0][1] == THOUSAND
    assert only(world).booked_as == "B-1"


async def test_done_tasks_and_bookings_together_are_the_whole(world: Any, back: Any) -> None:
    await back.paid_out()
    only(world).costs = Decimal("10.00")
    only(world).amount -= Decimal("10.00")
    await world.settle()
    assert await state(world) == "to_book"

    [task] = await world.items("tasks.list")
    await world.call("tasks.done", task_id=task["task_id"], note="costs are booked")
    await world.settle()
    [payment] = world.conta.books.api_payments
    assert (only(world).booked_as, await state(world)) == (str(payment.id), "marked")


@pytest.mark.parametrize("creditor", [{"payout_model": "kid"}])
async def test_what_the_banks_file_booked_is_marked_with_that_payment(
    world: Any, back: Any, creditor: Any
) -> None:
    made = await back.paid_out()
    await world.settle()
    world.conta.pay_by_ocr(made, THOUSAND, on=date(2026, 11, 24))
    await back.swept()

    assert await back.receipts(made) == [("payout", "1000.00")]
    assert world.reported() == []
    assert (only(world).marked_times, await state(world)) == (1, "marked")


async def test_observe_marks_nothing(world: Any, back: Any) -> None:
    await back.paid_out()
    await world.poll_kravia()
    await world.deliver()
    object.__setattr__(world.gateway.creditors["acme"], "observe", True)
    await world.settle()

    assert (only(world).marked_times, await state(world)) == (0, "to_mark")
