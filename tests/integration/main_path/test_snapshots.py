"""Which snapshot of an invoice counts, and what waits for one (contract §3, semantics)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

LATER = "2026-11-24T09:30:00+00:00"
EARLIER = "2026-11-24T09:00:00+00:00"


async def test_a_lower_version_is_stale_and_kept(world: Any) -> None:
    await world.overdue(version=3, outstanding="3000.00")
    event_id = await world.overdue(version=2, outstanding="4800.00")

    await world.settle()

    assert (await world.event(event_id))["outcome"] == "stale"
    assert (await world.claim())["outstanding"] == "3000.00"


async def test_the_same_version_again_is_stale_and_no_alert(world: Any) -> None:
    await world.overdue(version=3)
    event_id = await world.overdue(version=3)

    await world.settle()

    assert (await world.event(event_id))["outcome"] == "stale"
    assert await world.alerts() == []


async def test_the_same_version_with_other_content_is_an_alert_and_the_first_stands(
    world: Any,
) -> None:
    await world.overdue(version=3, outstanding="3000.00")
    event_id = await world.overdue(version=3, outstanding="2000.00")

    await world.settle()

    assert (await world.event(event_id))["outcome"] == "conflict"
    assert await world.alerts() == ["version_conflict"]
    assert (await world.claim())["outstanding"] == "3000.00"


async def test_the_same_version_after_the_end_is_no_conflict(world: Any) -> None:
    kravia_id = await world.active(version=1)
    world.debtor_pays(kravia_id, "4800.00")
    await world.settle()

    await world.updated(version=2, outstanding="0.00")
    await world.settle()
    await world.updated(version=2, outstanding="0.00")
    await world.settle()

    assert await world.alerts() == []


async def test_without_versions_the_timestamp_orders(world: Any) -> None:
    await world.overdue(at=LATER, outstanding="3000.00")
    event_id = await world.overdue(at=EARLIER, outstanding="4800.00")

    await world.settle()

    assert (await world.event(event_id))["outcome"] == "stale"
    assert (await world.claim())["outstanding"] == "3000.00"


async def test_a_sender_whose_clock_is_ahead_does_not_outdate_what_follows(world: Any) -> None:
    await world.overdue(at="2031-01-01T00:00:00+00:00", outstanding="3000.00", notices=[])
    await world.settle()
    world.pass_time(minutes=1)
    await world.updated(outstanding="2000.00", notices=[])
    await world.settle()

    assert (await world.claim())["outstanding"] == "2000.00"


async def test_an_update_of_an_invoice_never_overdue_decides_nothing(world: Any) -> None:
    event_id = await world.updated(outstanding="3000.00")

    await world.settle()

    assert (await world.event(event_id))["outcome"] == "waiting"
    assert await world.items("claims.list") == []


async def test_a_newer_update_that_came_first_counts_once_the_invoice_is_overdue(
    world: Any,
) -> None:
    update = await world.updated(version=5, outstanding="3000.00")
    await world.settle()
    await world.overdue(version=4, outstanding="4800.00")
    await world.settle()

    assert (await world.event(update))["outcome"] == "handled"
    (case,) = world.registers()
    assert case.original_amount == Decimal("3000.00")


async def test_an_older_update_that_waited_changes_nothing(world: Any) -> None:
    update = await world.updated(at=EARLIER, outstanding="3000.00")
    await world.overdue(at=LATER)
    await world.settle()

    assert (await world.event(update))["outcome"] == "stale"
    assert (await world.claim())["outstanding"] == "4800.00"


async def test_money_and_objections_wait_for_their_invoice_and_apply_in_order(world: Any) -> None:
    payment = await world.paid("1000.00")
    raised = await world.disputed()
    ended = await world.dispute_ended("withdrawn")
    await world.settle()
    assert (await world.event(payment))["outcome"] == "waiting"

    await world.overdue()
    await world.settle()

    for event_id in (payment, raised, ended):
        assert (await world.event(event_id))["outcome"] == "handled"
    (case,) = world.registers()
    assert case.original_amount == Decimal("3800.00")
    assert world.reported() == []
    assert world.told("claim.rejected") == ()


async def test_a_payment_the_snapshot_lists_is_not_subtracted_again(world: Any) -> None:
    await world.paid("1000.00")
    await world.overdue(
        total="4800.00",
        outstanding="3800.00",
        payments=[{"id": "pay-1", "paid_on": "2026-11-20", "amount": "1000.00"}],
    )
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == Decimal("3800.00")


async def test_an_earlier_payment_the_balance_is_net_of_is_not_subtracted_again(
    world: Any,
) -> None:
    """The snapshot does not list the payment, but its balance has the very gap."""
    await world.paid("1000.00", at=EARLIER)
    await world.overdue(total="4800.00", outstanding="3800.00", at=LATER)
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == Decimal("3800.00")


async def test_a_payment_event_then_an_older_snapshot_still_counts_the_payment(
    world: Any,
) -> None:
    await world.overdue(at=EARLIER, version=1, notices=[])
    await world.settle()
    await world.paid("1000.00")
    await world.settle()
    await world.updated(at=LATER, version=2)
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == Decimal("3800.00")


async def test_waiting_a_day_is_an_alert_that_ends_with_the_wait(world: Any) -> None:
    await world.paid()
    for number in range(150):
        await world.updated(f"4{number:04}")
    await world.settle()
    world.pass_time(hours=23)
    await world.remind()
    assert await world.alerts() == []

    world.pass_time(hours=2)
    await world.remind()
    await world.remind()
    assert await world.alerts() == ["event_waiting"]

    await world.overdue()
    await world.settle()
    assert await world.alerts() == []


async def test_an_unknown_type_is_recorded_and_ignored(world: Any) -> None:
    event_id = await world.receive("invoice.paid", {"anything": 1})

    await world.settle()

    assert (await world.event(event_id))["outcome"] == "ignored"


async def test_a_debtor_that_changes_moves_the_claim_to_that_debtors_case(world: Any) -> None:
    await world.active("30001", debtor={"number": "50001"})
    await world.overdue("30002", notices=[], debtor={"number": "50002"})
    await world.settle()
    first, second = await world.claim("30001"), await world.claim("30002")
    assert first["case_id"] != second["case_id"]

    world.pass_time(minutes=1)
    await world.updated("30002", notices=[], debtor={"number": "50001"})
    await world.settle()

    assert (await world.claim("30002"))["case_id"] == first["case_id"]
