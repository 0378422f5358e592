"""A ledger that books settlements itself, settlements nobody understands, and their raw text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from gateway.operations.errors import OperationError

CREDITOR_ID = 10759


def mark(settlement: Any) -> tuple[Any, Any]:
    """The voucher it is marked with at Kravia, and how often it was."""
    return settlement.booked_as, settlement.marked_times


async def settled(world: Any, amount: str = "1000.00") -> Any:
    """A claim on which Kravia collected, and the settlement that pays it out."""
    kravia_id = await world.active(department="10", project="P7")
    world.debtor_pays(kravia_id, amount)
    await world.settle()
    return world.kravia.pay_out(CREDITOR_ID, world.now[0].date(), costs=Decimal("40.00"))


@pytest.mark.parametrize("creditor", [{"accounts": {"principal": "1500", "costs": "6730"}}])
async def test_a_ledger_is_told_every_part_and_answers_with_its_voucher(
    world: Any, creditor: Any
) -> None:
    world.ledger.books_settlements = True
    settlement = await settled(world)
    await world.settle()

    (told,) = world.told("settlement.received")
    assert [(e["part"], e["amount"], e["account"]) for e in told.data["entries"]] == [
        ("principal", "1000.00", "1500"),
        ("costs", "-40.00", "6730"),
    ]
    principal = told.data["entries"][0]
    assert (principal["department"], principal["project"]) == ("10", "P7")
    assert mark(settlement) == (f"V-{settlement.settlement_id}", 1)
    assert await world.tasks() == []


async def test_a_ledger_that_names_no_voucher_is_marked_by_the_payment_that_comes_in(
    world: Any,
) -> None:
    settlement = await settled(world)
    await world.settle()
    assert mark(settlement) == (None, 0)

    await world.paid(payment_id="bank-77")
    await world.settle()
    assert mark(settlement) == ("bank-77", 1)
    assert world.reported() == []


async def test_what_is_not_understood_is_a_task_with_the_text_that_came(world: Any) -> None:
    understood = await settled(world)
    odd = world.kravia.pay_out(CREDITOR_ID, world.now[0].date()) or understood
    odd.amount = Decimal("1000.005")
    await world.settle()

    assert world.told("settlement.received") == ()
    [task] = await world.items("tasks.list")
    assert task["kind"] == "unread_settlement"
    assert "has more than two decimals" in task["text"]
    assert f"settlements show {odd.settlement_id} --raw" in task["text"]
    found = await world.call("settlements.raw", settlement_id=odd.settlement_id)
    assert orjson.loads(found["raw"])["amount"] == 1000.005
    [line] = [row for row in await world.items("audit.list") if "raw" in row["action"]]
    assert line["actor"] == "tester"
    stored = world.seen_outside("SELECT sealed_raw FROM unread_settlement")
    assert len(stored) == 1

    odd.amount = Decimal("960.00")
    await world.settle()
    assert await world.tasks() == []
    assert len(world.told("settlement.received")) == 1
    with pytest.raises(OperationError, match="nothing is kept"):
        await world.call("settlements.raw", settlement_id=odd.settlement_id)

    odd.amount = Decimal("960.005")  # and worse again: asked anew
    await world.settle()
    assert await world.tasks() == ["unread_settlement"]


async def test_one_that_is_not_understood_spoils_no_other(world: Any) -> None:
    first = await settled(world)
    first.amount = Decimal("1.005")
    second = await world.active("30002")
    world.debtor_pays(second, "200.00")
    await world.settle()
    world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
    await world.settle()

    (told,) = world.told("settlement.received")
    assert told.data["amount"] == "200.00"
    assert await world.tasks() == ["unread_settlement"]

    first.booked_as = "in the portal"
    await world.settle()
    assert await world.tasks() == []
