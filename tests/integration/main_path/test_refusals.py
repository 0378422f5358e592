"""When Kravia refuses, slows us down or is away: nothing is lost, and people are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from clients.exchange import Request, Response
from clients.simulated_faults import FaultKind
from gateway.operations.errors import OperationError


async def refused(world: Any, status: int, **more: Any) -> None:
    """One register that Kravia answers with ``status``."""
    world.fail("register", FaultKind.STATUS, status=status, **more)
    await world.overdue()
    await world.settle()


async def test_a_429_waits_as_long_as_kravia_asks_and_is_no_attempt(world: Any) -> None:
    await refused(world, 429, retry_after_seconds=120)
    message = await world.message()
    due = datetime.fromisoformat(message["due_at"])
    assert due == world.now[0] + timedelta(seconds=120)
    assert message["attempts"] == 0

    world.pass_time(seconds=119)
    await world.settle()
    assert world.kravia.calls["register"] == 1
    world.pass_time(seconds=1)
    await world.settle()
    assert len(world.registers()) == 1


@pytest.mark.parametrize(
    ("status", "wait_seconds"), [(429, 30), (401, 300), (404, 300), (400, 1), (409, 1)]
)
async def test_what_was_refused_and_applied_all_the_same_is_found_before_it_goes_again(
    world: Any, status: int, wait_seconds: int
) -> None:
    """The poll before the refusal shows nothing, and is young enough for a first try."""
    after = 30 if status == 429 else None
    world.fail("register", FaultKind.STATUS, status=status, applied=True, retry_after_seconds=after)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    message = await world.message()
    if message["state"] == "parked":
        await world.call("outbox.resend", message_id=message["message_id"], reason="mended")
    world.pass_time(seconds=wait_seconds)
    await world.deliver()
    assert world.kravia.calls["register"] == 1

    await world.settle()
    assert (await world.claim())["state"] == "active"
    assert world.kravia.calls["register"] == 1
    assert world.books.duplicates == ()


async def test_other_facts_do_not_make_a_refused_register_forget_that_it_was_sent(
    world: Any,
) -> None:
    world.fail("register", FaultKind.STATUS, status=400, applied=True)
    await world.overdue(version=1)
    await world.poll()
    await world.intake()
    await world.deliver()
    world.pass_time(seconds=1)
    await world.updated(version=2, due_date="2026-08-15")
    await world.intake()
    await world.deliver()
    assert world.kravia.calls["register"] == 1

    await world.settle()
    assert world.books.duplicates == ()


async def test_a_429_without_retry_after_never_parks(world: Any) -> None:
    await refused(world, 429, times=300)
    for _ in range(20):
        world.pass_time(hours=1)
        await world.settle()
    assert (await world.message())["state"] == "pending"

    world.mend()
    world.pass_time(hours=1)
    await world.settle()
    assert len(world.registers()) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_wrong_setting_waits_and_alerts_and_parks_nothing(world: Any, status: int) -> None:
    await refused(world, status, times=None)
    message = await world.message()
    assert (message["state"], message["attempts"]) == ("pending", 0)
    assert await world.alerts() == ["refused"]
    world.pass_time(days=4)
    await world.settle()
    assert (await world.message())["state"] == "pending"

    world.mend()
    world.pass_time(minutes=6)
    await world.settle()
    assert len(world.registers()) == 1
    assert await world.alerts() == []


async def test_a_400_parks_with_the_reason_and_the_claim_shows_it(world: Any) -> None:
    await refused(world, 400)

    message = await world.message()
    claim = await world.claim()
    assert message["state"] == "parked"
    assert "simulated" in message["last_error"]
    assert claim["state"] == "sending"
    assert "kravia.register is parked" in claim["problem"]
    assert await world.alerts() == ["parked"]


async def test_a_parked_register_is_resent_by_a_person(world: Any) -> None:
    await refused(world, 400)
    await world.call("outbox.resend", message_id=(await world.message())["message_id"])
    world.pass_time(seconds=1)
    assert await world.alerts() == []
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["problem"]) == ("active", None)


async def test_a_parked_register_that_is_refused_again_is_alerted_again(world: Any) -> None:
    await refused(world, 400, times=2)
    await world.call("outbox.resend", message_id=(await world.message())["message_id"])
    world.pass_time(seconds=1)
    await world.settle()

    assert (await world.message())["state"] == "parked"
    assert await world.alerts() == ["parked"]


async def test_a_cancelled_register_does_not_come_back_by_itself(world: Any) -> None:
    await refused(world, 400)
    await world.call("outbox.cancel", message_id=(await world.message())["message_id"])
    world.pass_time(days=2)
    await world.updated(outstanding="4000.00")
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["held_by_person"]) == ("held", True)
    assert world.kravia.calls["register"] == 1
    assert await world.alerts() == []

    await world.act("release")
    await world.settle()
    assert len(world.registers()) == 1


async def test_mended_facts_let_a_parked_claim_go_without_a_person(world: Any) -> None:
    await refused(world, 400)
    world.pass_time(seconds=1)
    await world.updated(
        debtor={
            "address": {"line1": "Nygata 3", "postal_code": "0154", "city": "Oslo", "country": "NO"}
        }
    )
    await world.settle()

    assert len(world.registers()) == 1
    assert await world.alerts() == []


async def test_a_payment_that_is_refused_parks_and_is_shown_until_it_is_sent(world: Any) -> None:
    await world.active()
    world.fail("payment", FaultKind.STATUS, status=400)
    await world.paid()
    await world.settle()
    assert "kravia.payment is parked" in (await world.claim())["problem"]

    message = await world.message("kravia.payment")
    await world.call("outbox.resend", message_id=message["message_id"])
    await world.settle()
    assert len(world.reported()) == 1
    assert (await world.claim())["problem"] is None


async def test_a_payment_a_person_cancels_is_shown_as_not_reported(world: Any) -> None:
    await world.active()
    world.fail("payment", FaultKind.STATUS, status=400)
    await world.paid()
    await world.settle()
    message = await world.message("kravia.payment")
    await world.call("outbox.cancel", message_id=message["message_id"])

    assert (await world.claim())["receipts"][0]["state"] == "not_reported"


async def test_kravia_away_for_a_day_loses_and_doubles_nothing(world: Any) -> None:
    await world.active("30001", debtor={"number": "1"})
    world.fail("*", FaultKind.REFUSE, times=None)
    for number in ("30002", "30003"):
        await world.overdue(number, debtor={"number": number})
    await world.paid(number="30001")
    for _ in range(24):
        world.pass_time(hours=1)
        await world.settle()
    assert len(world.books.registers) == 1
    await world.watch()
    assert "remote_down" in await world.alerts()

    world.mend()
    for _ in range(3):
        world.pass_time(hours=1)
        await world.settle()

    assert len(world.books.registers) == 3
    assert world.books.duplicates == ()
    assert len(world.reported()) == 1
    await world.watch()
    assert set(await world.alerts()) <= {"rates"}


async def test_kravia_failing_with_500_for_a_day_loses_and_doubles_nothing(world: Any) -> None:
    await world.poll()
    world.fail("*", FaultKind.STATUS, status=500, times=None)
    await world.overdue()
    for _ in range(26):
        world.pass_time(hours=1)
        await world.settle()
    world.mend()
    world.witness()
    for _ in range(3):
        world.pass_time(hours=1)
        world.witness()
        await world.settle()

    assert len(world.registers()) == 1
    assert world.books.duplicates == ()


async def test_giving_up_parks_and_a_person_can_go_on(world: Any) -> None:
    world.fail("register", FaultKind.REFUSE, times=None)
    await world.overdue()
    for _ in range(80):
        world.pass_time(hours=1)
        await world.settle()
    message = await world.message()
    assert message["state"] == "parked"
    assert "given up" in message["last_error"]

    world.mend()
    await world.call("outbox.resend", message_id=message["message_id"])
    await world.settle()
    assert len(world.registers()) == 1


async def test_only_what_waits_or_is_parked_can_be_resent_or_cancelled(world: Any) -> None:
    await world.active()
    message = await world.message()
    for name in ("outbox.resend", "outbox.cancel"):
        with pytest.raises(OperationError, match="delivered") as error:
            await world.call(name, message_id=message["message_id"])
        assert error.value.kind == "refused"
        with pytest.raises(OperationError) as error:
            await world.call(name, message_id="msg_none")
        assert error.value.kind == "not_found"


async def test_kravias_words_are_shown_without_the_debtors(world: Any) -> None:
    """Its answer to a bad register may repeat what we sent."""
    await world.poll()
    handle = world.kravia.handle
    words = "debtorName 'Ola Eksempel', Prøvegata 2, 5003 Bergen, ola@example.com"

    def refuse(request: Request) -> Response:
        if request.path.endswith("/register"):
            return Response(status=400, headers={}, body=words.encode())
        answer: Response = handle(request)
        return answer

    world.kravia.handle = refuse
    await world.overdue()
    await world.settle()

    shown = str([await world.message(), await world.claim(), await world.items("alerts.list")])
    assert (await world.message())["state"] == "parked"
    for personal in ("Ola", "Eksempel", "Prøvegata", "Bergen", "5003", "ola@example.com"):
        assert personal not in shown
