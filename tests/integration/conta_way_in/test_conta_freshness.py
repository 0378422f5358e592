"""Right before a register is sent Conta is asked; Conta's own link to Kravia blocks and alerts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import Fault, FaultKind
from gateway.workers import freshness


async def ready_to_send(world: Any) -> int:
    """An invoice whose register is queued and the mirror read, so that only the gate is left."""
    made: int = world.invoice()
    await world.sweep()
    await world.poll_kravia()
    await world.intake()
    return made


async def test_a_payment_a_minute_ago_is_seen_before_sending(world: Any) -> None:
    made = await ready_to_send(world)
    world.conta.pay_by_ocr(made, Decimal("1000.00"), on=date(2026, 11, 24))

    await world.deliver()
    assert world.registered() == []
    waiting = await world.message("kravia.register")
    assert (waiting["state"], waiting["attempts"]) == ("pending", 0)
    await world.settle()

    assert world.registered() == [str(made)]
    [case] = world.kravia.books.invoices.values()
    assert case.original_amount == Decimal("1250.00")
    assert world.reported() == []


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        (lambda conta, made: conta.object_to(made), "rejected"),
        (lambda conta, made: conta.postpone(made, date(2026, 12, 24)), "held"),
        (lambda conta, made: conta.write_off(made), "closed"),
        (lambda conta, made: conta.credit(made, on=date(2026, 11, 24)), "rejected"),
        (lambda conta, made: conta.click_send_to_kravia(made), "rejected"),
        (lambda conta, made: conta.kravia_confirms(made), "rejected"),
    ],
    ids=["objection", "postponed", "written off", "credited", "being sent", "sent"],
)
async def test_what_happened_since_the_sweep_stops_the_register(
    world: Any, happens: Any, state: str
) -> None:
    made = await ready_to_send(world)
    happens(world.conta, made)

    await world.settle()

    assert world.registered() == []
    assert (await world.claim(made))["state"] == state


async def test_nothing_new_costs_five_calls_and_the_register_goes_at_once(world: Any) -> None:
    made = await ready_to_send(world)
    world.conta.calls.clear()

    await world.deliver()

    assert world.registered() == [str(made)]
    expected = dict.fromkeys(("invoices", "invoice", "customer", "events", "payments"), 1)
    assert world.conta.calls == expected


async def test_a_paused_register_does_not_ask_conta(world: Any) -> None:
    await ready_to_send(world)
    await world.call("pause", reason="a test")
    world.conta.calls.clear()

    await world.deliver()

    assert world.conta.calls == {}


async def test_a_conta_that_does_not_answer_lets_nothing_go_and_costs_no_attempt(
    world: Any,
) -> None:
    made = await ready_to_send(world)
    world.conta.maintain_until(world.now[0].replace(hour=12))

    await world.deliver()
    waiting = await world.message("kravia.register")
    assert (waiting["state"], waiting["attempts"]) == ("pending", 0)
    assert "the ledger cannot be asked" in waiting["last_error"]

    world.set_time(world.now[0].replace(hour=13))
    await world.settle()
    assert world.registered() == [str(made)]


async def test_a_conta_that_is_too_slow_lets_nothing_go(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready_to_send(world)
    monkeypatch.setattr(freshness, "LEDGER_LOOK_SECONDS_MAX", 0)

    await world.deliver()

    assert world.registered() == []
    waiting = await world.message("kravia.register")
    assert "did not answer within" in waiting["last_error"]


async def test_an_invoice_that_is_gone_waits_for_the_sweep_that_proves_it(world: Any) -> None:
    made = await ready_to_send(world)
    del world.conta.books.invoices[made]

    await world.deliver()
    assert (await world.claim(made))["state"] == "sending"
    await world.workers.ledger_poller.run_once(world.now[0])
    await world.settle()

    assert world.registered() == []
    assert (await world.claim(made))["close_reason"] == "withdrawn"


async def test_the_debtors_other_overdue_invoices_are_found_and_go_together(world: Any) -> None:
    made = await ready_to_send(world)
    other = world.invoice("500.00")
    elsewhere = world.invoice(customer=world.conta.add_customer("Ola Hansen"))

    await world.deliver()
    assert world.registered() == []
    await world.settle()

    assert set(world.registered()) == {str(made), str(other)}
    first, second = await world.claim(made), await world.claim(other)
    assert first["case_id"] == second["case_id"]
    assert str(elsewhere) not in {r["invoice_id"] for r in await world.items("claims.list")}


async def test_a_sibling_that_cannot_be_read_does_not_hold_the_register(world: Any) -> None:
    made = await ready_to_send(world)
    world.invoice("500.00")
    world.conta.faults.plant(Fault(kind=FaultKind.HTML, operation="events", after=1, times=None))

    await world.deliver()

    assert world.registered() == [str(made)]


async def test_sent_by_conta_before_hand_over_is_rejected_with_a_critical_alert(
    world: Any,
) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    await world.intake()
    world.conta.kravia_confirms(made)

    await world.news()

    assert "GW-04" in await world.rules(made)
    [alert] = await world.items("alerts.list")
    assert alert["kind"] == "sent_by_ledger"
    assert alert["message"].startswith("critical: ")


async def test_sent_by_conta_after_hand_over_freezes_the_claim_until_it_is_pulled_back(
    world: Any,
) -> None:
    made = await world.active()
    world.conta.click_send_to_kravia(made)
    world.conta.kravia_confirms(made)

    await world.news()
    claim = await world.claim(made)
    assert (claim["state"], claim["frozen_on"]) == ("active", "2026-11-24")
    assert await world.alerts() == ["sent_by_ledger"]
    assert await world.tasks() == ["doubled_by_ledger"]

    world.conta.pull_from_kravia(made)
    await world.news()
    assert (await world.claim(made))["frozen_on"] is None
    assert await world.alerts() == []
    assert await world.tasks() == []


async def test_an_objection_outlives_the_freeze_by_contas_link(world: Any) -> None:
    made = await world.active()
    world.conta.object_to(made, on=date(2026, 11, 24))
    world.conta.kravia_confirms(made)
    await world.news()
    world.conta.pull_from_kravia(made)

    await world.news()

    assert (await world.claim(made))["frozen_on"] == "2026-11-24"


async def test_a_register_in_doubt_is_frozen_and_alerted_too(world: Any) -> None:
    made = await ready_to_send(world)
    fault = Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT, operation="register")
    world.kravia.faults.plant(fault)
    await world.deliver()
    world.conta.kravia_confirms(made)

    await world.news()

    claim = await world.claim(made)
    assert (claim["state"], claim["frozen_on"]) == ("sending", "2026-11-24")
    assert "sent_by_ledger" in await world.alerts()


async def test_a_case_of_contas_link_is_not_taken_for_ours(world: Any) -> None:
    made = world.invoice()
    world.conta.kravia_confirms(made)
    invoice = world.conta.books.invoices[made]
    world.kravia.preload(
        creditor_id=10759,
        invoice_no=str(invoice.invoice_no),
        invoice_date=invoice.invoice_date,
        original_amount=Decimal("2250.00"),
        debtor_number=str(world.customer),
        accounting_invoice_id=str(made),
    )

    await world.sweep()
    await world.settle()

    claim = await world.claim(made)
    assert (claim["state"], claim["kravia_invoice_id"]) == ("rejected", None)
    assert await world.alerts() == []


@pytest.mark.parametrize("ends", ["pull_from_kravia", "kravia_gives_up"])
async def test_what_kravia_gave_back_to_conta_goes_to_a_person(world: Any, ends: str) -> None:
    made = world.invoice()
    world.conta.kravia_confirms(made)
    getattr(world.conta, ends)(made)

    await world.news()
    await world.settle()

    assert (await world.claim(made))["state"] == "review"
    assert world.registered() == []


async def test_a_status_nobody_knows_goes_to_a_person_with_an_alert(world: Any) -> None:
    made = world.invoice()
    world.conta.books.invoices[made].status = "SENT_TO_THE_MOON"

    await world.news()

    assert (await world.claim(made))["state"] == "review"
    [alert] = await world.items("alerts.list")
    assert (alert["kind"], "SENT_TO_THE_MOON" in alert["message"]) == (
        "unknown_ledger_status",
        True,
    )

    await world.workers.watch.alert(world.now[0])
    assert "unknown_ledger_status" in await world.alerts()

    world.conta.books.invoices[made].status = "INVOICE_CREATED"
    await world.news()
    await world.workers.watch.alert(world.now[0])
    assert "unknown_ledger_status" not in await world.alerts()


async def test_a_claim_that_was_sold_after_hand_over_is_a_task(world: Any) -> None:
    made = await world.active()
    world.conta.books.invoices[made].status = "SOLD_TO_EASYBANK"

    await world.news()

    assert await world.tasks() == ["changed_after_hand_over"]
