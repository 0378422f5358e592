"""A register whose outcome nobody knows: one case at Kravia, whatever went wrong (design §7)."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from clients.exchange import Request, Response
from clients.simulated_faults import FaultKind
from gateway.operations.errors import OperationError
from gateway.storage.tables import claim
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Parked

DOUBTFUL = [
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.RESET, {"applied": False}),
    (FaultKind.CLOSE, {"applied": True}),
    (FaultKind.CLOSE, {"applied": False}),
    (FaultKind.HALF_ANSWER, {}),
    (FaultKind.GARBAGE, {"applied": True}),
    (FaultKind.GARBAGE, {"applied": False}),
    (FaultKind.HTML, {"applied": True}),
    (FaultKind.HTML, {"applied": False}),
    (FaultKind.OVERSIZED, {}),
    (FaultKind.STATUS, {"status": 500, "applied": True}),
    (FaultKind.STATUS, {"status": 502, "applied": False}),
    (FaultKind.HANG, {}),
    (FaultKind.SLOW, {"applied": True}),
]


async def in_doubt(world: Any, kind: FaultKind = FaultKind.HANG, **more: Any) -> str:
    """One register in doubt; returns its message id."""
    world.fail("register", kind, **more)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    message = await world.message()
    assert message["state"] == "in_doubt"
    return str(message["message_id"])


@pytest.mark.parametrize("assumptions_file", ["shipped", "other"], indirect=True)
@pytest.mark.parametrize(("kind", "more"), DOUBTFUL)
async def test_whatever_goes_wrong_there_is_one_case_in_the_end(
    world: Any, kind: FaultKind, more: dict[str, Any]
) -> None:
    await in_doubt(world, kind, **more)

    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    claim = await world.claim()
    (case,) = world.registers()
    assert claim["state"] == "active"
    assert claim["kravia_invoice_id"] == case.invoice_id
    assert world.books.duplicates == ()
    assert len(world.told("claim.registered")) == 1


async def test_a_connection_that_was_refused_is_no_doubt(world: Any) -> None:
    world.fail("register", FaultKind.REFUSE, times=3)
    await world.overdue()
    for _ in range(4):
        await world.settle()
        world.pass_time(minutes=2)
    await world.settle()

    assert len(world.registers()) == 1
    assert world.kravia.calls["register"] == 4


async def test_an_accepted_register_is_adopted_without_a_second_call(world: Any) -> None:
    await in_doubt(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    world.pass_time(seconds=31)
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert world.kravia.calls["register"] == 1
    assert (await world.message())["state"] == "delivered"


async def test_absence_without_a_witness_proves_nothing(world: Any) -> None:
    message_id = await in_doubt(world)
    for _ in range(3):
        world.pass_time(hours=6)
        await world.settle()

    assert world.kravia.calls["register"] == 1
    (doubt,) = await world.items("doubts.list")
    assert (doubt["message_id"], doubt["witness"]) == (message_id, None)


async def test_a_witness_inside_the_settle_window_proves_nothing(world: Any) -> None:
    await in_doubt(world)
    world.pass_time(seconds=100)
    world.witness()
    await world.settle()
    assert world.kravia.calls["register"] == 1

    world.pass_time(seconds=60)
    world.witness()
    await world.settle()
    assert world.kravia.calls["register"] == 2


async def test_a_witness_is_judged_by_kravias_own_clock(world: Any) -> None:
    """Kravia's clock is ten minutes ahead: a stamp that looks late enough is not."""
    ahead = timedelta(minutes=10)
    world.kravia.set_now(world.now[0] + ahead)
    await in_doubt(world)
    world.pass_time(seconds=31)
    world.kravia.set_now(world.now[0] + ahead)
    world.witness()
    await world.settle()
    assert world.kravia.calls["register"] == 1

    world.pass_time(minutes=3)
    world.kravia.set_now(world.now[0] + ahead)
    world.witness()
    await world.settle()
    assert world.kravia.calls["register"] == 2


async def test_without_an_end_a_day_later_a_person_decides(world: Any) -> None:
    message_id = await in_doubt(world)
    world.pass_time(hours=25)
    await world.settle()

    message = await world.message()
    assert message["state"] == "parked"
    assert message["last_error"].startswith("quarantine: ")
    assert await world.alerts() == ["parked"]
    (alert,) = await world.items("alerts.list")
    assert alert["command"] == f"kravia-gateway doubts show {message_id}"
    assert "quarantine" in (await world.claim())["problem"]


async def test_a_quarantined_register_is_not_resent_or_cancelled_by_the_outbox(
    world: Any,
) -> None:
    message_id = await in_doubt(world)
    world.pass_time(hours=25)
    await world.settle()

    for name in ("outbox.resend", "outbox.cancel"):
        with pytest.raises(OperationError, match="doubts"):
            await world.call(name, message_id=message_id, reason="impatience")


async def test_a_late_row_ends_the_quarantine_by_itself(world: Any) -> None:
    world.kravia.set_conditions(feed_lag_seconds=26 * 3600)
    await in_doubt(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    world.pass_time(hours=25)
    await world.settle()
    assert (await world.message())["state"] == "parked"

    world.pass_time(hours=2)
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert len(world.registers()) == 1
    assert await world.alerts() == []


async def test_quarantines_behind_many_parked_messages_are_still_looked_at(world: Any) -> None:
    message_id = await in_doubt(world)
    world.pass_time(hours=25)
    await world.settle()
    world.witness()
    await world.settle()

    assert (await world.message())["message_id"] == message_id
    assert len(world.registers()) == 1


async def test_a_person_adopts(world: Any) -> None:
    message_id = await in_doubt(world)
    kravia_id = world.already_there(original_amount=Decimal("4700.00"))
    world.pass_time(minutes=1)
    await world.settle()
    shown = await world.call("doubts.show", message_id=message_id)
    assert [c["kravia_invoice_id"] for c in shown["candidates"]] == [kravia_id]

    await world.call(
        "doubts.adopt", message_id=message_id, kravia_invoice_id=kravia_id, reason="seen there"
    )
    await world.settle()

    assert (await world.claim())["kravia_invoice_id"] == kravia_id
    assert world.books.registers == []
    assert await world.alerts() == []


async def test_a_person_cannot_adopt_what_is_not_there_or_anothers(world: Any) -> None:
    other = await world.active("30009", debtor={"number": "9"})
    message_id = await in_doubt(world)

    for kravia_id, kind in (("12345", "invalid"), (other, "refused")):
        with pytest.raises(OperationError) as refused:
            await world.call(
                "doubts.adopt", message_id=message_id, kravia_invoice_id=kravia_id, reason="guess"
            )
        assert refused.value.kind == kind


async def test_a_person_sends_again_through_the_gate(world: Any) -> None:
    message_id = await in_doubt(world)
    world.pass_time(hours=25)
    await world.settle()
    await world.call("doubts.resend", message_id=message_id, reason="phoned Kravia")
    await world.settle()

    assert len(world.registers()) == 1
    assert await world.alerts() == []
    actions = [row["action"] for row in await world.items("audit.list")]
    assert actions == ["doubts.resend"]


async def test_what_is_sent_again_still_looks_in_the_mirror_first(world: Any) -> None:
    world.kravia.set_conditions(feed_lag_seconds=3600)
    message_id = await in_doubt(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    world.pass_time(hours=2)
    await world.poll()
    await world.call("doubts.resend", message_id=message_id, reason="sure")
    await world.settle()

    assert len(world.registers()) == 1
    assert world.books.duplicates == ()


async def test_something_alike_at_kravia_is_quarantined_with_the_evidence(world: Any) -> None:
    message_id = await in_doubt(world)
    world.already_there(original_amount=Decimal("4700.00"))
    world.pass_time(seconds=31)
    await world.settle()

    assert (await world.message())["state"] == "parked"
    (doubt,) = await world.items("doubts.list")
    assert doubt["message_id"] == message_id
    assert len(doubt["candidates"]) == 1


async def test_facts_that_change_in_doubt_are_decided_once_it_is_proved_absent(
    world: Any,
) -> None:
    await in_doubt(world)
    await world.updated(outstanding="4000.00")
    await world.settle()
    world.pass_time(minutes=5)
    world.witness()
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == Decimal("4000.00")
    assert "changed_after_hand_over" not in await world.tasks()


async def test_a_fault_of_ours_in_one_doubt_does_not_keep_the_others_waiting(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.operations import doubts  # noqa: PLC0415 - only this test patches it

    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT, times=2)
    await world.overdue("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2"})
    await world.poll()
    await world.intake()
    await world.deliver()
    poisoned = (await world.items("doubts.list"))[0]["message_id"]
    judge = doubts.judge

    def fails_for_one(connection: Any, gateway: Any, message: Any, *rest: Any) -> Any:
        if message.message_id == poisoned:
            raise ZeroDivisionError
        return judge(connection, gateway, message, *rest)

    monkeypatch.setattr(doubts, "judge", fails_for_one)
    world.pass_time(seconds=31)
    await world.settle()

    states = sorted([(await world.claim(n))["state"] for n in ("30001", "30002")])
    assert states == ["active", "sending"]


@pytest.mark.parametrize("what", ["withdrawn", "disputed", "paid", "updated"])
async def test_nothing_takes_a_quarantined_register_for_unsent(world: Any, what: str) -> None:
    """Kravia may have it: cancelling the message would forget that."""
    message_id = await in_doubt(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    world.kravia.set_conditions(feed_lag_seconds=0)
    await world.gateway.database.write(
        lambda connection: store.resolve(
            connection, table, message_id, Parked(reason="quarantine: a test"), world.now[0]
        )
    )
    await getattr(world, what)()
    await world.intake()

    assert (await world.message())["state"] == "parked"
    assert (await world.claim())["state"] == "sending"

    await world.settle()
    assert (await world.claim())["state"] == "active"
    assert len(world.registers()) == 1


async def answers_with(world: Any, kravia_id: str) -> None:
    """Kravia answers the next register with an id that it gave before, and makes no case."""
    handle = world.kravia.handle

    def repeat(request: Request) -> Response:
        if request.path.endswith("/register"):
            world.kravia.handle = handle
            body = json.dumps({"data": {"id": kravia_id, "invoiceId": kravia_id}, "id": kravia_id})
            return Response(status=200, headers={}, body=body.encode())
        answer: Response = handle(request)
        return answer

    world.kravia.handle = repeat


async def test_a_case_that_is_another_claims_is_not_taken_and_a_person_looks(world: Any) -> None:
    kravia_id = await world.active("30001", debtor={"number": "1"})
    await answers_with(world, kravia_id)
    await world.overdue("30002", debtor={"number": "2"})
    await world.settle()
    for _ in range(3):
        world.pass_time(hours=1)
        world.witness()
        await world.settle()

    first, second = await world.claim("30001"), await world.claim("30002")
    assert (first["state"], first["kravia_invoice_id"]) == ("active", kravia_id)
    assert (second["state"], second["kravia_invoice_id"]) == ("sending", None)
    (doubt,) = await world.items("doubts.list")
    assert (doubt["state"], doubt["claim_id"]) == ("parked", second["claim_id"])
    (alert,) = await world.items("alerts.list")
    assert first["claim_id"] in alert["message"]
    assert second["claim_id"] in alert["message"]
    assert alert["command"] == f"kravia-gateway doubts show {doubt['message_id']}"
    assert len(world.books.registers) == 1

    await world.call("doubts.resend", message_id=doubt["message_id"], reason="phoned Kravia")
    world.pass_time(seconds=1)
    await world.settle()
    assert (await world.claim("30002"))["state"] == "active"
    assert await world.alerts() == []


async def test_the_database_has_one_claim_for_each_case_of_kravias(world: Any) -> None:
    kravia_id = await world.active("30001", debtor={"number": "1"})
    await world.active("30002", debtor={"number": "2"})

    def take(connection: sa.Connection) -> None:
        connection.execute(sa.update(claim).values(kravia_invoice_id=kravia_id))

    with pytest.raises(sa.exc.IntegrityError):
        await world.gateway.database.write(take)
