"""An overdue invoice becomes one case at Kravia, and the ledger hears of it."""

from __future__ import annotations

from typing import Any


async def test_an_eligible_invoice_becomes_exactly_one_case(world: Any) -> None:
    await world.overdue()

    await world.settle()

    claim = await world.claim()
    assert claim["state"] == "active"
    invoices = world.kravia.books.invoices
    ids = [r.invoice_ids[0] for r in world.kravia.books.registers]
    assert [invoices[i].accounting_invoice_id for i in ids] == ["inv-30001"]
    assert [claim["kravia_invoice_id"]] == ids
    (told,) = world.told("claim.registered")
    assert told.data["amount"] == "4800.00"


async def test_a_notice_that_still_runs_holds_the_claim_until_its_day(world: Any) -> None:
    notice = {
        "kind": "collection_notice",
        "sent_on": "2026-11-10",
        "deadline": "2026-11-25",
        "channel": "post",
        "fee": "38.00",
    }
    await world.overdue(notices=[notice])

    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["hold_until"]) == ("held", "2026-11-30")
    assert world.kravia.books.registers == []

    world.pass_time(days=6)
    await world.settle()

    assert (await world.claim())["state"] == "active"
