"""All known claims of a debtor are decided together and go together (design §7, consolidation)."""

from __future__ import annotations

from typing import Any

import pytest

from clients.simulated_faults import FaultKind


async def test_siblings_share_a_case_and_go_one_at_a_time(world: Any) -> None:
    for number in ("30001", "30002", "30003"):
        await world.overdue(number)
    await world.poll()
    await world.intake()
    pending = [m for m in await world.items("outbox.list") if m["kind"] == "kravia.register"]
    assert len(pending) == 3

    await world.workers.dispatcher.run_once(world.now[0])
    await world.deliver()
    await world.settle()

    cases = {(await world.claim(n))["case_id"] for n in ("30001", "30002", "30003")}
    assert len(cases) == 1
    assert len(world.books.registers) == 3
    assert {m["state"] for m in await world.items("outbox.list", kind="kravia.register")} == {
        "delivered"
    }


async def test_only_one_register_per_debtor_is_in_flight(world: Any) -> None:
    """Kravia finds or makes the debtor card from the debtor number: two at once may make two."""
    for number in ("30001", "30002"):
        await world.overdue(number)
    await world.overdue("30003", debtor={"number": "2"})
    await world.poll()
    await world.intake()

    await world.deliver()

    of_debtors = [world.books.invoices[r.invoice_ids[0]] for r in world.books.registers]
    assert sorted(case.debtor_number for case in of_debtors) == ["2", "50001"]


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.STATUS])
async def test_a_doubtful_or_parked_sibling_blocks_nobody(world: Any, kind: FaultKind) -> None:
    world.fail("register", kind, status=400)
    for number in ("30001", "30002"):
        await world.overdue(number)
    await world.settle()

    states = sorted([(await world.claim(n))["state"] for n in ("30001", "30002")])
    assert states == ["active", "sending"]


async def test_a_new_sibling_has_the_others_decided_again(world: Any) -> None:
    await world.overdue("30001", debtor={"name": "Kari Annen"}, notices=[])
    await world.settle()
    before = (await world.claim("30001"))["decision"]["reasons"]
    await world.overdue("30002", notices=[])
    await world.settle()
    after = (await world.claim("30001"))["decision"]["reasons"]

    assert len(after) == len(before) + 1


@pytest.mark.parametrize("creditor", [{"consolidation_wait_seconds": 3600}])
async def test_a_claim_may_wait_for_its_siblings_and_they_go_together(world: Any) -> None:
    await world.overdue("30001")
    await world.settle()
    world.pass_time(minutes=40)
    await world.overdue("30002")
    await world.settle()
    assert world.books.registers == []

    world.pass_time(minutes=20)
    await world.settle()

    assert len(world.books.registers) == 2


async def test_a_later_claim_attaches_to_the_live_case(world: Any) -> None:
    await world.active("30001")
    world.pass_time(days=10)
    await world.active("30002")

    assert (await world.claim("30001"))["case_id"] == (await world.claim("30002"))["case_id"]


async def test_after_the_end_a_new_claim_is_a_new_case(world: Any) -> None:
    kravia_id = await world.active("30001")
    world.debtor_pays(kravia_id, "4800.00")
    await world.settle()
    await world.active("30002")

    assert (await world.claim("30001"))["case_id"] != (await world.claim("30002"))["case_id"]
