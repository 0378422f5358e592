"""An overdue invoice becomes one case at Kravia, and the ledger hears of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("assumptions_file", ["shipped", "other"], indirect=True)


@BOTH
async def test_an_eligible_invoice_becomes_exactly_one_case(world: Any) -> None:
    await world.overdue()

    await world.settle()

    claim = await world.claim()
    (case,) = world.registers()
    assert claim["state"] == "active"
    assert claim["kravia_invoice_id"] == case.invoice_id
    assert case.original_amount == Decimal("4800.00")
    assert world.books.duplicates == ()


@BOTH
async def test_the_whole_life_of_a_case_is_told_under_any_wording(world: Any) -> None:
    kravia_id = await world.active()
    await world.paid("1000.00")
    await world.credited("300.00")
    await world.settle()
    world.debtor_pays(kravia_id, "3500.00")
    world.kravia.pay_out(10759, world.now[0].date())
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert world.reported(credit_notes=True) == [("cre-1", Decimal("300.00"))]
    (collected,) = world.told("payment.collected")
    assert collected.data["amount"] == "3500.00"
    (settlement,) = world.told("settlement.received")
    assert settlement.data["lines"][0]["invoice_id"] == "inv-30001"
    (closed,) = world.told("claim.closed")
    assert closed.data["reason"] == "paid"


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
    assert world.registers() == []

    world.pass_time(days=5, hours=22, minutes=59)  # 09:59 in Oslo on the day itself
    await world.settle()
    assert (await world.claim())["state"] == "held"

    world.pass_time(minutes=1)
    await world.settle()
    assert (await world.claim())["state"] == "active"


async def test_only_principal_goes_to_kravia(world: Any) -> None:
    await world.active(
        total="5800.00",
        outstanding="4800.00",
        payments=[{"id": "pay-0", "paid_on": "2026-10-20", "amount": "1000.00"}],
    )

    (call,) = world.books.registers
    assert Decimal(str(call.body["originalAmount"])) == Decimal("4800.00")
    assert world.reported() == []


@pytest.mark.parametrize("creditor", [{"amount": "total_then_payments"}])
async def test_total_then_payments_registers_the_total_and_reports_what_was_paid(
    world: Any,
) -> None:
    await world.active(
        total="5800.00",
        outstanding="4500.00",
        payments=[{"id": "pay-0", "paid_on": "2026-10-20", "amount": "1000.00"}],
        credit_notes=[{"id": "cre-0", "issued_on": "2026-10-21", "amount": "300.00"}],
    )

    (case,) = world.registers()
    assert case.original_amount == Decimal("5800.00")
    assert case.remaining == Decimal("4500.00")
    states = {r["receipt_id"]: r["state"] for r in (await world.claim())["receipts"]}
    assert states == {"pay-0": "reported", "cre-0": "reported"}


@pytest.mark.parametrize("creditor", [{"amount": "total_then_payments"}])
async def test_total_then_payments_never_leaves_kravia_more_than_is_outstanding(
    world: Any,
) -> None:
    """The ledger's balance is 500 lower than what it lists explains: the balance counts."""
    await world.active(
        total="5800.00",
        outstanding="4300.00",
        payments=[{"id": "pay-0", "paid_on": "2026-10-20", "amount": "1000.00"}],
    )

    (case,) = world.registers()
    assert case.remaining == Decimal("4300.00")
