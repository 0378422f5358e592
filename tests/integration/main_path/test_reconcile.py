"""``reconcile`` and the nightly comparison: clean when all is well, and each planted drift told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from clients.simulated_faults import FaultKind
from gateway.storage.tables import claim, collected, message, mirror, receipt
from gateway.workers import comparison

CREDITOR_ID = 10759
NIGHT = datetime(2026, 11, 25, 2, 5, tzinfo=UTC)  # 03:05 in Oslo


async def reconciled(world: Any) -> list[tuple[str, str]]:
    """(kind, sign) of everything found, however many batches it takes."""
    found: list[tuple[str, str]] = []
    after = None
    while True:
        page = await world.call("reconcile", **({} if after is None else {"after": after}))
        assert page["incomplete"] == []
        found += [(each["kind"], each["sign"]) for each in page["differences"]]
        after = page["next"]
        if after is None:
            return found


async def change(world: Any, table: sa.Table, **values: object) -> None:
    """Somebody changes all rows of a table behind the gateway's back."""
    await world.gateway.database.write(
        lambda connection: connection.execute(sa.update(table).values(**values))
    )


async def busy_history(world: Any) -> str:
    """Claims in every state of the money: paid, credited, collected, taken back, paid out."""
    first: str = await world.active("30001")
    await world.paid("500.00", payment_id="pay-1")
    await world.credited("100.00")
    await world.settle()
    world.debtor_pays(first, "1000.00")
    await world.settle()
    world.kravia.pay_out(CREDITOR_ID, world.now[0].date(), costs=Decimal("50.00"))
    await world.settle()
    await world.paid("1000.00", payment_id="pay-out-1")
    second = await world.active("30002")
    payment = world.debtor_pays(second, "700.00")
    await world.settle()
    world.kravia.reverse_payment(second, payment.payment_id)
    await world.active("30003")
    await world.paid("4800.00", payment_id="pay-3", number="30003")
    await world.overdue("30004", notices=[])
    fifth = await world.active("30005")
    world.debtor_pays(fifth, "4800.00")
    await world.settle()
    world.pass_time(hours=3)
    for case in list(world.books.invoices):
        world.kravia.touch(case)
    await world.settle()
    return first


async def test_a_busy_day_leaves_no_difference(world: Any) -> None:
    await busy_history(world)

    assert await reconciled(world) == []


async def test_nothing_is_said_of_kravia_before_its_list_is_read_whole(world: Any) -> None:
    page = await world.call("reconcile")

    assert page["incomplete"] == ["acme"]
    assert page["differences"] == []


async def vanish(world: Any) -> None:
    """Kravia's list no longer has the case."""
    await world.gateway.database.write(lambda connection: connection.execute(sa.delete(mirror)))


async def entered_twice(world: Any) -> None:
    """A person enters at Kravia what it was told already."""
    kravia_id = next(iter(world.books.invoices))
    payment = next(p for p in world.books.invoices[kravia_id].payments if p.accounting_payment_id)
    world.books.invoices[kravia_id].payments.append(payment)
    world.kravia.touch(kravia_id)
    await world.settle()


async def raise_remaining(world: Any) -> None:
    """Kravia says that more is open than adds up."""
    kravia_id = next(iter(world.books.invoices))
    world.books.invoices[kravia_id].remaining += Decimal(1)
    world.kravia.touch(kravia_id)
    await world.settle()


async def register_elsewhere(world: Any) -> None:
    """Somebody registers another invoice in the portal."""
    world.already_there("99999")
    await world.settle()


async def register_again(world: Any) -> None:
    """Somebody registers the same invoice in the portal, under our id."""
    world.already_there("30001", accounting_invoice_id="inv-30001")
    await world.settle()


async def refuse_a_payment(world: Any) -> None:
    """Kravia refuses what it is told."""
    world.fail("payment", FaultKind.STATUS, status=400)
    await world.paid("10.00", payment_id="pay-refused")
    await world.settle()


@pytest.mark.parametrize(
    ("drift", "kind", "sign"),
    [
        (vanish, "ours_not_theirs", "case_missing"),
        (register_elsewhere, "theirs_not_ours", "case_not_ours"),
        (register_again, "doubled_booking", "case_doubled"),
        (entered_twice, "doubled_booking", "payment_doubled_there"),
        (raise_remaining, "amount", "amount_open"),
        (refuse_a_payment, "missing_booking", "payment_parked"),
        ((mirror, {"amount_minor": 1}), "amount", "amount_registered"),
        ((mirror, {"status": "Paid"}), "status", "status_ended_there"),
        ((mirror, {"status": "Hm"}), "status", "status_unknown"),
        ((claim, {"state": "closed", "close_reason": "paid"}), "status", "status_open_there"),
        ((receipt, {"state": "payout"}), "doubled_booking", "payment_echoed"),
        ((message, {"state": "cancelled"}), "missing_booking", "payment_state"),
        ((collected, {"amount_minor": 1}), "amount", "collected_amount"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_planted_drift_is_found(world: Any, drift: Any, kind: str, sign: str) -> None:
    kravia_id = await world.active()
    await world.paid("500.00")
    await world.settle()
    world.debtor_pays(kravia_id, "200.00")
    await world.settle()
    world.pass_time(hours=3)
    world.kravia.touch(kravia_id)
    await world.settle()
    assert await reconciled(world) == []

    if isinstance(drift, tuple):
        table, values = drift
        await change(world, table, **values)
    else:
        await drift(world)

    assert (kind, sign) in await reconciled(world)


async def compare_tonight(world: Any) -> int:
    """Turn the nightly loop until it is done; how many batches it took."""
    batches = 0
    while await comparison.run_once(world.gateway, 3, world.now[0]):
        batches += 1
    return batches


async def test_every_night_once_and_only_new_differences_are_alerted(world: Any) -> None:
    await world.active()
    assert not await compare_tonight(world)  # by day, for the first time: it waits for the night
    world.set_time(NIGHT)
    await world.settle()
    assert await compare_tonight(world)
    assert not await compare_tonight(world)
    assert await world.alerts() == []

    await change(world, mirror, amount_minor=1)
    world.pass_time(days=1)
    await compare_tonight(world)
    (raised,) = await world.items("alerts.list")
    assert raised["kind"] == "differences"
    assert raised["command"] == "kravia-gateway reconcile --creditor acme"
    assert "1 amount" in raised["message"]
    (row,) = (await world.call("reconcile"))["differences"]
    assert row["first_seen"].startswith("2026-11-26")

    world.pass_time(days=1)  # known by now: no second alert
    await compare_tonight(world)
    assert [each["raised_at"] for each in await world.items("alerts.list")] == [raised["raised_at"]]

    await change(world, mirror, amount_minor=480_000)
    world.pass_time(days=1)
    await compare_tonight(world)
    assert await world.alerts() == []
    assert world.seen_outside("SELECT * FROM difference") == []


async def test_a_night_that_was_broken_off_goes_on_where_it_was(world: Any) -> None:
    await world.active()
    await change(world, mirror, amount_minor=1)
    world.set_time(NIGHT)
    assert await comparison.run_once(world.gateway, 3, world.now[0])
    before = world.seen_outside("SELECT day, cursor, ended_at FROM reconciliation")
    await world.restart()
    world.pass_time(hours=8)
    await compare_tonight(world)

    (day, cursor, ended_at), *_ = before
    assert (day, ended_at) == ("2026-11-25", None)
    assert cursor.startswith("claims:")
    assert await world.alerts() == ["differences"]
