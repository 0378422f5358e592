"""Kravia's own money is recognised and never echoed; what it collects is told once (design §7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind

CREDITOR_ID = 10759


async def collected(world: Any, amount: str = "1000.00", *, settled: bool = True) -> str:
    """A claim on which Kravia has collected and, ``settled``, paid out."""
    kravia_id: str = await world.active()
    world.debtor_pays(kravia_id, amount)
    if settled:
        world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
    await world.settle()
    return kravia_id


async def test_what_kravia_collects_is_told_once(world: Any) -> None:
    kravia_id = await collected(world)
    world.kravia.touch(kravia_id)
    await world.settle()

    (told,) = world.told("payment.collected")
    assert told.data["amount"] == told.data["principal"] == "1000.00"
    assert told.data["paid_on"] == "2026-11-24"


async def test_what_kravia_takes_back_is_told_once(world: Any) -> None:
    kravia_id = await world.active()
    payment = world.debtor_pays(kravia_id, "1000.00")
    await world.settle()
    world.kravia.reverse_payment(kravia_id, payment.payment_id)
    await world.settle()
    world.kravia.touch(kravia_id)
    await world.settle()

    (told,) = world.told("payment.collected_reversed")
    assert told.data["payment_id"] == payment.payment_id
    assert len(world.told("payment.collected")) == 1


async def test_our_own_reports_are_never_told_as_collected(world: Any) -> None:
    await world.active()
    await world.paid()
    await world.credited()
    await world.settle()

    assert len(world.reported()) == 1
    assert world.told("payment.collected") == ()


async def test_one_payment_of_the_debtors_on_two_cases_is_told_for_each(world: Any) -> None:
    first, second = await world.active("30001"), await world.active("30002")
    one = world.debtor_pays(first, "100.00")
    other = world.debtor_pays(second, "200.00")
    other.payment_id = one.payment_id  # one bank payment, a share for each case
    await world.settle()

    told = world.told("payment.collected")
    assert sorted(t.data["amount"] for t in told) == ["100.00", "200.00"]


@pytest.mark.parametrize("creditor", [{"payout_accounts": ["1234.56.78903"]}])
async def test_money_from_kravias_account_is_a_payout(world: Any) -> None:
    await collected(world, settled=False)
    await world.paid(payer_account="12345678903")
    await world.settle()

    assert world.reported() == []
    assert await world.tasks() == []
    assert (await world.claim())["receipts"][0]["state"] == "payout"


@pytest.mark.parametrize("creditor", [{"payout_accounts": ["1234.56.78903"]}])
async def test_money_from_another_account_is_the_debtors_own(world: Any) -> None:
    await collected(world)
    await world.paid(payer_account="9999.88.77777")
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("1000.00"))]


@pytest.mark.parametrize("creditor", [{"payout_texts": ["Kravia"]}])
async def test_money_whose_text_names_kravia_is_a_payout(world: Any) -> None:
    await collected(world, settled=False)
    await world.paid(text="UTBETALING KRAVIA AS")
    await world.settle()

    assert world.reported() == []
    assert await world.tasks() == []


async def test_money_that_a_settlement_line_names_is_a_payout_once(world: Any) -> None:
    await collected(world)
    await world.paid(payment_id="pay-1")
    await world.settle()
    assert world.reported() == []

    await world.paid(payment_id="pay-2")  # the line is used up: this is the debtor's own
    await world.settle()
    assert world.reported() == [("pay-2", Decimal("1000.00"))]


async def test_doubtful_money_is_a_question_and_nothing_is_sent_before_the_answer(
    world: Any,
) -> None:
    await collected(world, settled=False)
    await world.paid()
    await world.settle()

    assert await world.tasks() == ["payout_or_direct"]
    assert world.reported() == []


@pytest.mark.parametrize(
    ("answer", "reported", "state"),
    [("payout", [], "payout"), ("direct", [("pay-1", Decimal("1000.00"))], "reported")],
)
async def test_a_person_answers_whose_money_it_was(
    world: Any, answer: str, reported: list[object], state: str
) -> None:
    await collected(world, settled=False)
    await world.paid()
    await world.settle()
    (task,) = await world.items("tasks.list")

    await world.call("tasks.done", task_id=task["task_id"], answer=answer, note="asked the bank")
    await world.settle()

    assert world.reported() == reported
    assert (await world.claim())["receipts"][0]["state"] == state
    assert await world.tasks() == []


async def test_the_question_needs_one_of_its_two_answers(world: Any) -> None:
    await collected(world, settled=False)
    await world.paid()
    await world.settle()
    (task,) = await world.items("tasks.list")

    with pytest.raises(Exception, match="--answer payout"):
        await world.call("tasks.done", task_id=task["task_id"], note="done")
    assert await world.tasks() == ["payout_or_direct"]


async def test_a_later_settlement_line_answers_the_question_by_itself(world: Any) -> None:
    await collected(world, settled=False)
    await world.paid()
    await world.settle()
    world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
    await world.settle()

    assert await world.tasks() == []
    assert (await world.claim())["receipts"][0]["state"] == "payout"


async def test_a_payout_after_the_end_is_recognised_and_no_task(world: Any) -> None:
    await collected(world, "4800.00")
    assert (await world.claim())["state"] == "closed"
    await world.paid("4800.00")
    await world.settle()

    assert await world.tasks() == []
    assert (await world.claim())["receipts"][0]["state"] == "payout"


async def test_a_settlement_is_told_once_whatever_fails_meanwhile(world: Any) -> None:
    await collected(world)
    await world.restart()
    world.fail("settlements", FaultKind.STATUS, status=500, times=3)
    world.pass_time(minutes=5)
    await world.settle()
    world.pass_time(minutes=5)
    await world.settle()

    (told,) = world.told("settlement.received")
    assert told.data["amount"] == "1000.00"


async def test_a_case_reopened_at_kravia_after_our_end_is_a_task(world: Any) -> None:
    kravia_id = await world.active()
    payment = world.debtor_pays(kravia_id, "4800.00")
    await world.settle()
    world.kravia.reverse_payment(kravia_id, payment.payment_id)
    await world.settle()

    claim = await world.claim()
    assert claim["state"] == "closed"
    assert await world.tasks() == ["reopened_at_kravia"]
    assert len(world.told("payment.collected_reversed")) == 1
