"""Withdrawals, objections and reversals: by a configured call once, else a task that checks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from tests.integration.main_path.conftest import SQLITE_ONLY

pytestmark = SQLITE_ONLY
CALLS = pytest.mark.parametrize("assumptions_file", ["actions"], indirect=True)
KINDS = {"withdraw": "withdraw", "object": "objection", "reverse_payment": "reversal"}
DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": False}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.STATUS, {"status": 500, "applied": False}),
]


async def asked(world: Any, what: str) -> str:
    """A case at Kravia of which something is wanted that no document tells a call for."""
    kravia_id: str = await world.active()
    if what == "withdraw":
        await world.withdrawn()
    elif what == "object":
        await world.disputed()
    else:
        await world.paid()
        await world.settle()
        await world.payment_reversed()
    return kravia_id


def is_done(world: Any, kravia_id: str, what: str) -> bool:
    """Whether Kravia's own books have it."""
    case = world.books.invoices[kravia_id]
    if what == "withdraw":
        return bool(case.is_closed)
    if what == "object":
        return bool(case.status.lower() == "disputed")
    return all(payment.reversed for payment in case.payments)


@CALLS
@pytest.mark.parametrize("what", KINDS)
async def test_a_configured_call_does_it_and_nobody_is_asked(world: Any, what: str) -> None:
    kravia_id = await asked(world, what)
    await world.settle()

    assert is_done(world, kravia_id, what)
    assert world.books.actions == [(what, kravia_id)]
    assert await world.tasks() == []
    assert (await world.message(f"kravia.{KINDS[what]}"))["state"] == "delivered"


@CALLS
async def test_a_claim_that_a_call_withdraws_does_not_send_people_to_the_portal(world: Any) -> None:
    await asked(world, "withdraw")
    await world.intake()

    claim = await world.claim()
    assert claim["problem"] == "withdrawn by the creditor; Kravia is told by actions.withdraw"


@CALLS
@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_whatever_goes_wrong_with_the_call_it_is_done_once(
    world: Any, what: str, kind: FaultKind, more: dict[str, Any]
) -> None:
    kravia_id = await asked(world, what)
    world.fail(what, kind, **more)
    await world.settle()
    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    assert is_done(world, kravia_id, what)
    assert world.books.actions == [(what, kravia_id)]
    assert await world.items("doubts.list") == []


@CALLS
@pytest.mark.parametrize("what", KINDS)
async def test_a_call_that_kravia_refuses_is_left_to_a_person(world: Any, what: str) -> None:
    await asked(world, what)
    world.fail(what, FaultKind.STATUS, status=409, times=None)
    await world.settle()

    tasks = {"withdraw": "withdraw", "object": "objection_after_hand_over"}
    assert await world.tasks() == [tasks.get(what, "reversed_payment")]
    assert "parked" in await world.alerts()


@CALLS
async def test_what_was_withdrawn_while_it_was_handed_over_is_called_off_after_it(
    world: Any,
) -> None:
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    await world.withdrawn()
    await world.settle()
    world.pass_time(minutes=5)
    await world.settle()

    assert [what for what, _ in world.books.actions] == ["withdraw"]
    claim = await world.claim()
    assert (claim["state"], claim["close_reason"]) == ("closed", "withdrawn")
    assert await world.tasks() == []


@pytest.mark.parametrize("what", ["object", "reverse_payment"])
async def test_without_a_call_the_task_stays_until_the_case_shows_that_it_was_done(
    world: Any, what: str
) -> None:
    kravia_id = await asked(world, what)
    await world.settle()
    world.kravia.touch(kravia_id)
    await world.settle()
    assert len(await world.tasks()) == 1

    if what == "object":
        world.kravia.object_to(kravia_id)
    else:
        [payment] = world.books.invoices[kravia_id].payments
        world.kravia.reverse_payment(kravia_id, payment.payment_id)
    await world.settle()

    assert await world.tasks() == []


@CALLS
async def test_a_reversal_goes_behind_the_payment_it_undoes_across_a_crash(world: Any) -> None:
    kravia_id = await world.active()
    world.fail("payment", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.paid("500.00")
    await world.intake()
    await world.deliver()
    await world.payment_reversed()
    await world.intake()
    await world.restart()
    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    [payment] = world.books.invoices[kravia_id].payments
    assert (payment.amount, payment.reversed) == (Decimal("500.00"), True)
    assert await world.tasks() == []
    assert world.told("payment.collected") == ()
