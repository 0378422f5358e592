"""What a newer snapshot may say of a claim that Kravia has (design §7, changes after hand-over)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

PAYMENT = {"id": "pay-1", "paid_on": "2026-11-20", "amount": "1000.00"}
CREDIT = {"id": "cre-1", "issued_on": "2026-11-20", "amount": "500.00"}


async def test_money_that_explains_a_lower_balance_is_sent(world: Any) -> None:
    await world.active()
    await world.updated(outstanding="3300.00", payments=[PAYMENT], credit_notes=[CREDIT])
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert world.reported(credit_notes=True) == [("cre-1", Decimal("500.00"))]
    assert await world.tasks() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outstanding": "4000.00"}, "fell by 800.00"),
        ({"outstanding": "3000.00", "payments": [PAYMENT]}, "fell by 800.00"),
        ({"total": "5000.00", "outstanding": "5000.00"}, "rose from 4800.00 to 5000.00"),
        ({"outstanding": "4800.00", "payments": [PAYMENT]}, "rose from 3800.00 to 4800.00"),
        ({"due_date": "2026-12-31"}, "due date moved"),
        ({"debtor": {"address": {"line1": "Nygata 3", "country": "NO"}}}, "address changed"),
        ({"debtor": {"name": "Kari Annen"}}, "name"),
        ({"debtor": {"number": "50009"}}, "number"),
    ],
)
async def test_what_no_call_of_kravias_can_carry_is_a_task(
    world: Any, change: dict[str, Any], words: str
) -> None:
    await world.active()
    await world.updated(**change)
    await world.settle()

    tasks = await world.items("tasks.list")
    assert [task["kind"] for task in tasks] == ["changed_after_hand_over"]
    assert words in tasks[0]["text"]
    assert (await world.claim())["state"] == "active"
    assert len(world.books.registers) == 1


async def test_the_same_change_told_twice_is_one_task(world: Any) -> None:
    await world.active()
    for _ in range(2):
        world.pass_time(minutes=1)
        await world.updated(due_date="2026-12-31")
    await world.settle()

    assert await world.tasks() == ["changed_after_hand_over"]


async def test_an_unchanged_snapshot_asks_nobody(world: Any) -> None:
    await world.active(version=1)
    await world.updated(version=2)
    await world.settle()

    assert await world.tasks() == []
