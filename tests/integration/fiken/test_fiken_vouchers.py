"""What of a settlement is no principal is booked in Fiken as one free entry, once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.fiken.simulator_books import SimulatedEntry
from clients.simulated_faults import Fault, FaultKind
from gateway.workers import doubts
from tests.integration.conta_way_back.test_settlement_parts import ACCOUNTS, in_parts
from tests.integration.fiken.test_fiken_way_back import DOUBTFUL

TODAY = date(2026, 11, 24)
CLEARING = "1920:10001"
BOOKED = {CLEARING: -2_500, "8050": -6_000, "3900": -4_000, "6730": 10_000, "2711": 2_500}
"""Of 975.00 paid 900.00 are principal; 100.00 came beside it and 125.00 were kept."""


@pytest.fixture
def accounts(request: Any) -> dict[str, str]:
    return dict(getattr(request, "param", ACCOUNTS))


async def paid_out(world: Any) -> Any:
    world.fiken.books.accounts |= set(ACCOUNTS.values())
    await world.paid_out()
    [settlement] = world.kravia.books.settlements.values()
    in_parts(settlement)
    return settlement


def fail(world: Any, kind: FaultKind, operation: str = "create_journal_entry", **more: Any) -> None:
    world.fiken.faults.plant(Fault(kind=kind, operation=operation, **more))


def balances(world: Any) -> dict[str, int]:
    books = world.fiken.books
    return {each: books.balance(each) for each in (CLEARING, *ACCOUNTS.values())}


async def voucher(world: Any) -> Any:
    return (await world.items("outbox.list", kind="ledger.voucher"))[0]


async def later(world: Any) -> None:
    world.pass_time(minutes=5)
    await world.settle()
    await world.news()
    await world.settle()


async def test_all_that_is_no_principal_is_one_balanced_entry(world: Any) -> None:
    settlement = await paid_out(world)
    await world.settle()
    await later(world)

    [made] = world.fiken.books.entries.values()
    assert balances(world) == BOOKED
    assert sum(amount for _, amount in made.lines) == 0
    assert made.on == TODAY
    [(_, paid)] = world.booked()
    assert Decimal(paid + BOOKED[CLEARING]) / 100 == settlement.amount
    assert settlement.booked_as == str(made.id)
    assert world.reported() == []
    assert await world.tasks() == []


@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_a_doubtful_entry_is_booked_once(
    world: Any, kind: FaultKind, more: dict[str, Any]
) -> None:
    settlement = await paid_out(world)
    fail(world, kind, **more)
    await world.settle()
    await later(world)

    [made] = world.fiken.books.entries.values()
    assert balances(world) == BOOKED
    assert (await voucher(world))["state"] == "delivered"
    assert settlement.booked_as == str(made.id)
    assert world.reported() == []
    assert await world.tasks() == []


async def test_nothing_is_sent_again_before_the_settle_window(world: Any) -> None:
    await paid_out(world)
    fail(world, FaultKind.HANG)
    await world.settle()
    world.pass_time(seconds=90)  # the window is 120 s
    await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    await world.deliver()

    assert (await voucher(world))["state"] == "in_doubt"
    assert world.fiken.calls["create_journal_entry"] == 1


async def test_an_accepted_entry_that_is_not_shown_stands_and_is_not_sent_again(world: Any) -> None:
    settlement = await paid_out(world)
    fail(world, FaultKind.STATUS, "journal_entries", status=503, times=3, after=1)
    await world.settle()
    await later(world)

    [made] = world.fiken.books.entries.values()
    assert settlement.booked_as == str(made.transaction_id)


async def test_an_entry_of_its_text_is_found_before_anything_is_sent(world: Any) -> None:
    settlement = await paid_out(world)
    for entry_id, text in (
        (1, f"Fri postering registrert via API: Kravia  settlement {settlement.settlement_id}"),
        (2, f"Kravia settlement {settlement.settlement_id}1"),
    ):
        world.fiken.books.entries[entry_id] = SimulatedEntry(
            id=entry_id,
            transaction_id=entry_id,
            on=TODAY,
            description=text,
            created_on=TODAY,
            lines=(),
        )
    await world.settle()

    assert list(world.fiken.books.entries) == [1, 2]
    assert settlement.booked_as == "1"


@pytest.mark.parametrize("accounts", [{"interest": "8050", "costs": "6730"}], indirect=True)
async def test_without_all_accounts_a_person_books_it(world: Any) -> None:
    await paid_out(world)
    await world.settle()

    assert world.fiken.books.entries == {}
    [task] = await world.items("tasks.list")
    assert "no account set: creditors.acme.accounts.vat" in task["text"]


@pytest.mark.parametrize("why", ["account", "locked"])
async def test_what_is_refused_is_a_task_with_accounts_and_amounts(world: Any, why: str) -> None:
    settlement = await paid_out(world)
    if why == "account":
        world.fiken.books.accounts.clear()
    else:
        # The payments of the simulator know no locked days, so only the entry is refused.
        world.fiken.books.locked_until = TODAY
    await world.settle()

    assert world.fiken.books.entries == {}
    assert (await voucher(world))["state"] == "parked"
    [task] = await world.items("tasks.list")
    assert task["kind"] == "book_by_hand"
    assert "25.00, which Kravia kept, on account 2711" in task["text"]
    assert settlement.booked_as is None
