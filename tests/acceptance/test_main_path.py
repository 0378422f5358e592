"""The main job, from a signed webhook to a closed claim, over real HTTP between real processes."""

from __future__ import annotations

from tests.acceptance.conftest import House


async def test_an_overdue_invoice_becomes_a_case_and_its_money_comes_back(house: House) -> None:
    async with house.serve() as server:
        answer = await house.overdue()
        assert (answer.status, answer.document["outcome"]) == (202, "recorded")
        claim = await house.claim_is(server, "active")
        (case,) = (await house.books())["invoices"]
        assert claim["kravia_invoice_id"] == case["invoice_id"]
        assert case["accounting_invoice_id"] == claim["invoice_id"]

        await house.set_clocks()
        await house.at_kravia(
            "payments", invoice_id=case["invoice_id"], amount="4800.00", on="2026-11-24"
        )
        claim = await house.claim_is(server, "closed")
        assert claim["close_reason"] == "paid"

        async def closed() -> list[dict[str, object]]:
            return await house.told("claim.closed")

        (told,) = await server.until(closed, "claim.closed at the ledger")
        assert told["data"]["reason"] == "paid"  # type: ignore[index]  # JSON
        (registered,) = await house.told("claim.registered")
        assert registered["data"]["amount"] == "4800.00"
        (collected,) = await house.told("payment.collected")
        assert collected["data"]["principal"] == "4800.00"
        server.terminate()
        assert await server.ended() == 0
