"""A sweep may be cut off anywhere: it is repeated, nothing is missed, nothing is recorded twice."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clients.exchange import Request
from clients.simulated_faults import Fault, FaultKind
from gateway.workers import ledger_sweep


class KilledError(BaseException):
    """The process ends here."""


def kill_after(world: Any, calls: int) -> None:
    """End the process at Conta's next call but ``calls``."""
    left = [calls]

    def count(_request: Request) -> None:
        if left[0] == 0:
            raise KilledError
        left[0] -= 1

    world.wire.before = count


async def until_done(world: Any) -> None:
    world.wire.before = lambda _request: None
    await world.restart()
    await world.sweep()
    await world.intake()


@pytest.mark.parametrize("calls", range(0, 19, 3))
async def test_a_killed_first_sweep_is_repeated(world: Any, calls: int) -> None:
    made = [world.invoice(notice=False) for _ in range(4)]
    kill_after(world, calls)

    with pytest.raises(KilledError):
        await world.sweep()
    await until_done(world)

    assert await world.events() == ["invoice.overdue"] * 4
    rows = await world.items("claims.list")
    assert {row["invoice_id"] for row in rows} == {str(each) for each in made}


@pytest.mark.parametrize("calls", range(0, 20, 2))
async def test_a_sweep_killed_among_changes_misses_none_and_doubles_none(
    world: Any, calls: int
) -> None:
    paid, part_paid, lost, gone, later = (world.invoice(notice=False) for _ in range(5))
    await world.sweep()
    await world.intake()
    world.pass_time(minutes=1)
    world.conta.pay_by_hand(
        {paid: Decimal("2250.00"), part_paid: Decimal("1.00")}, on=date_of(world)
    )
    world.conta.write_off(lost)
    del world.conta.books.invoices[gone]
    world.conta.postpone(later, date_of(world, days=30))
    kill_after(world, calls)

    with pytest.raises(KilledError):
        await world.sweep()
    await until_done(world)

    assert Counter((await world.events())[5:]) == {
        "payment.received": 2,
        "invoice.updated": 1,
        "invoice.overdue": 2,
        "collection.withdrawn": 2,
    }


async def test_an_older_state_that_returns_is_told_again(world: Any) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    due = world.conta.books.invoices[made].follow_up_date
    seen = []
    for until in (date_of(world, days=9), due, date_of(world, days=9)):
        world.conta.postpone(made, until)
        seen.append(await world.news())

    assert seen == [{"invoice.overdue": 1}] * 3
    ids = [row["webhook_id"] for row in await world.items("events.list")]
    assert len(set(ids)) == 4
    assert all(each.startswith(f"conta.{made}.") for each in ids)


async def test_lines_that_move_between_pages_are_found_by_the_next_sweep(world: Any) -> None:
    made = [world.invoice(notice=False) for _ in range(6)]
    world.conta.set_conditions(rows_max=2)
    pages = []

    def leave(request: Request) -> None:
        if request.path.endswith("/invoices"):
            pages.append(request.query["page"])
            if len(pages) == 2:  # the first line is paid while the list is read: the rest move up
                world.conta.pay_by_hand({made[0]: Decimal("2250.00")}, on=date_of(world))

    world.wire.before = leave
    await world.sweep()
    await world.sweep()

    await world.intake()

    rows = await world.items("claims.list")
    assert {row["invoice_id"] for row in rows} == {str(each) for each in made[1:]}
    assert await world.events() == ["invoice.overdue"] * 5


async def test_a_sweep_costs_what_its_docstring_says(world: Any) -> None:
    world.conta.set_conditions(rows_max=50)
    for number in range(300):
        world.invoice(notice=False, due=date_of(world, days=5 if number >= 20 else -30))
    await world.sweep()
    world.conta.calls.clear()

    await world.sweep()
    assert world.conta.calls == {
        "invoices": 6,
        "invoice_payments": 1,
        "customers": 1,
        "customer": 1,
    }

    world.conta.calls.clear()
    world.conta.postpone(7_100_001, date_of(world, days=9))
    await world.sweep()
    calls = world.conta.calls
    assert (calls["invoice"], calls["events"], calls["payments"]) == (1, 1, 1)
    assert calls["invoices"] == 6


async def test_a_sweep_reads_no_more_than_its_bound_and_the_next_goes_on(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sweep, "READS_MAX", 5)
    for _ in range(12):
        world.invoice(notice=False)
    poller = world.workers.ledger_poller

    reports = [await poller.run_once(world.now[0]) for _ in range(3)]

    assert [(r.read, r.left) for (r,) in reports] == [(5, 7), (5, 2), (2, 0)]
    assert await poller.run_once(world.now[0]) == ()  # its turn has not come
    world.pass_time(seconds=300)
    [(report)] = await poller.run_once(world.now[0])
    assert report.read == 0


async def test_what_is_wrong_with_one_invoice_stops_no_other_and_is_tried_again(
    world: Any,
) -> None:
    world.invoice(notice=False)
    world.invoice(notice=False)
    fault = Fault(kind=FaultKind.STATUS, operation="events", status=404)
    world.conta.faults.plant(fault)

    assert await world.news() == {"invoice.overdue": 1}
    assert await world.alerts() == ["ledger_invoice"]

    assert await world.news() == {"invoice.overdue": 1}
    assert await world.alerts() == []


@pytest.mark.parametrize("operation", ["invoices", "events", "invoice_payments", "customers"])
async def test_a_conta_that_is_down_is_told_once_and_nothing_is_lost(
    world: Any, operation: str
) -> None:
    async def told() -> list[str]:
        kinds: list[str] = await world.alerts()
        return [kind for kind in kinds if kind in {"ledger", "remote_down"}]

    world.invoice(notice=False)
    world.conta.faults.plant(
        Fault(kind=FaultKind.STATUS, operation=operation, status=503, times=None)
    )
    assert await world.news() == {}
    await world.workers.watch.alert(world.now[0])
    assert await told() == []
    for _ in range(2):
        world.pass_time(minutes=11)
        assert await world.news() == {}
        await world.workers.watch.alert(world.now[0])
        assert len(await told()) == 1

    world.conta.faults.faults.clear()
    await world.news()
    await world.workers.watch.alert(world.now[0])

    assert await world.events() == ["invoice.overdue"]
    assert await told() == []


async def test_a_refused_key_names_the_setting_in_its_alert(world: Any) -> None:
    world.conta._api_key = "another"

    await world.sweep()

    [alert] = await world.items("alerts.list")
    assert "refuses the key" in alert["message"]
    assert alert["command"] == "kravia-gateway creditors check acme"


@pytest.mark.parametrize(
    "other_creditors",
    [
        {
            "beta": {
                "kravia_creditor_id": 7,
                "webhook_secrets": ["env:SECRET"],
                "ledger": {"kind": "conta", "organization_id": 9, "api_key": "env:KEY"},
            }
        }
    ],
)
async def test_one_creditors_trouble_does_not_stop_the_others(
    world: Any, other_creditors: Any
) -> None:
    world.invoice(notice=False)

    reports = await world.workers.ledger_poller.run_once(world.now[0])

    assert [report.creditor_id for report in reports] == ["acme"]
    alerts = await world.items("alerts.list")
    assert [(each["creditor_id"], each["kind"]) for each in alerts] == [("beta", "ledger")]
    assert await world.events() == ["invoice.overdue"]


def date_of(world: Any, *, days: int = 0) -> date:
    today: date = world.now[0].date()
    return today + timedelta(days=days)


@pytest.mark.parametrize(
    ("path", "alert", "found"),
    [("/invoices", "ledger", {}), ("/7100001/events", "ledger_invoice", {"invoice.overdue": 1})],
)
async def test_a_fault_of_ours_is_told_and_stops_no_more_than_it_must(
    world: Any, path: str, alert: str, found: dict[str, int]
) -> None:
    world.invoice(notice=False)
    world.invoice(notice=False)

    def fail(request: Request) -> None:
        if request.path.endswith(path):
            raise LookupError("a bug")

    world.wire.before = fail
    assert await world.news() == found
    assert await world.alerts() == [alert]

    world.wire.before = lambda _request: None
    await world.news()
    assert await world.events() == ["invoice.overdue"] * 2
    assert await world.alerts() == []
