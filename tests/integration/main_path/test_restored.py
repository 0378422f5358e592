"""A database that comes back from a copy: the world has moved on, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from gateway.storage.backup import back_up, restore

from .conftest import SQLITE_ONLY

pytestmark = SQLITE_ONLY

Document = dict[str, Any]


def copy_of(world: Any) -> Path:
    """Back the running gateway's database up."""
    database: Path = world.settings.database_path
    target = database.with_name("backup.db")
    back_up(database, target, world.now[0])
    return target


async def come_back(world: Any, copy: Path, **delta: float) -> None:
    """The process dies, and after a while another starts on the copy."""
    await world.stack.aclose()
    world.pass_time(**(delta or {"minutes": 30}))
    restore(copy, world.settings.database_path, world.now[0], replace=True)
    await world.start()
    await world.workers.dispatcher.recover(world.now[0])


def put_in_place_by_hand(copy: Path, database: Path) -> None:
    """As someone does who does not know of the command."""
    for ending in ("-wal", "-shm"):
        database.with_name(f"{database.name}{ending}").unlink(missing_ok=True)
    database.write_bytes(copy.read_bytes())


async def registered_after_the_copy(world: Any) -> tuple[Path, str]:
    """A register waits in the copy, and is sent only after it."""
    await world.poll()
    await world.overdue()
    await world.intake()
    copy = copy_of(world)
    await world.settle()
    return copy, str((await world.claim())["kravia_invoice_id"])


async def test_a_register_sent_after_the_copy_is_adopted_not_sent_again(world: Any) -> None:
    copy, kravia_id = await registered_after_the_copy(world)
    await come_back(world, copy)
    assert (await world.message())["state"] == "in_doubt"
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["kravia_invoice_id"]) == ("active", kravia_id)
    assert len(world.registers()) == 1


async def test_it_is_adopted_also_while_registers_are_paused(world: Any) -> None:
    copy, _ = await registered_after_the_copy(world)
    await come_back(world, copy)
    await world.settle()

    assert "restored" in await world.alerts()
    [row] = await world.items("creditors.list")
    assert "restored from a copy" in row["paused"]


async def test_a_register_never_sent_goes_only_with_a_witness_and_after_resume(world: Any) -> None:
    await world.poll()
    await world.overdue()
    await world.intake()
    copy = copy_of(world)
    await come_back(world, copy)
    await world.call("resume")
    world.pass_time(hours=1)
    await world.settle()
    assert (await world.message())["state"] == "in_doubt"

    world.pass_time(hours=2)  # Kravia's clock was not seen yet: ours may be off by as much
    world.witness()
    world.pass_time(hours=1)
    await world.settle()
    assert (await world.claim())["state"] == "active"
    assert len(world.registers()) == 1


async def test_a_claim_that_came_after_the_copy_is_adopted_when_the_ledger_sends_it_again(
    world: Any,
) -> None:
    await world.poll()
    copy = copy_of(world)
    kravia_id = await world.active()
    await come_back(world, copy)
    await world.overdue()
    await world.settle()
    world.pass_time(minutes=6)
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["kravia_invoice_id"]) == ("active", kravia_id)
    assert len(world.registers()) == 1


async def test_a_claim_held_in_the_copy_and_registered_since_is_adopted(world: Any) -> None:
    await world.overdue(debtor={"protected_address": True})
    await world.settle()
    copy = copy_of(world)
    await world.act("approve")
    await world.settle()
    assert len(world.registers()) == 1
    await come_back(world, copy)
    await world.act("approve")
    await world.call("resume")
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert len(world.registers()) == 1


async def test_nothing_new_goes_before_the_mirror_is_read_past_the_settle_window(
    world: Any,
) -> None:
    await world.poll()
    copy = copy_of(world)
    await come_back(world, copy)
    await world.call("resume")
    await world.overdue()
    await world.settle()
    assert (await world.claim())["state"] == "sending"
    assert "has time to show" in (await world.message())["last_error"]

    world.pass_time(hours=1)
    await world.settle()
    assert (await world.claim())["state"] == "active"


async def test_a_payment_told_after_the_copy_is_not_told_again(world: Any) -> None:
    await world.active()
    await world.paid()
    await world.intake()
    copy = copy_of(world)
    await world.settle()
    assert len(world.reported()) == 1
    await come_back(world, copy)
    await world.settle()

    assert (await world.message("kravia.payment"))["state"] == "delivered"
    assert len(world.reported()) == 1


async def test_a_payment_whose_event_was_lost_is_not_told_twice(world: Any) -> None:
    await world.active()
    copy = copy_of(world)
    await world.paid()
    await world.settle()
    await come_back(world, copy)
    await world.paid()
    await world.settle()

    assert len(world.reported()) == 1


@pytest.mark.parametrize("assumptions_file", ["no_payments"], indirect=True)
async def test_where_kravia_shows_no_payments_a_lost_one_goes_to_a_person(world: Any) -> None:
    await world.active()
    copy = copy_of(world)
    await come_back(world, copy)
    await world.paid()
    await world.settle()
    message = await world.message("kravia.payment")
    assert message["state"] == "parked"
    assert world.reported() == []

    await world.call("doubts.resend", message_id=message["message_id"], reason="looked")
    await world.settle()
    assert len(world.reported()) == 1


async def test_what_was_parked_and_sent_since_is_found(world: Any) -> None:
    await world.poll()
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue()
    await world.settle()
    message = await world.message()
    assert message["state"] == "parked"
    copy = copy_of(world)
    world.mend()
    world.pass_time(seconds=1)
    await world.call("outbox.resend", message_id=message["message_id"])
    await world.settle()
    assert len(world.registers()) == 1
    await come_back(world, copy)
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert len(world.registers()) == 1


async def test_news_of_kravias_cases_after_the_copy_is_read(world: Any) -> None:
    kravia_id = await world.active()
    copy = copy_of(world)
    world.kravia.close(kravia_id, "paid")
    await world.settle()
    await come_back(world, copy)
    await world.settle()

    assert (await world.claim())["close_reason"] == "paid"


async def test_a_restored_gateway_is_put_in_doubt_once(world: Any) -> None:
    copy, _ = await registered_after_the_copy(world)
    await come_back(world, copy)
    await world.settle()
    await world.call("resume")
    await world.restart()
    await world.settle()

    assert "restored" not in await world.alerts()
    assert (await world.message())["state"] == "delivered"
    [row] = await world.items("creditors.list")
    assert row["paused"] is None


async def test_a_copy_that_was_put_in_place_by_hand_is_known_for_one(world: Any) -> None:
    copy, _ = await registered_after_the_copy(world)
    await world.stack.aclose()
    world.set_time(world.now[0] + timedelta(minutes=5))
    put_in_place_by_hand(copy, world.settings.database_path)
    await world.start()
    await world.settle()

    assert len(world.registers()) == 1
    assert "restored" in await world.alerts()
