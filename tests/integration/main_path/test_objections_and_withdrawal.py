"""Objections freeze, withdrawals end, and after hand-over both ask a person (design §7)."""

from __future__ import annotations

from typing import Any

import pytest

from clients.simulated_faults import FaultKind


async def test_an_objection_before_the_send_takes_the_register_back(world: Any) -> None:
    await world.overdue()
    await world.intake()
    await world.disputed()
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["frozen_on"]) == ("rejected", "2026-11-20")
    assert "INK-12" in [reason["rule"] for reason in claim["decision"]["reasons"]]
    assert world.books.registers == []


async def test_an_answered_objection_holds_its_days_then_goes_to_review(world: Any) -> None:
    await world.overdue()
    await world.disputed()
    await world.dispute_ended("answered")
    await world.settle()
    claim = await world.claim()
    assert (claim["state"], claim["hold_until"], claim["frozen_on"]) == ("held", "2026-12-09", None)

    world.pass_time(days=16)
    await world.settle()

    assert (await world.claim())["state"] == "review"
    assert world.books.registers == []


async def test_an_objection_withdrawn_lets_the_claim_go(world: Any) -> None:
    await world.overdue()
    await world.disputed()
    await world.settle()
    await world.dispute_ended("withdrawn")
    await world.settle()

    assert (await world.claim())["state"] == "active"


async def test_an_objection_upheld_ends_the_claim(world: Any) -> None:
    await world.overdue()
    await world.disputed()
    await world.dispute_ended("upheld")
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["close_reason"]) == ("closed", "withdrawn")
    assert world.books.registers == []


async def test_an_objection_to_a_part_goes_to_a_person_and_freezes_nothing(world: Any) -> None:
    await world.overdue()
    await world.disputed(amount="1000.00")
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["frozen_on"]) == ("review", None)


@pytest.mark.parametrize("objection", [None, {"raised_on": "2026-11-20"}])
@pytest.mark.parametrize(("outcome", "state"), [("answered", "held"), ("withdrawn", "active")])
async def test_a_snapshot_neither_ends_nor_renews_an_objection_whose_end_we_know(
    world: Any, objection: dict[str, str] | None, outcome: str, state: str
) -> None:
    await world.overdue(notices=[])
    await world.disputed()
    await world.dispute_ended(outcome)
    await world.settle()
    world.pass_time(minutes=1)
    await world.updated(objection=objection)
    await world.settle()

    assert (await world.claim())["state"] == state


async def test_a_snapshot_without_the_objection_does_not_unfreeze(world: Any) -> None:
    await world.overdue()
    await world.disputed()
    await world.settle()
    world.pass_time(minutes=1)
    await world.updated(objection=None)
    await world.settle()

    assert (await world.claim())["state"] == "rejected"


async def test_an_objection_inside_a_snapshot_freezes(world: Any) -> None:
    await world.overdue(objection={"raised_on": "2026-11-01", "text": "not mine"})
    await world.settle()

    assert (await world.claim())["frozen_on"] == "2026-11-01"


async def test_an_objection_after_hand_over_is_a_task_and_money_still_flows(world: Any) -> None:
    await world.active()
    await world.disputed()
    await world.paid()
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["frozen_on"]) == ("active", "2026-11-20")
    assert await world.tasks() == ["objection_after_hand_over"]
    assert len(world.reported()) == 1


async def test_an_objection_upheld_after_hand_over_is_a_task_until_kravia_ends_it(
    world: Any,
) -> None:
    kravia_id = await world.active()
    await world.disputed()
    await world.dispute_ended("upheld")
    await world.settle()
    assert "withdraw" in await world.tasks()

    world.kravia.withdraw(kravia_id)
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["close_reason"]) == ("closed", "withdrawn")
    assert "withdraw" not in await world.tasks()


async def test_withdrawn_before_hand_over_nothing_is_ever_sent(world: Any) -> None:
    await world.overdue()
    await world.intake()
    await world.withdrawn()
    await world.settle()
    world.pass_time(days=3)
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["close_reason"]) == ("closed", "withdrawn")
    assert world.books.registers == []


async def test_withdrawn_after_hand_over_is_a_task_and_ends_with_kravias_word(
    world: Any,
) -> None:
    kravia_id = await world.active()
    await world.withdrawn()
    await world.settle()
    assert await world.tasks() == ["withdraw"]
    assert (await world.claim())["state"] == "active"

    world.kravia.close(kravia_id, world.kravia.assumptions.words_for("closed")[0])
    await world.settle()

    assert (await world.claim())["close_reason"] == "withdrawn"
    assert await world.tasks() == []


async def test_withdrawn_while_the_register_is_parked_ends_it_here(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue()
    await world.settle()
    await world.withdrawn()
    await world.settle()

    assert (await world.claim())["close_reason"] == "withdrawn"
    assert await world.tasks() == []
    assert "parked" not in await world.alerts()


async def test_withdrawn_in_doubt_is_never_sent_again(world: Any) -> None:
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    await world.withdrawn()
    await world.settle()
    assert await world.tasks() == ["withdraw"]

    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    assert (await world.claim())["close_reason"] == "withdrawn"
    assert world.books.registers == []
    assert await world.tasks() == []


async def test_a_new_objection_while_the_register_is_parked_freezes_it_here(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue()
    await world.settle()
    await world.disputed()
    await world.settle()

    assert (await world.claim())["state"] == "rejected"
    assert await world.tasks() == []
