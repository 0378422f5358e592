"""Messages sent again: through the same gate, in order, each once; nothing at Kravia is doubled."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clients.simulated_faults import FaultKind
from clients.webhook.simulator import LedgerFault, LedgerFaultKind
from gateway.storage.tables import message as table
from outbox import store

Document = dict[str, Any]


async def parked_registers(world: Any, *numbers: str) -> None:
    """Registers that Kravia refused for good."""
    world.fail("register", FaultKind.STATUS, status=422, times=len(numbers))
    for number in numbers:
        await world.overdue(number, debtor={"number": f"d-{number}"})
    await world.settle()
    assert [row["state"] for row in await world.items("outbox.list", kind="kravia.register")] == [
        "parked" for _ in numbers
    ]


async def test_parked_registers_go_again_through_gate_and_mirror(world: Any) -> None:
    await parked_registers(world, "30001", "30002")
    before = [row["message_id"] for row in await world.items("outbox.list", kind="kravia.register")]
    # One of them came to Kravia another way meanwhile.
    there = world.already_there("30002", debtor_number="d-30002")
    await world.poll()

    ended = await world.replay("messages", type="kravia.register")
    world.pass_time(seconds=1)
    await world.settle()

    assert ended["outcomes"] == {"sent_again": 2}
    assert len(world.registers("30001")) == 1
    assert world.registers("30002") == []
    assert (await world.claim("30002"))["kravia_invoice_id"] == there
    after = await world.items("outbox.list", kind="kravia.register")
    assert [row["message_id"] for row in after] == before
    assert {row["state"] for row in after} == {"delivered"}
    assert not world.books.duplicates
    assert "parked" not in await world.alerts()


async def test_a_pause_stops_replayed_registers_too(world: Any) -> None:
    await parked_registers(world, "30001")
    await world.call("pause", reason="a test")

    assert (await world.replay("messages"))["outcomes"] == {"sent_again": 1}
    await world.settle()

    assert world.registers() == []
    assert (await world.message())["last_error"].startswith("paused")


async def test_only_those_with_the_error_named_go_again(world: Any) -> None:
    await parked_registers(world, "30001")
    world.fail("register", FaultKind.STATUS, status=400, name="broken", times=1)
    await world.overdue("30002", debtor={"number": "d-30002"})
    await world.settle()
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=400))
    await world.overdue("30003", debtor={"number": "d-30003"})
    await world.settle()
    errors = {row["last_error"] for row in await world.items("outbox.list", state="parked")}
    assert len(errors) == 3

    plan = await world.call("replays.plan", what="messages", error="422")
    ended = await world.replay("messages", error="422")

    assert plan["by_type"] == [{"type": "kravia.register", "state": "parked", "count": 1}]
    assert ended["items"] == 1
    assert len(await world.items("outbox.list", state="parked")) == 2


async def test_a_dry_run_counts_all_beyond_its_sample_as_the_replay_takes_them(world: Any) -> None:
    for number in range(30_001, 30_015):
        await world.overdue(str(number), debtor={"number": str(number)}, notices=[])
    await world.settle()
    await parked_registers(world, "40001")

    plan = await world.call("replays.plan", what="messages", state="delivered")
    ended = await world.replay("messages", state="delivered")

    assert len(plan["sample"]) < plan["count"] == ended["items"] >= 14
    assert sum(row["count"] for row in plan["by_type"]) == plan["count"]


async def test_what_was_told_is_told_again_under_a_new_id_in_every_replay(world: Any) -> None:
    await world.active()
    (first,) = world.told("claim.registered")

    for _ in range(2):
        asked = {"state": "delivered", "type": "ledger.claim.registered"}
        assert (await world.replay("messages", **asked))["outcomes"]["told_again"] >= 1
        await world.settle()

    told = world.told("claim.registered")
    # The second replay has in its set what the first one told again.
    assert len(told) == len({each.webhook_id for each in told}) == 4
    assert {each.data.get("replay_of") for each in told[1:]} == {first.webhook_id}
    for each in told[1:]:
        own = dict(each.data)
        del own["replay_of"]
        assert own == first.data
        assert each.timestamp == first.timestamp


async def test_what_is_told_again_keeps_its_order_behind_what_waits(world: Any) -> None:
    kravia_id = await world.active()
    world.debtor_pays(kravia_id, "100.00")
    await world.settle()
    world.debtor_pays(kravia_id, "200.00")
    await world.settle()
    order = [(each.type, each.data.get("payment_id")) for each in world.ledger.told]
    assert len(order) >= 3
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=503, times=2))
    world.debtor_pays(kravia_id, "300.00")
    await world.poll()
    await world.deliver()  # the newest news waits for its next try
    known = len(world.ledger.told)

    ended = await world.replay("messages", state="delivered", type="ledger.payment.collected")
    assert ended["outcomes"] == {"told_again": 2}
    for _ in range(10):
        world.pass_time(minutes=10)
        await world.settle(poll=False)

    told = [t for t in world.ledger.told[known:] if t.type == "payment.collected"]
    assert ["replay_of" in each.data for each in told] == [False, True, True]
    assert [each.data["amount"] for each in told] == ["300.00", "100.00", "200.00"]


async def test_what_kravia_has_is_never_sent_again(world: Any) -> None:
    await world.active()
    await world.paid("1000.00")
    await world.settle()
    calls = dict(world.kravia.calls)

    plan = await world.call(
        "replays.plan", what="messages", state="delivered", type="kravia.register"
    )
    payments = await world.replay("messages", state="delivered", type="kravia.payment")

    assert plan["count"] == 0
    assert plan["left_out"] == [{"why": "Kravia has it", "count": 1}]
    assert payments["items"] == 0
    await world.settle(poll=False)
    assert world.kravia.calls["register"] == calls["register"]
    assert world.reported() == [("pay-1", Decimal("1000.00"))]


async def test_a_cancelled_register_is_left_to_the_decision_that_followed(world: Any) -> None:
    await parked_registers(world, "30001")
    message = await world.message()
    await world.call("outbox.cancel", message_id=message["message_id"], reason="a test")

    plan = await world.call("replays.plan", what="messages", state="cancelled")

    assert plan["count"] == 0
    assert plan["left_out"][0]["why"].startswith("its claim was decided again")


async def test_what_is_quarantined_is_left_to_a_person(world: Any) -> None:
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.settle()
    world.pass_time(hours=25)
    await world.settle()
    (doubt,) = await world.items("doubts.list")
    assert doubt["state"] == "parked"

    plan = await world.call("replays.plan", what="messages")
    ended = await world.replay("messages")

    assert (plan["count"], plan["left_out"]) == (
        0,
        [{"why": "its outcome is unknown: doubts list", "count": 1}],
    )
    assert ended["items"] == 0
    assert world.kravia.calls["register"] == 1


async def test_what_is_no_longer_parked_at_its_turn_is_left_out(world: Any) -> None:
    await parked_registers(world, "30001")
    message = await world.message()
    started = await world.call("replays.start", what="messages")
    await world.workers.replayer.run_once(world.now[0])
    await world.call("outbox.cancel", message_id=message["message_id"], reason="given up")

    assert (await world.replayed(started["replay_id"]))["outcomes"] == {"left_out": 1}
    assert (await world.message())["state"] == "cancelled"


async def test_a_replay_leaves_a_delivery_free_for_live_messages(world: Any) -> None:
    numbers = [str(n) for n in range(30_001, 30_031)]
    for number in numbers:
        await world.overdue(number, debtor={"number": number}, notices=[])
    await world.settle()
    started = await world.call("replays.start", what="messages", state="delivered")
    replayer = world.workers.replayer
    most = world.settings.kravia.concurrency - 1
    for _ in range(10):
        await replayer.run_once(world.now[0])

    def due(connection: Any) -> int:
        return store.under_way(connection, table, now=world.now[0], at_most=1000)

    assert most - most // 2 < await world.gateway.database.read(due) <= most
    assert replayer.waits_for_room
    ended = await world.replayed(started["replay_id"])
    assert ended["outcomes"] == {"told_again": ended["items"]}


async def test_the_samples_of_a_dry_run_hold_no_words_of_others(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=422, name="Kari Nordmann owes")
    await world.overdue()
    await world.settle()

    plan = await world.call("replays.plan", what="messages")

    assert plan["count"] == 1
    assert "Nordmann" not in str(plan)
