"""What the ledger and ``notify`` are told, with which fields, and what their answers do (§5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from clients.webhook.simulator import LedgerFault, LedgerFaultKind

NOTIFY = pytest.mark.parametrize(
    "creditor", [{"notify": {"url": "http://127.0.0.1:3/in", "secret": "env:SECRET"}}]
)
COMMON = {"creditor_id", "case_id", "claim"}
HELD = [
    {
        "kind": "collection_notice",
        "sent_on": "2026-11-10",
        "deadline": "2026-11-25",
        "channel": "post",
    }
]


def own_fields(world: Any, type_: str) -> set[str]:
    """The fields of the one webhook of a type, beside those every webhook has."""
    (told,) = world.told(type_)
    assert set(told.data) >= COMMON
    return set(told.data) - COMMON


async def test_every_webhook_names_the_claim(world: Any) -> None:
    await world.active()

    (told,) = world.told("claim.registered")
    claim = await world.claim()
    assert told.data["creditor_id"] == "acme"
    assert told.data["case_id"] == claim["case_id"]
    assert told.data["claim"] == {
        "claim_id": claim["claim_id"],
        "invoice_id": "inv-30001",
        "invoice_number": "30001",
        "kravia_invoice_id": claim["kravia_invoice_id"],
    }
    assert told.webhook_id == (await world.message("ledger.claim.registered"))["message_id"]


async def test_registered_held_rejected_and_review_carry_their_fields(world: Any) -> None:
    await world.active("30001", debtor={"number": "1"})
    await world.overdue("30002", notices=HELD, debtor={"number": "2"})
    await world.overdue("30003", debtor={"number": "3", "deceased": True})
    await world.overdue("30004", debtor={"number": "4", "protected_address": True})
    await world.settle()

    assert own_fields(world, "claim.registered") == {"registered_at", "amount", "currency"}
    for type_ in ("claim.held", "claim.rejected", "claim.review_requested"):
        assert own_fields(world, type_) == {"hold_until", "reasons"}
    (held,) = world.told("claim.held")
    assert held.data["hold_until"] == "2026-11-30"
    assert set(held.data["reasons"][0]) == {"rule", "effect", "message", "source"}


async def test_the_end_is_told_with_status_and_reason(world: Any) -> None:
    kravia_id = await world.active()
    world.debtor_pays(kravia_id, "4800.00")
    await world.settle()

    changed = world.told("claim.status_changed")[-1]
    assert set(changed.data) - COMMON == {"status", "kravia_status", "at"}
    assert (changed.data["status"], changed.data["kravia_status"]) == ("closed", "Paid")
    assert own_fields(world, "claim.closed") == {"reason", "at"}


async def test_collected_reversed_and_settled_money_carry_their_fields(world: Any) -> None:
    kravia_id = await world.active()
    payment = world.debtor_pays(kravia_id, "100.00")
    world.kravia.pay_out(10759, world.now[0].date())
    await world.settle()
    world.kravia.reverse_payment(kravia_id, payment.payment_id)
    await world.settle()

    money = {"payment_id", "amount", "currency", "paid_on", "principal"}
    assert own_fields(world, "payment.collected") == money
    assert own_fields(world, "payment.collected_reversed") == money
    assert own_fields(world, "settlement.received") == {
        "settlement_id",
        "amount",
        "currency",
        "paid_on",
        "lines",
        "entries",
    }


async def test_missing_facts_are_asked_for_once_per_need(world: Any) -> None:
    await world.overdue(debtor={"address": None})
    await world.settle()
    await world.paid()
    await world.disputed()
    await world.settle()
    assert own_fields(world, "claim.facts_requested") == {"fields"}

    world.pass_time(minutes=1)
    await world.updated(objection=None, debtor={"address": {"line1": "Nygata 3", "country": "NO"}})
    await world.settle()
    fields = [t.data["fields"] for t in world.told("claim.facts_requested")]
    assert fields[1] == ["debtor.address.postal_code", "debtor.address.city"]


async def test_a_decision_is_told_once_per_change(world: Any) -> None:
    await world.overdue(notices=[])
    await world.settle()
    for day in range(3):
        world.pass_time(days=1)
        await world.updated(notices=[], outstanding=f"47{day}0.00")
        await world.settle()
    assert len(world.told("claim.rejected")) == 1

    await world.updated(notices=HELD)
    await world.settle()
    assert len(world.told("claim.held")) == 1


async def test_a_count_of_days_in_a_reason_is_no_change_of_decision(world: Any) -> None:
    """INK-16 names the days left before the claim is time-barred."""
    await world.overdue(
        issue_date="2023-11-20",
        due_date="2023-12-05",
        supplied_on=None,
    )
    await world.settle()
    told = len(world.told("claim.review_requested")) + len(world.told("claim.rejected"))
    world.pass_time(days=1)
    await world.updated(
        issue_date="2023-11-20",
        due_date="2023-12-05",
        supplied_on=None,
        outstanding="4799.00",
    )
    await world.settle()

    after = len(world.told("claim.review_requested")) + len(world.told("claim.rejected"))
    assert told == after == 1


@NOTIFY
async def test_notify_gets_the_same_and_alerts(world: Any) -> None:
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue()
    await world.settle()

    (alert,) = world.notify.of_type("alert")
    assert set(alert.data) - COMMON == {"kind", "message", "command"}
    assert world.told("alert") == ()

    await world.call("outbox.resend", message_id=(await world.message())["message_id"])
    world.pass_time(seconds=1)
    await world.settle()
    both = [
        [t.type for t in place.told if t.type != "alert"] for place in (world.ledger, world.notify)
    ]
    assert both[0] == both[1]
    assert "claim.registered" in both[0]


@NOTIFY
async def test_a_dead_notify_keeps_nothing_from_the_ledger(world: Any) -> None:
    world.notify.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=500, times=None))
    await world.active()

    assert len(world.told("claim.registered")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        LedgerFault(kind=LedgerFaultKind.STATUS, status=500),
        LedgerFault(kind=LedgerFaultKind.STATUS, status=503, retry_after_seconds=60),
        LedgerFault(kind=LedgerFaultKind.STATUS, status=429),
        LedgerFault(kind=LedgerFaultKind.HANG),
        LedgerFault(kind=LedgerFaultKind.ACCEPT_THEN_TIMEOUT),
    ],
)
async def test_a_ledger_that_fails_is_told_again_under_the_same_id(
    world: Any, fault: LedgerFault
) -> None:
    world.ledger.plant(fault)
    await world.active()
    world.pass_time(minutes=2)
    await world.settle()

    assert len(world.told("claim.registered")) == 1
    assert world.ledger.conflicts == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_ledger_that_refuses_parks_the_message_and_alerts(world: Any, status: int) -> None:
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=status))
    await world.active()

    message = await world.message("ledger.claim.registered")
    assert message["state"] == "parked"
    assert await world.alerts() == ["parked"]

    await world.call("outbox.resend", message_id=message["message_id"])
    await world.settle()
    assert len(world.told("claim.registered")) == 1
    assert await world.alerts() == []


async def test_order_holds_for_a_claim_whatever_the_ledger_answers(world: Any) -> None:
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=500, times=3))
    kravia_id = await world.active()
    world.debtor_pays(kravia_id, "4800.00")
    for _ in range(5):
        await world.settle()
        world.pass_time(minutes=2)

    types = [told.type for told in world.ledger.told]
    assert types.index("claim.registered") < types.index("payment.collected")
    assert types[-1] == "claim.closed"


async def test_a_410_stops_the_sending_and_alerts_until_a_person_asks_again(world: Any) -> None:
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=410))
    await world.active("30001", debtor={"number": "1"})
    await world.active("30002", debtor={"number": "2"})
    world.pass_time(minutes=10)
    await world.settle()
    assert world.ledger.told == ()
    assert sorted(await world.alerts()) == ["gone", "parked"]

    parked = next(m for m in await world.items("outbox.list") if m["state"] == "parked")
    await world.call("outbox.resend", message_id=parked["message_id"])
    await world.settle()
    world.pass_time(minutes=10)
    await world.settle()

    assert len(world.told("claim.registered")) == 2
    assert await world.alerts() == []


@NOTIFY
async def test_an_alert_raised_at_the_edge_is_told_once(world: Any) -> None:
    await world.overdue("30001")
    await world.settle()
    for amount in ("4700.00", "4600.00"):
        await world.receive("invoice.overdue", {"outstanding": amount}, webhook_id="wh-1")
    assert await world.alerts() == ["webhook_id_reused"]
    for _ in range(2):
        await world.remind()
        await world.settle()

    (alert,) = world.notify.of_type("alert")
    assert alert.data["kind"] == "webhook_id_reused"
    assert world.told("alert") == ()


@pytest.mark.parametrize(
    "creditor",
    [{"mode": "observe", "notify": {"url": "http://127.0.0.1:3/in", "secret": "env:SECRET"}}],
)
async def test_observe_tells_nobody_but_the_operator_until_it_is_left(world: Any) -> None:
    await world.overdue("30001", notices=HELD)
    await world.settle()
    world.fail("search", FaultKind.STATUS, status=503, times=None)
    for _ in range(2):
        world.pass_time(days=3)
        await world.settle()
    await world.watch()
    await world.deliver()
    assert world.ledger.told == ()
    assert {told.type for told in world.notify.told} == {"alert"}
    held = await world.message("ledger.claim.held")
    assert (held["state"], held["attempts"]) == ("pending", 0)
    assert "observe" in held["last_error"]

    world.mend()
    live = replace(world.gateway.creditors["acme"], observe=False)
    object.__setattr__(world.gateway, "creditors", {"acme": live})
    world.pass_time(minutes=6)
    await world.settle()
    types = ["claim.held", "claim.registered"]
    assert [told.type for told in world.ledger.told][:2] == types
    assert [told.type for told in world.notify.told if told.type != "alert"][:2] == types
