"""The way in holds also where Conta differs in everything that may differ."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

OTHER = """
time_zone = "UTC"
writes_offsets = true
[lists]
page_size_rows = 3
sort = ""
[payments]
list_id = "payment"
remaining_includes_late_fees = true
[letters]
created_counts_as_sent = false
"""


@pytest.mark.parametrize("conta_assumptions", [OTHER])
async def test_invoices_payments_and_objections_reach_kravia_and_people(
    world: Any, conta_assumptions: str
) -> None:
    made = [world.invoice(notice=False) for _ in range(7)]
    for each in made:
        world.conta.send_letter(
            each, on=date(2026, 9, 7), due_date=date(2026, 9, 24), fee=Decimal("38.00")
        )
    await world.sweep()
    await world.settle()
    assert set(world.registered()) == {str(each) for each in made}
    amounts = {case.original_amount for case in world.kravia.books.invoices.values()}
    assert amounts == {Decimal("2250.00")}  # the letter's fee is no principal

    world.conta.pay_by_ocr(made[0], Decimal("250.00"), on=date(2026, 11, 24))
    world.conta.object_to(made[1], on=date(2026, 11, 24))
    assert await world.news() == {"payment.received": 1, "invoice.overdue": 1}
    world.set_time(datetime(2026, 11, 25, 3, 0, tzinfo=UTC))
    assert await world.news() == {"objection.raised": 1, "invoice.overdue": 1}
    await world.settle()

    assert [amount for _, amount in world.reported()] == [Decimal("250.00")]
    assert await world.tasks() == ["objection_after_hand_over"]
    assert await world.news() == {}
