"""Events run again: what was missed is made up for, nothing is doubled, no claim goes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.operations import intake, objections
from gateway.operations.errors import OperationError
from gateway.operations.replay_event import replay_event
from gateway.operations.replay_order import EVENT_STATES
from gateway.schema.webhooks import EVENT_TYPES
from gateway.storage import replays
from gateway.workers import replaying

from .conftest import SQLITE_ONLY

Document = dict[str, Any]


async def claims(world: Any) -> list[Document]:
    """Every claim as it is shown, without when it was last touched."""
    rows = [dict(row) for row in await world.items("claims.list")]
    for row in rows:
        row.pop("updated_at")
    return rows


async def test_what_failed_through_a_fault_of_ours_is_made_up_for_in_order(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any, **_named: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(intake, "take_invoice", fails)
        first = await world.overdue(version=1, outstanding="4800.00")
        second = await world.updated(version=2, outstanding="4000.00")
        await world.intake()
    assert {(await world.event(e))["outcome"] for e in (first, second)} == {"rejected"}
    assert await world.alerts() == ["event_failed", "event_failed"]

    ended = await world.replay("events", state="rejected", error="could not be HANDLED")
    await world.settle()

    assert (ended["items"], ended["done"], ended["outcomes"]) == (2, 2, {"handled": 2})
    assert {(await world.event(e))["outcome"] for e in (first, second)} == {"handled"}
    assert await world.alerts() == []
    assert (await world.claim())["outstanding"] == "4000.00"
    assert [case.original_amount for case in world.registers()] == [Decimal("4000.00")]


async def test_handled_events_run_again_change_nothing_and_send_nothing(world: Any) -> None:
    await world.active()
    await world.paid("1000.00")
    await world.credited("500.00")
    await world.overdue("30002", debtor={"number": "2"}, notices=[])
    await world.disputed("30002")
    await world.dispute_ended("withdrawn", "30002")
    await world.withdrawn("30002")
    await world.settle()
    before, told, registers = (
        await claims(world),
        len(world.ledger.told),
        len(world.books.registers),
    )
    events_before = await world.items("events.list")

    ended = await world.replay("events")
    await world.settle()

    assert ended["outcomes"] == {"unchanged": 7}
    assert await claims(world) == before
    assert await world.items("events.list") == events_before
    assert len(world.books.registers) == registers
    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert len(world.ledger.told) == told


async def test_an_old_snapshot_never_turns_a_claim_back(world: Any) -> None:
    await world.overdue(version=1, outstanding="4800.00")
    await world.updated(version=2, outstanding="3000.00")
    await world.overdue("30002", outstanding="4800.00", debtor={"number": "2"})
    world.pass_time(minutes=1)
    await world.updated("30002", outstanding="3000.00", debtor={"number": "2"})
    await world.settle()
    before = await claims(world)

    ended = await world.replay("events", type="invoice.overdue")
    await world.settle()

    assert ended["outcomes"] == {"stale": 2}
    assert await claims(world) == before
    assert {row["outcome"] for row in await world.items("events.list")} == {"handled"}


async def test_a_snapshot_of_the_same_moment_does_not_replace_the_one_that_stands(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any, **_named: Any) -> Any:
        raise ZeroDivisionError

    await world.overdue(outstanding="4800.00")
    await world.settle()
    world.pass_time(minutes=1)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "take_invoice", fails)
        missed = await world.updated(outstanding="4500.00")
        await world.intake()
    await world.updated(outstanding="3000.00")
    await world.settle()

    ended = await world.replay("events", state="rejected")

    assert ended["outcomes"] == {"stale": 1}
    assert (await world.event(missed))["problem"] == "another snapshot of the same moment stands"
    assert (await world.claim())["outstanding"] == "3000.00"


async def test_an_old_objection_or_its_end_does_not_undo_a_later_one(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any, **_named: Any) -> Any:
        raise ZeroDivisionError

    await world.overdue(notices=[])
    await world.intake()
    with monkeypatch.context() as patch:
        patch.setattr(objections, "raise_objection", fails)
        patch.setattr(objections, "resolve_objection", fails)
        await world.disputed(raised_on="2026-11-20")
        await world.dispute_ended("withdrawn")
        await world.intake()
    world.pass_time(days=2)
    await world.disputed(raised_on="2026-11-26")
    await world.intake()
    assert (await world.claim())["frozen_on"] == "2026-11-26"

    ended = await world.replay("events", state="rejected")

    assert ended["outcomes"] == {"stale": 2}
    assert (await world.claim())["frozen_on"] == "2026-11-26"


async def test_the_ended_objection_of_a_missed_event_freezes_nothing(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any, **_named: Any) -> Any:
        raise ZeroDivisionError

    await world.overdue(notices=[])
    await world.intake()
    with monkeypatch.context() as patch:
        patch.setattr(objections, "raise_objection", fails)
        await world.disputed(raised_on="2026-11-24")
        await world.intake()
    await world.dispute_ended("withdrawn")
    await world.intake()

    assert (await world.replay("events", state="rejected"))["outcomes"] == {"stale": 1}
    assert (await world.claim())["frozen_on"] is None


async def test_a_repaired_event_is_run_as_its_corrected_copy_and_once(world: Any) -> None:
    original = await world.paid("10.00", number="39999")
    await world.intake()
    body = ledger_events.event_body(
        "payment.received",
        ledger_events.payment_data(invoice_id="inv-30001", payment_id="pay-1", amount="100.00"),
        timestamp=world.now[0].isoformat(),
    )
    repaired = await world.call(
        "events.repair", event_id=original, body=orjson.dumps(body).decode(), reason="typo"
    )
    await world.intake()
    await world.overdue(notices=[])
    await world.intake()

    both = await world.call("replays.plan", what="events", type="payment.received")
    only_first = await world.call("replays.plan", what="events", state="repaired")

    assert both["count"] == only_first["count"] == 1
    assert [each["event_id"] for each in only_first["sample"]] == [repaired["event_id"]]
    assert (await world.replay("events", state="repaired"))["outcomes"] == {"unchanged": 1}
    assert (await world.event(original))["outcome"] == "repaired"


async def test_a_second_replay_of_the_same_set_really_runs(world: Any) -> None:
    await world.overdue(version=1)
    await world.settle()
    first = await world.replay("events", type="invoice.overdue")
    second = await world.replay("events", type="invoice.overdue")

    assert first["replay_id"] != second["replay_id"]
    assert first["outcomes"] == second["outcomes"] == {"unchanged": 1}
    actions = [row["action"] for row in await world.items("audit.list")]
    assert actions.count("replays.start") == 2


async def test_what_comes_after_the_start_is_not_in_the_set(world: Any) -> None:
    await world.overdue()
    await world.intake()
    started = await world.call("replays.start", what="events")
    await world.overdue("30002", debtor={"number": "2"})
    await world.intake()

    assert (await world.replayed(started["replay_id"]))["items"] == 1


@SQLITE_ONLY
async def test_a_dry_run_counts_and_changes_nothing(world: Any) -> None:
    await world.active()
    await world.paid()
    await world.settle()
    await world.receive("invoice.printed", {"invoice_id": "inv-1"})
    await world.intake()
    await world.paid("5.00", payment_id="pay-2")  # recorded, not handled yet

    def tables(connection: Any) -> str:
        raw = connection.connection.driver_connection
        return "\n".join(raw.iterdump())

    before = await world.gateway.database.read(tables)
    plan = await world.call("replays.plan", what="events")

    assert plan["count"] == 3
    assert plan["by_type"] == [
        {"type": "invoice.overdue", "state": "handled", "count": 1},
        {"type": "invoice.printed", "state": "ignored", "count": 1},
        {"type": "payment.received", "state": "handled", "count": 1},
    ]
    assert [row["count"] for row in plan["left_out"]] == [1]
    assert {"event_id", "creditor_id", "type", "state", "at"} == set(plan["sample"][0])
    assert await world.gateway.database.read(tables) == before


async def test_cancelled_midway_it_stops_and_the_rest_is_not_done(world: Any) -> None:
    for number in range(30_001, 30_021):
        await world.overdue(str(number), debtor={"number": str(number)}, notices=[])
    await world.settle()
    started = await world.call("replays.start", what="events")
    await world.workers.replayer.run_once(world.now[0])  # freezes
    done = await world.workers.replayer.run_once(world.now[0])
    assert 0 < done < 20

    cancelled = await world.call("replays.cancel", replay_id=started["replay_id"], reason="no")
    assert await world.workers.replayer.run_once(world.now[0]) == 0

    ended = await world.call("replays.show", replay_id=started["replay_id"])
    assert (ended["state"], ended["items"], ended["done"]) == ("cancelled", 20, done)
    assert cancelled["ended_at"] is not None
    with pytest.raises(OperationError, match="is cancelled already"):
        await world.call("replays.cancel", replay_id=started["replay_id"])


async def test_a_cancel_that_comes_before_a_batch_wins(world: Any) -> None:
    await world.overdue(notices=[])
    await world.settle()
    started = await world.call("replays.start", what="events")
    replayer = world.workers.replayer
    await replayer.run_once(world.now[0])
    order = await world.gateway.database.read(replays.unfinished)

    await world.call("replays.cancel", replay_id=started["replay_id"])

    assert await replayer._do(order, 10, world.now[0]) == 0
    assert (await world.call("replays.show", replay_id=started["replay_id"]))["done"] == 0


async def test_items_are_done_in_their_order_and_once(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30_001, 30_021):
        await world.overdue(str(number), debtor={"number": str(number)}, notices=[])
    await world.settle()
    done: list[int] = []
    real = replay_event

    def noted(connection: Any, gateway: Any, stored: Any, now: Any) -> str:
        done.append(stored.seq)
        return real(connection, gateway, stored, now)

    monkeypatch.setattr(replaying, "replay_event", noted)
    await world.replay("events")

    assert len(done) == 20
    assert done == sorted(set(done))


async def test_the_next_process_goes_on_where_the_last_one_was(world: Any) -> None:
    for number in range(30_001, 30_021):
        await world.overdue(str(number), debtor={"number": str(number)}, notices=[])
    await world.settle()
    started = await world.call("replays.start", what="events")
    for _ in range(2):
        await world.workers.replayer.run_once(world.now[0])

    await world.restart()
    ended = await world.replayed(started["replay_id"])

    assert (ended["items"], ended["done"]) == (20, 20)
    assert ended["outcomes"] == {"unchanged": 20}


async def test_an_item_that_breaks_us_is_counted_and_passed_by(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.overdue("30001", debtor={"number": "1"}, notices=[])
    bad = await world.overdue("30002", debtor={"number": "2"}, notices=[])
    await world.overdue("30003", debtor={"number": "3"}, notices=[])
    await world.intake()
    real = replay_event

    def breaks(connection: Any, gateway: Any, stored: Any, now: Any) -> str:
        if stored.event_id == bad:
            raise ZeroDivisionError
        return real(connection, gateway, stored, now)

    monkeypatch.setattr(replaying, "replay_event", breaks)
    ended = await world.replay("events")

    assert ended["outcomes"] == {"failed": 1, "unchanged": 2}
    assert (await world.event(bad))["outcome"] == "handled"


async def test_a_rate_caps_what_is_done_in_a_second(world: Any) -> None:
    for number in range(30_001, 30_013):
        await world.overdue(str(number), debtor={"number": str(number)}, notices=[])
    await world.settle()
    await world.call("replays.start", what="events", rate=5)
    replayer = world.workers.replayer
    await replayer.run_once(world.now[0])

    done = []
    for _ in range(5):
        of_this_second = 0
        while some := await replayer.run_once(world.now[0]):
            of_this_second += some
        done.append(of_this_second)
        world.pass_time(seconds=1)

    assert done == [1, 5, 5, 1, 0]


async def test_only_one_replay_runs_at_a_time(world: Any) -> None:
    started = await world.call("replays.start", what="events")
    with pytest.raises(OperationError, match=f"{started['replay_id']} is not over"):
        await world.call("replays.start", what="messages")
    await world.replayed(started["replay_id"])
    await world.call("replays.start", what="messages")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"what": "claims"}, "what must be one of events, messages"),
        ({}, "what is missing: it must be one of events, messages"),
        ({"what": "events", "state": "lost"}, ", ".join(EVENT_STATES)),
        ({"what": "events", "state": "recorded"}, ", ".join(EVENT_STATES)),
        ({"what": "events", "type": "invoice.lost"}, ", ".join(EVENT_TYPES)),
        ({"what": "messages", "state": "lost"}, "parked, pending, delivered, cancelled"),
        ({"what": "messages", "state": "in_doubt"}, "see doubts list"),
        ({"what": "messages", "type": "kravia.lost"}, "kravia.register, kravia.payment"),
        ({"what": "events", "since": "yesterday"}, "since must be a date such as 2026-11-24"),
        ({"what": "events", "until": "2026-13-01"}, "until must be a date"),
        ({"what": "events", "since": "2026-11-25", "until": "2026-11-24"}, "since must be before"),
        ({"what": "events", "error": ""}, "error must be a part of"),
        ({"what": "events", "creditor": "nobody"}, "there is no creditor nobody"),
        ({"what": "events", "rate": 0}, "rate must be a whole number"),
        ({"what": "events", "rate": "fast"}, "rate must be a whole number"),
    ],
)
async def test_a_wrong_argument_is_answered_with_what_is_allowed(
    world: Any, asked: Document, says: str
) -> None:
    with pytest.raises(OperationError) as refused:
        await world.call("replays.start", **asked)

    assert says in refused.value.message
    assert await world.items("replays.list") == []


async def test_days_are_oslos_and_the_last_one_is_meant_whole(world: Any) -> None:
    for number in ("30001", "30002", "30003"):
        await world.overdue(number, debtor={"number": number}, notices=[])
        world.pass_time(days=1)  # 24, 25 and 26 November, 11:00 in Oslo
    await world.intake()

    async def count(**asked: object) -> object:
        return (await world.call("replays.plan", what="events", **asked))["count"]

    assert await count(since="2026-11-25") == 2
    assert await count(until="2026-11-25") == 2
    assert await count(since="2026-11-25", until="2026-11-25") == 1
    assert await count(since="2026-11-25T11:00") == 2
    assert await count(since="2026-11-25T11:00:01") == 1
    assert await count(until="2026-11-25T10:00:00+00:00") == 1


async def test_the_audit_says_who_why_and_which_set(world: Any) -> None:
    await world.replay("events", creditor="acme", state="stale", error="Kari Nordmann")

    (row,) = [r for r in await world.items("audit.list") if r["action"] == "replays.start"]
    assert row["actor"] == "tester"
    assert row["subject"].startswith("rpl_")
    assert row["reason"].startswith("a test {")
    assert '"state": "stale"' in row["reason"]
    assert "Nordmann" not in row["reason"]
