"""A payment or credit note whose outcome nobody knows counts once in Kravia's books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind

DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.RESET, {"applied": False}),
    (FaultKind.CLOSE, {"applied": True}),
    (FaultKind.HALF_ANSWER, {}),
    (FaultKind.GARBAGE, {"applied": False}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.OVERSIZED, {}),
    (FaultKind.STATUS, {"status": 500, "applied": True}),
    (FaultKind.STATUS, {"status": 504, "applied": False}),
    (FaultKind.HANG, {}),
]


@pytest.mark.parametrize("what", ["payment", "credit_note"])
@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_whatever_goes_wrong_it_counts_once(
    world: Any, what: str, kind: FaultKind, more: dict[str, Any]
) -> None:
    await world.active()
    world.fail(what, kind, **more)
    await (world.paid("500.00") if what == "payment" else world.credited("500.00"))
    await world.settle()
    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    told = world.reported(credit_notes=what == "credit_note")
    assert [amount for _, amount in told] == [Decimal("500.00")]
    assert (await world.claim())["receipts"][0]["state"] == "reported"
    assert await world.items("doubts.list") == []
    assert world.told("payment.collected") == ()


async def test_a_payment_proved_absent_is_sent_again_only_with_a_witness(world: Any) -> None:
    await world.active()
    world.fail("payment", FaultKind.HANG)
    await world.paid()
    await world.settle()
    world.pass_time(hours=5)
    await world.settle()
    assert world.kravia.calls["payment"] == 1

    world.pass_time(minutes=1)
    world.witness()
    await world.settle()
    assert world.reported() == [("pay-1", Decimal("1000.00"))]


async def test_a_doubt_whose_case_cannot_be_read_waits(world: Any) -> None:
    await world.active()
    world.fail("payment", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.paid()
    await world.intake()
    await world.deliver()
    world.fail("details", FaultKind.STATUS, status=503, times=None)
    world.pass_time(minutes=5)
    world.witness()
    await world.resolve_doubts()
    assert (await world.message("kravia.payment"))["state"] == "in_doubt"

    world.mend()
    world.pass_time(minutes=5)
    await world.settle()
    assert len(world.reported()) == 1


async def test_a_second_payment_waits_behind_one_in_doubt(world: Any) -> None:
    await world.active()
    world.fail("payment", FaultKind.HANG)
    await world.paid(payment_id="pay-1")
    await world.intake()
    await world.deliver()
    await world.paid(payment_id="pay-2")
    await world.settle()
    assert world.reported() == []

    world.pass_time(minutes=5)
    world.witness()
    await world.settle()
    assert [payment_id for payment_id, _ in world.reported()] == ["pay-1", "pay-2"]


async def test_no_list_of_payments_means_a_person_looks(world: Any) -> None:
    await world.active()
    details = world.gateway.assumptions.details
    object.__setattr__(details, "payments_paths", ())
    world.fail("payment", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.paid()
    await world.settle()
    world.pass_time(seconds=31)
    await world.settle()

    message = await world.message("kravia.payment")
    assert (message["state"], world.kravia.calls["payment"]) == ("parked", 1)
    assert message["last_error"].startswith("quarantine: ")
