"""What of a settlement is no principal becomes a task with account and amount, never silence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conta_way_back.conftest import batch

ACCOUNTS = {"interest": "8050", "fees": "3900", "costs": "6730", "vat": "2711"}


def in_parts(settlement: Any) -> None:
    """Of 1000.00 are 900.00 principal and 60.00 interest, so 40.00 fees; Kravia keeps 125.00."""
    ((case, amount, _),) = settlement.lines
    settlement.lines = ((case, amount, Decimal("900.00")),)
    settlement.interest = {0: Decimal("60.00")}
    settlement.costs, settlement.costs_vat = Decimal("100.00"), Decimal("25.00")
    settlement.amount = amount - Decimal("125.00")


async def paid_out_in_parts(world: Any, back: Any) -> tuple[int, Any]:
    """An invoice with department and project, and a settlement that has every part."""
    made = world.conta.issue_invoice(
        world.customer,
        Decimal("2250.00"),
        invoice_date=date(2026, 8, 3),
        due_date=date(2026, 8, 17),
        department_id=world.conta.add_department("North"),
        project_id=world.conta.add_project("P7"),
    )
    world.conta.send_letter(made, on=date(2026, 9, 6), due_date=date(2026, 9, 22))
    await world.sweep()
    await world.settle()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    settlement = back.settlement()
    in_parts(settlement)
    await world.settle()
    return made, settlement


@pytest.mark.parametrize("creditor", [{**batch(), "accounts": ACCOUNTS}])
@pytest.mark.parametrize("kravia_assumptions", ["shipped", "other"], indirect=True)
async def test_every_part_that_conta_cannot_book_is_named_with_account_and_amount(
    world: Any, back: Any, creditor: Any
) -> None:
    made, settlement = await paid_out_in_parts(world, back)

    assert back.payments() == [(made, Decimal("900.00"))]
    [task] = await world.items("tasks.list")
    number = (await world.claim(made))["invoice_number"]
    shown = await world.call("settlements.show", settlement_id=settlement.settlement_id)
    carried = ", department {department}, project {project}".format(**shown["entries"][0])
    assert "None" not in carried
    for words in (
        f"interest of invoice {number} 60.00 on account 8050{carried}",
        f"fees of invoice {number} 40.00 on account 3900{carried}",
        "Kravia's costs 100.00, which Kravia kept, on account 6730",
        "VAT on Kravia's costs 25.00, which Kravia kept, on account 2711",
    ):
        assert words in task["text"]
    assert "principal" not in task["text"]
    assert sum(Decimal(each["amount"]) for each in shown["entries"]) == Decimal("875.00")


async def test_an_account_that_is_not_set_is_asked_for_by_its_setting(
    world: Any, back: Any
) -> None:
    await paid_out_in_parts(world, back)

    [task] = await world.items("tasks.list")
    assert "(no account set: creditors.acme.accounts.fees)" in task["text"]


async def test_what_kravia_does_not_explain_is_named_and_no_account_is_guessed(
    world: Any, back: Any
) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    back.settlement().amount -= Decimal("12.50")
    await world.settle()

    assert back.payments() == [(made, Decimal("1000.00"))]
    [task] = await world.items("tasks.list")
    assert "what Kravia does not explain -12.50 (ask Kravia what it is)" in task["text"]


@pytest.mark.parametrize(
    ("creditor", "principal_is_named"),
    [({"payout_model": "unknown"}, True), ({"payout_model": "kid"}, False)],
)
async def test_without_batch_too_no_part_is_dropped(
    world: Any, back: Any, creditor: Any, principal_is_named: bool
) -> None:
    await paid_out_in_parts(world, back)

    assert back.payments() == []
    texts = [
        task["text"]
        for task in await world.items("tasks.list")
        if task["kind"] == "book_settlement"
    ]
    assert len(texts) == 1
    assert ("principal of invoice" in texts[0]) is principal_is_named
    assert "Kravia's costs 100.00" in texts[0]
