"""The process ends at the worst moment: what was leased is looked up before it is sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clients.exchange import Request, Response
from gateway.storage.tables import message as table
from outbox import store


async def leased_and_lost(world: Any, *, sending: bool = True) -> None:
    """Lease what is due, and perhaps begin to send it, as a process does that then dies."""
    now = world.now[0]

    def lose(connection: sa.Connection) -> None:
        until = now + timedelta(seconds=60)
        for leased in store.lease(connection, table, now=now, until=until, limit=100):
            if sending:
                store.sending(
                    connection, table, leased.message_id, leased.fence, now=now, theirs=now
                )

    await world.gateway.database.write(lose)


async def test_a_register_that_was_accepted_before_the_crash_is_adopted(world: Any) -> None:
    await world.overdue()
    await world.poll()
    await world.intake()
    await leased_and_lost(world)
    world.already_there(accounting_invoice_id="inv-30001")  # the call went through

    await world.restart()
    assert (await world.message())["state"] == "in_doubt"
    world.pass_time(minutes=5)
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert world.books.registers == []


async def test_a_register_that_may_have_been_sent_waits_for_proof(world: Any) -> None:
    await world.overdue()
    await world.poll()
    await world.intake()
    await leased_and_lost(world)
    await world.restart()
    world.pass_time(minutes=5)
    await world.settle()
    assert world.books.registers == []

    world.witness()
    world.pass_time(minutes=1)
    await world.settle()

    assert len(world.registers()) == 1


async def test_a_register_that_was_leased_but_never_sent_is_no_doubt(world: Any) -> None:
    await world.overdue()
    await world.poll()
    await world.intake()
    await leased_and_lost(world, sending=False)
    await world.restart()
    await world.settle()

    assert len(world.registers()) == 1


@pytest.mark.parametrize("kind", ["kravia.register", "kravia.payment", "kravia.credit_note"])
async def test_every_call_is_noted_as_being_sent_before_it_goes_out(world: Any, kind: str) -> None:
    """Without the note a crash during the call would have it sent a second time."""
    noted: list[object] = []
    handle = world.kravia.handle

    def watch(request: Request) -> Response:
        if request.method == "POST":
            noted.append(
                world.seen_outside(
                    "SELECT kind FROM message WHERE state = 'leased' AND sent_fence = fence"
                )
            )
        answer: Response = handle(request)
        return answer

    await world.active("30009", debtor={"number": "9"})
    world.kravia.handle = watch
    if kind == "kravia.register":
        await world.overdue()
    elif kind == "kravia.payment":
        await world.paid(number="30009")
    else:
        await world.credited(number="30009")
    await world.settle()

    assert noted == [[(kind,)]]


@pytest.mark.parametrize("was_sent", [True, False])
async def test_a_payment_under_way_at_the_crash_counts_once(world: Any, was_sent: bool) -> None:
    await world.active()
    await world.paid()
    await world.intake()
    before = await world.message("kravia.payment")
    if was_sent:
        handle = world.workers.dispatcher._deliver
        found = await world.gateway.database.read(
            lambda connection: store.find(connection, table, before["message_id"])
        )
        await handle(found)
        assert world.reported() == []  # not leased: it may not go
        world.debtor_pays(
            world.registers()[0].invoice_id, "1000.00"
        ).accounting_payment_id = "pay-1"
    await leased_and_lost(world)
    await world.restart()
    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    assert len(world.reported()) == 1


async def test_a_webhook_under_way_at_the_crash_is_told_again_under_the_same_id(
    world: Any,
) -> None:
    await world.overdue(notices=[])
    await world.intake()
    await leased_and_lost(world)
    await world.restart()
    await world.settle()

    (told,) = world.told("claim.rejected")
    assert told.deliveries == 1
    assert (await world.message("ledger.claim.rejected"))["message_id"] == told.webhook_id


async def test_what_crashes_again_and_again_is_parked_and_alerted(world: Any) -> None:
    await world.overdue(notices=[])
    await world.intake()
    for _ in range(3):
        await leased_and_lost(world)
        await world.restart()
    await world.remind()

    assert (await world.message("ledger.claim.rejected"))["state"] == "parked"
    assert await world.alerts() == ["parked"]


async def test_events_recorded_before_the_crash_are_handled_after_it(world: Any) -> None:
    await world.overdue()
    await world.restart()
    await world.settle()

    assert (await world.claim())["state"] == "active"
