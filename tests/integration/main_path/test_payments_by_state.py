"""Money at the ledger, by where the claim stands (design §7, payments by claim state)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind

AFTER_ONE_PAYMENT = Decimal("3800.00")


async def test_before_the_decision_a_payment_reduces_what_is_registered(world: Any) -> None:
    await world.overdue()
    await world.paid()
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == AFTER_ONE_PAYMENT
    assert world.reported() == []


@pytest.mark.parametrize(
    ("invoice", "state"),
    [
        ({"notices": []}, "rejected"),
        (
            {
                "notices": [
                    {
                        "kind": "collection_notice",
                        "sent_on": "2026-11-10",
                        "deadline": "2026-11-25",
                        "channel": "post",
                    }
                ]
            },
            "held",
        ),
        ({"debtor": {"protected_address": True}}, "review"),
    ],
)
async def test_a_claim_that_may_not_go_yet_is_reduced_and_nothing_is_sent(
    world: Any, invoice: dict[str, Any], state: str
) -> None:
    await world.overdue(**invoice)
    await world.settle()
    before = (await world.claim())["state"]
    await world.paid()
    await world.settle()

    claim = await world.claim()
    assert before == claim["state"] == state
    assert claim["outstanding"] == "3800.00"
    assert world.books.registers == []
    assert world.reported() == []


async def test_full_payment_before_hand_over_ends_it(world: Any) -> None:
    await world.overdue()
    await world.paid("4800.00")
    await world.settle()

    assert (await world.claim())["state"] == "rejected"
    assert world.books.registers == []


async def test_money_that_comes_before_the_send_takes_the_register_back(world: Any) -> None:
    await world.overdue()
    await world.intake()
    assert (await world.claim())["state"] == "sending"

    await world.paid()
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == AFTER_ONE_PAYMENT
    assert world.reported() == []
    assert [m["state"] for m in await world.items("outbox.list", kind="kravia.register")] == [
        "delivered",
        "cancelled",
    ]


async def test_money_while_the_register_is_under_way_goes_behind_it(world: Any) -> None:
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    assert (await world.message())["state"] == "in_doubt"

    await world.paid()
    await world.intake()
    assert world.reported() == []
    world.pass_time(seconds=31)
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == Decimal("4800.00")
    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert case.remaining == AFTER_ONE_PAYMENT


async def test_money_behind_a_parked_register_waits_and_is_shown(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue()
    await world.settle()
    await world.paid()
    await world.settle()

    claim = await world.claim()
    assert claim["state"] == "sending"
    assert claim["receipts"][0]["state"] == "to_report"
    assert {m["kind"]: m["state"] for m in claim["messages"]} == {
        "kravia.register": "parked",
        "kravia.payment": "pending",
    }

    await world.call("outbox.resend", message_id=(await world.message())["message_id"])
    world.pass_time(seconds=1)
    await world.settle()

    (case,) = world.registers()
    assert case.original_amount == AFTER_ONE_PAYMENT  # the resent one met changed facts at the gate
    assert world.reported() == []


async def test_money_behind_a_cancelled_register_is_cancelled_with_the_reason(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue()
    await world.settle()
    await world.paid()
    await world.settle()

    message = await world.message()
    await world.call("outbox.cancel", message_id=message["message_id"], reason="not this one")
    await world.settle()

    claim = await world.claim()
    assert claim["state"] == "held"
    assert (await world.message("kravia.payment"))["state"] == "cancelled"
    assert (await world.message("kravia.payment"))["last_error"] == "its register was cancelled"
    assert claim["receipts"][0]["state"] == "before_hand_over"


async def test_an_active_claims_payment_is_one_call(world: Any) -> None:
    await world.active()
    await world.paid()
    await world.paid()  # the same payment under another webhook id
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert world.kravia.calls["payment"] == 1


async def test_one_bank_receipt_on_two_claims_is_one_call_for_each(world: Any) -> None:
    await world.active("30001")
    await world.active("30002")
    await world.paid("100.00", number="30001")
    await world.paid("200.00", number="30002")
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("100.00")), ("pay-1", Decimal("200.00"))]


async def test_a_payment_and_a_credit_note_under_one_id_are_both_told(world: Any) -> None:
    await world.active()
    await world.paid("100.00", payment_id="7")
    await world.credited("100.00", credit_note_id="7")
    await world.settle()

    assert world.reported() == [("7", Decimal("100.00"))]
    assert world.reported(credit_notes=True) == [("7", Decimal("100.00"))]


@pytest.mark.parametrize("event_first", [True, False])
async def test_a_payment_told_by_event_and_by_snapshot_counts_once(
    world: Any, event_first: bool
) -> None:
    await world.active(version=1)
    snapshot = {
        "version": 2,
        "outstanding": "3800.00",
        "payments": [{"id": "pay-1", "paid_on": "2026-11-20", "amount": "1000.00"}],
    }
    if event_first:
        await world.paid()
        await world.updated(**snapshot)
    else:
        await world.updated(**snapshot)
        await world.paid()
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert (await world.claim())["outstanding"] == "3800.00"
    assert await world.tasks() == []


async def test_an_older_snapshot_does_not_undo_a_payment_after_hand_over(world: Any) -> None:
    await world.active(version=1)
    world.pass_time(minutes=10)
    taken = world.now[0].isoformat()
    world.pass_time(minutes=10)
    await world.paid()
    await world.settle()
    await world.updated(version=2, at=taken)
    await world.settle()

    assert (await world.claim())["outstanding"] == "3800.00"
    assert await world.tasks() == []


async def test_a_closed_claims_payment_is_a_task(world: Any) -> None:
    kravia_id = await world.active()
    world.kravia.withdraw(kravia_id)
    await world.settle()
    await world.paid()
    await world.settle()

    assert await world.tasks() == ["money_after_close"]
    assert world.reported() == []


async def test_a_payment_that_kravia_closes_under_is_not_sent_and_is_a_task(world: Any) -> None:
    kravia_id = await world.active()
    world.fail("details", FaultKind.STATUS, status=503, times=3)
    await world.paid()
    await world.intake()
    await world.deliver()
    world.kravia.withdraw(kravia_id)
    await world.poll()
    world.pass_time(minutes=2)
    await world.settle()

    claim = await world.claim()
    assert claim["state"] == "closed"
    assert claim["receipts"][0]["state"] == "not_reported"
    assert world.reported() == []
    assert await world.tasks() == ["money_after_close"]


async def test_more_than_kravia_collects_is_reported_in_part_and_the_rest_is_a_task(
    world: Any,
) -> None:
    await world.active()
    await world.paid("5000.00")
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("4800.00"))]
    assert await world.tasks() == ["surplus"]
    assert (await world.claim())["close_reason"] == "paid"


async def test_more_than_kravia_collects_is_credited_in_part_and_the_rest_is_a_task(
    world: Any,
) -> None:
    await world.active()
    await world.credited("5000.00")
    await world.settle()

    assert world.reported(credit_notes=True) == [("cre-1", Decimal("4800.00"))]
    assert await world.tasks() == ["surplus"]
    assert (await world.claim())["close_reason"] == "credited"


async def test_what_kravia_collected_is_not_reported_on_top(world: Any) -> None:
    kravia_id = await world.active()
    world.debtor_pays(kravia_id, "4000.00")
    await world.settle()
    await world.paid("1000.00")
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("800.00"))]
    assert await world.tasks() == ["surplus"]


async def test_a_partial_credit_note_is_told(world: Any) -> None:
    await world.active()
    await world.credited("500.00")
    await world.settle()

    assert world.reported(credit_notes=True) == [("cre-1", Decimal("500.00"))]
    assert (await world.claim())["state"] == "active"


async def test_a_full_credit_note_closes_the_claim_as_credited(world: Any) -> None:
    await world.active()
    await world.credited("4800.00")
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["close_reason"]) == ("closed", "credited")
    (told,) = world.told("claim.closed")
    assert told.data["reason"] == "credited"


async def test_a_reversal_before_hand_over_raises_the_claim_again(world: Any) -> None:
    await world.overdue(notices=[])
    await world.paid()
    await world.settle()
    await world.payment_reversed()
    await world.settle()

    claim = await world.claim()
    assert claim["outstanding"] == "4800.00"
    assert claim["receipts"][0]["state"] == "reversed"
    assert await world.tasks() == []


async def test_a_reversal_of_what_kravia_was_told_is_a_task_never_a_negative_payment(
    world: Any,
) -> None:
    await world.active()
    await world.paid()
    await world.settle()
    await world.payment_reversed()
    await world.settle()

    assert world.reported() == [("pay-1", Decimal("1000.00"))]
    assert await world.tasks() == ["reversed_payment"]


async def test_a_reversal_before_the_report_cancels_the_report(world: Any) -> None:
    await world.active()
    await world.paid()
    await world.intake()
    await world.payment_reversed()
    await world.settle()

    assert world.reported() == []
    assert await world.tasks() == []


async def test_a_reversal_of_a_report_in_doubt_asks_a_person(world: Any) -> None:
    await world.active()
    world.fail("payment", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.paid()
    await world.intake()
    await world.deliver()
    await world.payment_reversed()
    await world.settle()

    assert await world.tasks() == ["reversed_payment"]


async def test_a_reversal_that_comes_before_its_payment_waits_for_it(world: Any) -> None:
    await world.active()
    event_id = await world.payment_reversed()
    await world.settle()
    assert (await world.event(event_id))["outcome"] == "waiting"

    await world.paid()
    await world.settle()

    assert (await world.event(event_id))["outcome"] == "handled"
    assert (await world.claim())["outstanding"] == "4800.00"
    assert world.reported() == []


async def test_money_in_another_currency_is_rejected_and_shown(world: Any) -> None:
    await world.active()
    event_id = await world.paid(currency="EUR")
    await world.settle()

    event = await world.event(event_id)
    assert (event["outcome"], world.reported()) == ("rejected", [])
    assert "NOK" in event["problem"]


@pytest.mark.parametrize("creditor", [{"amount": "total_then_payments"}])
async def test_queued_money_never_exceeds_the_total_once_earlier_payments_are_told(
    world: Any,
) -> None:
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.overdue(
        total="5800.00",
        outstanding="4800.00",
        payments=[{"id": "pay-0", "paid_on": "2026-10-20", "amount": "1000.00"}],
    )
    await world.poll()
    await world.intake()
    await world.deliver()
    await world.paid("5000.00")
    await world.intake()
    world.pass_time(seconds=31)
    await world.settle()

    assert sum(amount for _, amount in world.reported()) == Decimal("5800.00")
    assert await world.tasks() == ["surplus"]


async def test_a_reversal_of_a_quarantined_report_asks_a_person_and_cancels_nothing(
    world: Any,
) -> None:
    await world.active()
    world.fail("payment", FaultKind.HANG)
    await world.paid()
    await world.settle()
    world.pass_time(hours=25)
    await world.settle()
    assert (await world.message("kravia.payment"))["state"] == "parked"

    await world.payment_reversed()
    await world.settle()

    assert (await world.message("kravia.payment"))["state"] == "parked"
    assert await world.tasks() == ["reversed_payment"]
