"""A remote that is down, slow or strict is spared, and what is meant for it waits unharmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from clients.pacing import BreakerState
from clients.simulated_faults import FaultKind
from clients.webhook.simulator import LedgerFault, LedgerFaultKind
from gateway.storage.tables import message as table
from gateway.workers.courses import Courses
from gateway.workers.remotes import watch_remotes
from outbox import store
from outbox.turns import Line


def kravia_state(world: Any) -> BreakerState:
    host = world.gateway.host_of("acme", "kravia.register")
    assert host is not None
    return BreakerState(host.state)


async def go_down(world: Any) -> None:
    """Kravia refuses until the breaker is open."""
    world.fail("*", FaultKind.REFUSE, times=None)
    while kravia_state(world) is BreakerState.CLOSED:
        await world.poll()


async def test_while_kravia_is_down_nothing_is_leased_and_no_attempt_is_burned(world: Any) -> None:
    await world.poll()
    await go_down(world)
    await world.overdue()
    await world.intake()
    for _ in range(20):
        assert await world.deliver() == 0
        world.pass_time(seconds=1)
    message = await world.message()
    assert (message["state"], message["attempts"]) == ("pending", 0)


async def test_the_probe_is_one_read_and_never_a_register(world: Any) -> None:
    await world.poll()
    await go_down(world)
    await world.overdue()
    await world.intake()
    world.pass_time(seconds=30)
    world.mend()
    assert kravia_state(world) is BreakerState.HALF_OPEN
    assert await world.deliver() == 0
    await watch_remotes(world.gateway, world.now[0])
    assert world.gateway.wake.hinted == {"acme"}
    searches = world.kravia.calls["search"]

    await world.workers.poller.run_once(world.now[0])
    assert world.kravia.calls["search"] > searches
    assert kravia_state(world) is BreakerState.CLOSED
    assert world.gateway.wake.delivery.is_set()
    await world.settle()
    assert len(world.registers()) == 1


async def test_an_outage_longer_than_the_schedule_parks_nothing(world: Any) -> None:
    """Down for five days, where a message is given up after three."""
    await world.poll()
    world.fail("*", FaultKind.REFUSE, times=None)
    await world.overdue()
    for _ in range(5 * 24):
        world.pass_time(hours=1)
        await world.settle()
    message = await world.message()
    assert message["state"] == "pending"

    world.mend()
    await world.poll()
    world.fail("register", FaultKind.REFUSE)  # one more hiccup of one that is up again
    for _ in range(2):
        world.pass_time(hours=1)
        await world.settle()
        if not world.registers():
            assert (await world.message())["state"] == "pending"
    assert len(world.registers()) == 1
    assert world.books.duplicates == ()


async def test_a_ledger_that_is_down_longer_than_the_schedule_is_told_in_the_end(
    world: Any,
) -> None:
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=500, times=None))
    for number in range(30_001, 30_012):
        await world.overdue(str(number), debtor={"number": str(number)})
    for _ in range(5 * 24):
        world.pass_time(hours=1)
        await world.settle()
    assert not [m for m in await world.items("outbox.list") if m["state"] == "parked"]

    world.ledger.clear_faults()
    for _ in range(3):
        world.pass_time(hours=1)
        await world.settle()
    assert len(world.told("claim.registered")) == 11


async def test_a_ledger_that_is_down_is_probed_by_one_message(world: Any) -> None:
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=500, times=None))
    for number in range(30_001, 30_012):
        await world.overdue(str(number), debtor={"number": str(number)})
    await world.settle()
    host = world.gateway.host_of("acme", "ledger.claim.registered")
    assert host.state is BreakerState.OPEN
    failures = host.breaker.failures
    world.pass_time(hours=1)
    await world.deliver()
    assert host.breaker.failures == failures + 1
    assert host.state is BreakerState.OPEN


async def test_a_429_rests_everything_meant_for_kravia(world: Any) -> None:
    await world.poll()
    world.fail("register", FaultKind.STATUS, status=429, retry_after_seconds=120)
    for number in ("30001", "30002", "30003"):
        await world.overdue(number, debtor={"number": number})
    await world.intake()
    await world.deliver()
    calls = dict(world.kravia.calls)
    for _ in range(11):
        world.pass_time(seconds=10)
        await world.settle()
    assert dict(world.kravia.calls) == calls  # neither registers nor polls
    assert await world.alerts() == []

    world.pass_time(seconds=10)
    await world.settle()
    assert len(world.books.registers) == 3


async def test_an_operator_is_told_what_is_down_until_it_is_back(world: Any) -> None:
    await world.poll()
    await go_down(world)
    await watch_remotes(world.gateway, world.now[0])
    rows = (await world.call("alerts.list"))["items"]
    (alert,) = (row for row in rows if row["kind"] == "remote_rests")
    assert "failed" in alert["message"]
    assert alert["command"] == "kravia-gateway creditors check acme"

    world.pass_time(seconds=30)
    world.mend()
    await world.poll()
    await watch_remotes(world.gateway, world.now[0])
    assert await world.alerts() == []


async def test_a_long_rest_is_told_of_with_its_length(world: Any) -> None:
    world.fail("search", FaultKind.STATUS, status=429, retry_after_seconds=3_000)
    await world.poll()
    await watch_remotes(world.gateway, world.now[0])
    rows = (await world.call("alerts.list"))["items"]
    assert ["3000 s" in row["message"] for row in rows if row["kind"] == "remote_rests"] == [True]


async def test_a_ledger_at_rest_keeps_nothing_from_kravia(world: Any) -> None:
    host = world.gateway.host_of("acme", "ledger.claim.registered")
    host.rests_until = world.monotonic() + 3_600
    await world.overdue()
    await world.settle()
    assert len(world.registers()) == 1
    assert not world.ledger.told
    world.pass_time(hours=1)
    await world.settle()
    assert world.ledger.told


async def test_a_hundred_thousand_due_messages_of_one_creditor_do_not_delay_another(
    world: Any,
) -> None:
    def fill(connection: Any) -> None:
        due_at = int((world.now[0] - timedelta(days=1)).timestamp() * 1000)
        row = {
            "lane": None,
            "kind": "kravia.payment",
            "payload": b"{}",
            "doubtful": 1,
            "state": "pending",
            "head": 1,
            "due_at": due_at,
            "created_at": due_at,
        }
        rows = [
            row | {"scope": "hot", "message_id": f"h{n}", "key": f"h{n}"} for n in range(100_000)
        ]
        rows.append(row | {"scope": "cold", "message_id": "c", "key": "c", "due_at": due_at + 1})
        connection.execute(table.insert(), rows)

    await world.gateway.database.write(fill)
    courses = Courses(world.gateway, 8)

    def take(connection: Any) -> list[str]:
        until = world.now[0] + timedelta(minutes=1)
        leased = store.lease(
            connection,
            table,
            now=world.now[0],
            until=until,
            limit=4,
            course_of=courses.course_of,
            busy={Line("hot", "kravia.payment"): 4},
        )
        return [message.scope for message in leased]

    taken = await world.gateway.database.write(take)
    assert taken[0] == "cold"
    assert taken.count("hot") <= 3
