"""What of a settlement is no principal is booked in Tripletex as one voucher, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from clients.tripletex.simulator import TripletexSimulator
from clients.tripletex.simulator_vouchers import SimulatedVoucher
from gateway.workers import doubts
from tests.integration.conta_way_back.test_settlement_parts import in_parts
from tests.integration.conta_way_in.conftest import KRAVIA_CREDITOR_ID
from tests.integration.tripletex.conftest import PAYMENT_TYPE, Document, TripletexWorld
from tests.integration.tripletex.test_tripletex_way_back import DOUBTFUL

ACCOUNTS = {"interest": "8050", "fees": "3900", "costs": "6730", "vat": "2711"}
CLEARING = 1920
TODAY = date(2026, 11, 24)


@pytest.fixture
def creditor(request: Any) -> Document:
    """Parametrised (indirectly) with the accounts, of which one may be missing."""
    return {"payout_model": "batch", "accounts": getattr(request, "param", ACCOUNTS)}


@pytest.fixture
def ledger(request: Any) -> Document:
    return {"payment_type_id": PAYMENT_TYPE, **getattr(request, "param", {})}


async def paid_out(world: TripletexWorld, **invoice: Any) -> Any:
    """Of 1000.00 are 900.00 principal and 60.00 interest, so 40.00 fees; Kravia keeps 125.00."""
    for number in ACCOUNTS.values():
        world.tripletex.add_account(int(number))
    await world.active(**invoice)
    [case] = world.kravia.books.invoices.values()
    world.kravia.debtor_pays(case.invoice_id, Decimal("1000.00"), world.now[0].date())
    await world.settle()
    settlement = world.kravia.pay_out(KRAVIA_CREDITOR_ID, world.now[0].date())
    in_parts(settlement)
    return settlement


def balances(world: TripletexWorld) -> dict[int, Decimal]:
    books = world.tripletex.books.by_voucher
    return {each: books.balance(each) for each in books.accounts if books.balance(each)}


BOOKED = {
    CLEARING: Decimal("-25.00"),  # 975.00 came less 900.00 principal and 100.00 more was kept
    8050: Decimal("-60.00"),
    3900: Decimal("-40.00"),
    6730: Decimal("100.00"),
    2711: Decimal("25.00"),
}


async def later(world: TripletexWorld) -> None:
    """Time passes, doubts are looked at, and the ledger is swept."""
    world.pass_time(minutes=5)
    await world.settle()
    await world.news()
    await world.settle()


async def voucher(world: TripletexWorld) -> Document:
    return await world.message("ledger.voucher")


async def test_all_that_is_no_principal_is_one_balanced_voucher(world: TripletexWorld) -> None:
    department = world.tripletex.add_department("Oslo")
    project = world.tripletex.add_project("Fjord")
    settlement = await paid_out(world, department_id=department, project_id=project)
    await world.settle()
    await world.restart()
    await later(world)

    [made] = world.tripletex.books.by_voucher.vouchers.values()
    assert balances(world) == BOOKED
    assert sum(each.amount for each in made.postings) == 0
    assert made.on == TODAY
    assert {each.vat_type_id for each in made.postings} == {0}
    carried = {(each.department_id, each.project_id) for each in made.postings if each.row <= 2}
    assert carried == {(department, project)}
    # Principal and voucher together are what Kravia paid.
    paid = world.booked()
    assert paid == [Decimal("900.00")]
    assert sum(paid) + BOOKED[CLEARING] == settlement.amount
    marked = world.kravia.books.settlements[settlement.settlement_id]
    assert marked.booked_as == str(made.id)
    assert world.reported() == []
    assert await world.tasks() == []


@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_a_doubtful_voucher_is_booked_once(
    world: TripletexWorld, kind: FaultKind, more: dict[str, Any]
) -> None:
    settlement = await paid_out(world)
    world.fail(kind, "create_voucher", **more)
    await world.settle()
    await later(world)

    books = world.tripletex.books.by_voucher
    assert (len(books.vouchers), books.doubled) == (1, ())
    assert balances(world) == BOOKED
    assert (await voucher(world))["state"] == "delivered"
    marked = world.kravia.books.settlements[settlement.settlement_id]
    assert marked.booked_as == str(*books.vouchers)
    assert world.reported() == []
    assert await world.tasks() == []


async def test_a_voucher_in_doubt_is_not_sent_again_before_the_settle_window(
    world: TripletexWorld,
) -> None:
    await paid_out(world)
    world.fail(FaultKind.HANG, "create_voucher")
    await world.settle()
    shown = await world.call("doubts.show", message_id=(await voucher(world))["message_id"])
    assert shown["sent"]["amount"] == "-25.00"

    world.pass_time(seconds=90)  # the window is 120 s
    await doubts.run_once(world.gateway, world.workers.poller, world.now[0])
    await world.deliver()
    assert (await voucher(world))["state"] == "in_doubt"
    assert world.tripletex.calls["create_voucher"] == 1

    await later(world)
    assert (await voucher(world))["state"] == "delivered"
    assert balances(world) == BOOKED


async def test_a_voucher_that_stands_already_is_found_before_anything_is_sent(
    world: TripletexWorld,
) -> None:
    settlement = await paid_out(world)
    world.fail(FaultKind.STATUS, "create_voucher", status=422)
    await world.settle()
    assert await world.tasks() == ["book_by_hand"]
    message_id = (await voucher(world))["message_id"]
    books = world.tripletex.books.by_voucher
    # As a gateway restored from a copy meets what the original booked.
    books.vouchers[1] = SimulatedVoucher(
        id=1,
        on=TODAY,
        description="Kravia",
        external_number=f"kravia-settlement-{settlement.settlement_id}",
        postings=(),
    )
    await world.call("outbox.resend", message_id=message_id, reason="sent again")
    await world.settle()

    assert list(books.vouchers) == [1]
    assert (await voucher(world))["state"] == "delivered"
    assert settlement.booked_as == "1"
    assert await world.tasks() == []


@pytest.mark.parametrize(
    "creditor",
    [{name: number for name, number in ACCOUNTS.items() if name != "vat"}],
    indirect=True,
)
async def test_without_all_accounts_a_person_books_it(world: TripletexWorld) -> None:
    await paid_out(world)

    await world.settle()

    assert balances(world) == {}
    assert await world.items("outbox.list", kind="ledger.voucher") == []
    [task] = await world.items("tasks.list")
    assert "interest of invoice 10001 60.00 on account 8050" in task["text"]
    assert "no account set: creditors.acme.accounts.vat" in task["text"]
    assert world.booked() == [Decimal("900.00")]


REFUSED: dict[str, tuple[Callable[[TripletexSimulator], object], str]] = {
    "unknown": (lambda life: life.books.by_voucher.accounts.pop(2711), "no active account 2711"),
    "locked": (
        lambda life: life.add_account(2711, vat_locked=True, vat_type_id=1),
        "2711 is locked to VAT type 1",
    ),
    "customers": (
        lambda life: life.add_account(2711, ledger_type="CUSTOMER"),
        "2711 has a ledger of its own",
    ),
    "closed": (lambda life: life.close_month(2026, 11), "period of 2026-11-24 is closed"),
}


@pytest.mark.parametrize("why", sorted(REFUSED))
async def test_what_is_refused_is_a_task_with_accounts_and_amounts(
    world: TripletexWorld, why: str
) -> None:
    act, said = REFUSED[why]
    settlement = await paid_out(world)
    act(world.tripletex)
    await world.settle()

    assert balances(world) == {}
    message = await voucher(world)
    assert message["state"] == "parked"
    texts = [each["text"] for each in await world.items("tasks.list")]
    [text] = [each for each in texts if "What is no principal" in each]
    assert said in text
    for part in ("60.00 on account 8050", "40.00 on account 3900", "25.00, which Kravia kept"):
        assert part in text
    books = world.kravia.books.settlements[settlement.settlement_id]
    assert books.booked_as is None


@pytest.mark.parametrize("named_first", [False, True])
async def test_booked_by_hand_it_is_marked_with_the_persons_voucher(
    world: TripletexWorld, named_first: bool
) -> None:
    settlement = await paid_out(world)
    world.tripletex.books.by_voucher.accounts.pop(2711)
    await world.settle()
    message_id = (await voucher(world))["message_id"]

    cancel: Document = {"name": "outbox.cancel", "message_id": message_id}
    booked: Document = {
        "name": "settlements.booked",
        "settlement_id": settlement.settlement_id,
        "voucher": "2026-417",
    }
    for each in (booked, cancel) if named_first else (cancel, booked):
        await world.call(**each, reason="booked by hand")
    await world.settle()

    marked = world.kravia.books.settlements[settlement.settlement_id]
    assert marked.booked_as == "2026-417"
    assert balances(world) == {}
    assert await world.tasks() == []


@pytest.mark.parametrize("ledger", [{"closed_period": "first_open_day"}], indirect=True)
async def test_a_closed_period_moves_the_voucher_to_the_first_open_day(
    world: TripletexWorld,
) -> None:
    await paid_out(world)
    world.tripletex.close_month(2026, 11)
    world.set_time(world.now[0].replace(month=12, day=3))
    await world.settle()

    [made] = world.tripletex.books.by_voucher.vouchers.values()
    assert made.on == date(2026, 12, 1)
    assert balances(world) == BOOKED


async def test_two_vouchers_of_the_name_are_left_to_a_person(world: TripletexWorld) -> None:
    await paid_out(world)
    world.fail(FaultKind.ACCEPT_THEN_TIMEOUT, "create_voucher")
    await world.poll_kravia()
    await world.deliver()
    books = world.tripletex.books.by_voucher
    [made] = books.vouchers.values()
    books.vouchers[made.id + 1] = made

    world.pass_time(minutes=5)
    await doubts.run_once(world.gateway, world.workers.poller, world.now[0])

    assert (await voucher(world))["state"] == "parked"
    assert world.tripletex.calls["create_voucher"] == 1
