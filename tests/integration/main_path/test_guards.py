"""What keeps a register from going: people, caps, pauses, observe mode, an unread mirror."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from gateway.operations.errors import OperationError

MANUAL = pytest.mark.parametrize("creditor", [{"approval": "manual"}])
HELD = [
    {
        "kind": "collection_notice",
        "sent_on": "2026-11-10",
        "deadline": "2026-11-25",
        "channel": "post",
    }
]


@MANUAL
async def test_manual_approval_lets_each_claim_go_by_itself(world: Any) -> None:
    await world.overdue("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2"})
    await world.settle()
    assert (await world.claim())["state"] == "review"

    await world.act("approve")
    await world.settle()

    assert (await world.claim("30001"))["state"] == "active"
    assert (await world.claim("30002"))["state"] == "review"


@MANUAL
async def test_an_approval_ends_with_the_facts_it_was_given_for(world: Any) -> None:
    await world.overdue(version=1)
    await world.settle()
    await world.call("pause", reason="look first")
    await world.act("approve")
    await world.settle()
    await world.updated(version=2, outstanding="4000.00")
    await world.call("resume")
    await world.settle()

    assert (await world.claim())["state"] == "review"
    assert world.books.registers == []


async def test_no_persons_word_answers_the_law(world: Any) -> None:
    await world.overdue("30001", notices=[])
    await world.overdue("30002", notices=HELD, debtor={"number": "2"})
    await world.settle()

    for number in ("30001", "30002"):
        with pytest.raises(OperationError) as refused:
            await world.act("approve", number)
        assert refused.value.kind == "refused"


@pytest.mark.parametrize("creditor", [{"first_cases_need_approval": 2}])
async def test_the_first_cases_need_approval_and_the_rest_follow_by_themselves(
    world: Any,
) -> None:
    numbers = ("30001", "30002", "30003")
    for number in numbers:
        await world.overdue(number, debtor={"number": number})
    await world.settle()
    assert world.books.registers == []

    await world.act("approve", "30001")
    await world.settle()
    assert len(world.books.registers) == 1
    await world.act("approve", "30002")
    await world.settle()

    assert [(await world.claim(number))["state"] for number in numbers] == ["active"] * 3


@pytest.mark.parametrize("creditor", [{"first_cases_need_approval": 2}])
async def test_three_claims_on_one_debtor_are_one_of_the_first_cases(world: Any) -> None:
    same_debtor = ("30001", "30002", "30003")
    for number in same_debtor:
        await world.overdue(number, debtor={"number": "1"})
    for number in ("30004", "30005"):
        await world.overdue(number, debtor={"number": number})
    await world.settle()
    assert (await world.claim())["problem"] == "the first 2 cases need approval: claims approve"

    await world.act("approve", "30001")
    await world.settle()
    states = [(await world.claim(number))["state"] for number in same_debtor]
    assert states == ["active"] * 3
    assert (await world.claim("30004"))["state"] == "review"

    await world.overdue("30006", debtor={"number": "1"})
    await world.settle()
    assert (await world.claim("30006"))["state"] == "active"
    assert (await world.claim("30004"))["state"] == "review"

    await world.act("approve", "30004")
    await world.settle()
    assert (await world.claim("30005"))["state"] == "active"


@pytest.mark.parametrize("creditor", [{"first_cases_need_approval": 1}])
async def test_the_rest_follow_in_the_commit_that_ends_the_first_case(world: Any) -> None:
    for number in ("30001", "30002"):
        await world.overdue(number, debtor={"number": number})
    await world.settle()
    await world.act("approve", "30001")
    await world.deliver()

    assert (await world.claim("30001"))["state"] == "active"
    assert (await world.claim("30002"))["state"] == "sending"


@pytest.mark.parametrize("creditor", [{"first_cases_need_approval": 1}])
async def test_a_fault_in_what_follows_does_not_touch_the_case_that_went(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.operations import settled  # noqa: PLC0415 - patched here

    def fails(connection: Any, *_rest: Any) -> None:
        connection.exec_driver_sql("UPDATE claim SET problem = 'half done'")
        raise ZeroDivisionError

    for number in ("30001", "30002"):
        await world.overdue(number, debtor={"number": number})
    await world.settle()
    monkeypatch.setattr(settled, "decide_debtor", fails)
    await world.act("approve", "30001")
    await world.deliver()

    assert [(await world.claim(n))["state"] for n in ("30001", "30002")] == ["active", "review"]
    assert (await world.claim("30001"))["problem"] is None

    monkeypatch.undo()
    await world.settle()
    assert (await world.claim("30002"))["state"] == "active"


@pytest.mark.parametrize("creditor", [{"first_cases_need_approval": 1}])
async def test_cases_that_were_there_before_do_not_count_as_approved(world: Any) -> None:
    world.already_there("30001")
    await world.poll()
    await world.overdue("30001")
    await world.overdue("30002", debtor={"number": "2"})
    await world.settle()

    assert (await world.claim("30001"))["state"] == "active"
    assert (await world.claim("30002"))["state"] == "review"


async def test_a_person_holds_and_releases(world: Any) -> None:
    await world.overdue()
    await world.intake()
    await world.act("hold")
    await world.settle()
    assert (await world.claim())["state"] == "held"
    assert world.books.registers == []

    world.pass_time(days=20)
    await world.settle()
    assert (await world.claim())["state"] == "held"

    await world.act("release")
    await world.settle()
    assert (await world.claim())["state"] == "active"


async def test_what_may_be_at_kravia_cannot_be_held(world: Any) -> None:
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()

    with pytest.raises(OperationError, match="claims withdraw"):
        await world.act("hold")


async def test_a_person_withdraws(world: Any) -> None:
    await world.overdue(notices=[])
    await world.settle()
    await world.act("withdraw")

    assert (await world.claim())["close_reason"] == "withdrawn"


async def test_a_pause_stops_new_registers_and_nothing_else(world: Any) -> None:
    await world.active("30001")
    await world.call("pause", creditor="acme", reason="month end")
    await world.overdue("30002", debtor={"number": "2"})
    await world.paid(number="30001")
    await world.settle()

    assert len(world.books.registers) == 1
    assert len(world.reported()) == 1
    claim = await world.claim("30002")
    assert claim["state"] == "sending"
    assert "month end" in claim["problem"]
    assert (await world.message())["attempts"] == 0

    await world.call("resume", creditor="acme")
    await world.settle()
    assert (await world.claim("30002"))["state"] == "active"


async def test_a_pause_of_all_stops_every_creditor(world: Any) -> None:
    await world.call("pause", reason="incident")
    await world.overdue()
    await world.settle()
    assert world.books.registers == []

    await world.call("resume")
    await world.settle()
    assert len(world.books.registers) == 1


async def test_a_pause_of_a_week_is_not_asked_about_all_the_time(world: Any) -> None:
    await world.call("pause", reason="incident")
    await world.overdue()
    await world.settle()
    before = world.kravia.calls["search"]

    world.pass_time(minutes=2)
    await world.deliver()

    assert world.kravia.calls["search"] == before
    assert world.gateway.wake.hinted == set()


@pytest.mark.parametrize("creditor", [{"mode": "observe"}])
async def test_observe_does_everything_but_send(world: Any) -> None:
    kravia_id = world.already_there("30001")
    await world.poll()
    await world.overdue("30001")
    await world.overdue("30002", debtor={"number": "2"})
    await world.paid(number="30001")
    world.pass_time(days=2)
    await world.settle()

    assert (await world.claim("30001"))["kravia_invoice_id"] == kravia_id
    assert "observe" in (await world.claim("30002"))["problem"]
    assert set(world.kravia.calls) <= {"search", "details", "settlements"}


@pytest.mark.parametrize("creditor", [{"register_max_per_day": 2}])
async def test_the_daily_cap_counts_oslo_days(world: Any) -> None:
    world.set_time(datetime(2026, 11, 24, 22, 30, tzinfo=UTC))  # 23:30 in Oslo
    for number in range(5):
        await world.overdue(f"3000{number}", debtor={"number": f"{number}"})
    await world.settle()
    assert len(world.books.registers) == 2

    world.pass_time(minutes=20)
    await world.settle()
    assert len(world.books.registers) == 2

    world.pass_time(minutes=10)  # midnight in Oslo, 23:00 UTC
    await world.settle()
    assert len(world.books.registers) == 4

    world.pass_time(days=1)
    await world.settle()
    assert len(world.books.registers) == 5


@pytest.mark.parametrize("creditor", [{"register_max_per_day": 2}])
async def test_tries_that_kravia_refuses_for_now_do_not_use_up_the_cap(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=429, retry_after_seconds=10, times=5)
    for number in range(2):
        await world.overdue(f"3000{number}", debtor={"number": f"{number}"})
    for _ in range(6):
        await world.settle()
        world.pass_time(seconds=11)

    assert len(world.books.registers) == 2


async def test_nothing_goes_before_the_mirror_is_complete(world: Any) -> None:
    world.fail("search", FaultKind.STATUS, status=503, times=None)
    await world.overdue()
    await world.settle()
    assert world.books.registers == []
    assert "not complete" in (await world.claim())["problem"]

    world.mend()
    await world.settle()
    assert len(world.books.registers) == 1


async def test_nothing_goes_on_an_old_mirror(world: Any) -> None:
    await world.settle()
    world.fail("search", FaultKind.STATUS, status=503, times=None)
    world.pass_time(minutes=6)
    await world.overdue()
    await world.settle()
    assert world.books.registers == []
    assert "too old" in (await world.claim())["problem"]
    world.pass_time(minutes=11)
    await world.settle()
    await world.watch()
    assert "remote_down" in await world.alerts()

    world.mend()
    world.pass_time(minutes=1)  # a remote that was down is looked at again now and then
    await world.settle()
    await world.watch()
    assert len(world.books.registers) == 1
    assert set(await world.alerts()) <= {"rates"}


async def test_a_day_that_changes_before_the_send_is_decided_anew(world: Any) -> None:
    """Ready on its last day; sent, for want of a mirror, only when the notice is too old."""
    notice = {
        "kind": "collection_notice",
        "sent_on": "2026-06-01",
        "deadline": "2026-06-19",
        "channel": "post",
    }
    world.fail("search", FaultKind.STATUS, status=503, times=None)
    await world.overdue(
        issue_date="2026-04-15", due_date="2026-05-15", supplied_on=None, notices=[notice]
    )
    await world.settle()
    waiting = (await world.claim())["state"]
    world.mend()
    world.pass_time(days=30)
    await world.settle()

    assert waiting == "sending"
    assert (await world.claim())["state"] != "active"
    assert world.books.registers == []


async def test_facts_that_change_before_the_send_cancel_the_message_not_edit_it(
    world: Any,
) -> None:
    await world.overdue(version=1)
    await world.intake()
    await world.updated(version=2, outstanding="4000.00")
    await world.settle()

    states = [m["state"] for m in await world.items("outbox.list", kind="kravia.register")]
    assert states == ["delivered", "cancelled"]
    (case,) = world.registers()
    assert case.original_amount == Decimal("4000.00")


@pytest.mark.parametrize("what", ["disputed", "withdrawn", "paid"])
async def test_news_we_answered_for_counts_though_intake_has_not_read_it_yet(
    world: Any, what: str
) -> None:
    await world.overdue()
    await world.poll()
    await world.intake()
    await getattr(world, what)()
    await world.deliver()
    assert world.books.registers == []

    await world.settle()
    world.pass_time(seconds=1)
    await world.settle()
    assert len(world.books.registers) == (what == "paid")
    assert all(case.original_amount == Decimal("3800.00") for case in world.registers())
