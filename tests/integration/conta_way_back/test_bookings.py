"""What Kravia pays out in batches is booked in Conta: each line once, and nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import Fault, FaultKind

THOUSAND = Decimal("1000.00")


@pytest.mark.parametrize("kravia_assumptions", ["shipped", "other"], indirect=True)
async def test_a_settlements_line_is_booked_once_with_all_that_conta_takes(
    world: Any, back: Any
) -> None:
    department, project = world.conta.add_department("North"), world.conta.add_project("P7")
    made = world.conta.issue_invoice(
        world.customer,
        Decimal("2250.00"),
        invoice_date=date(2026, 8, 3),
        due_date=date(2026, 8, 17),
        department_id=department,
        project_id=project,
    )
    world.conta.send_letter(made, on=date(2026, 9, 6), due_date=date(2026, 9, 22))
    await world.sweep()
    await world.settle()
    await back.paid_out(invoice=made, on=date(2026, 11, 24))
    await world.settle()
    await world.restart()
    await world.settle()

    [payment] = world.conta.books.api_payments
    assert (payment.parts[0].invoice_id, payment.amount) == (made, THOUSAND)
    assert (payment.on, payment.bank_account_id) == (date(2026, 11, 24), 3001)
    assert payment.description is not None
    assert payment.description.startswith("Kravia settlement ")
    assert (payment.department_id, payment.project_id) == (department, project)
    assert world.conta.books.doubled == ()
    assert await world.tasks() == []
    shown = await world.call("outbox.show", message_id=(await back.message())["message_id"])
    assert (shown["state"], shown["result"]) == ("delivered", str(payment.id))


@pytest.mark.parametrize("kravia_assumptions", ["shipped", "other"], indirect=True)
async def test_our_own_payment_comes_back_as_the_agencys_and_is_never_echoed(
    world: Any, back: Any
) -> None:
    made = await back.booked()

    await back.swept()
    world.pass_time(days=1)  # and once more in the nightly reading
    await back.swept()

    assert await back.receipts(made) == [("payout", "1000.00")]
    assert world.reported() == []
    assert await world.tasks() == []
    claim = await world.claim(made)
    assert (claim["state"], claim["outstanding"]) == ("active", "1250.00")
    assert back.payments() == [(made, THOUSAND)]


async def test_a_claim_that_is_paid_whole_ends_whole(world: Any, back: Any) -> None:
    made = await back.booked("2250.00")

    await back.swept()

    assert world.conta.books.invoices[made].status == "CLOSED_BY_PAYMENT"
    claim = await world.claim(made)
    assert (claim["state"], claim["outstanding"]) == ("closed", "0.00")
    assert await world.tasks() == []
    assert world.reported() == []


async def test_two_lines_of_one_invoice_and_two_settlements_are_each_booked(
    world: Any, back: Any
) -> None:
    made = await world.active()
    for _ in range(2):
        back.debtor_pays(made, "500.00")
        back.debtor_pays(made, "500.00")
        await world.settle()
        back.settlement()
        await world.settle()
        world.pass_time(days=1)

    assert back.payments() == [(made, Decimal("500.00"))] * 4
    assert world.conta.books.doubled == ()
    await back.swept()
    assert await back.receipts(made) == [("payout", "500.00")] * 4
    assert world.reported() == []


async def test_a_debtors_own_payment_of_the_same_amount_is_still_told(
    world: Any, back: Any
) -> None:
    made = await back.booked()
    await back.swept()
    world.conta.pay_by_ocr(made, THOUSAND, on=date(2026, 11, 24))

    await back.swept()

    assert [amount for _, amount in world.reported()] == [THOUSAND]
    assert await back.receipts(made) == [("payout", "1000.00"), ("reported", "1000.00")]


async def test_what_conta_had_before_is_not_ours(world: Any, back: Any) -> None:
    made = await world.active()
    world.conta.pay_by_hand({made: Decimal("100.00")}, on=date(2026, 11, 24))
    await back.swept()

    await back.paid_out(invoice=made)
    await world.settle()
    await back.swept()

    assert await back.receipts(made) == [("reported", "100.00"), ("payout", "1000.00")]
    assert [amount for _, amount in world.reported()] == [Decimal("100.00")]


async def test_only_lines_that_are_certain_are_booked_and_a_task_names_the_rest(
    world: Any, back: Any
) -> None:
    made = await world.active()
    stranger = world.kravia.preload(
        creditor_id=10759,
        invoice_no="90001",
        invoice_date=date(2026, 1, 1),
        original_amount=Decimal("400.00"),
        debtor_number="another",
    )
    back.debtor_pays(made, "1000.00")
    world.kravia.debtor_pays(stranger, Decimal("300.00"), date(2026, 11, 24))
    await world.settle()
    back.settlement()
    await world.settle()

    assert back.payments() == [(made, THOUSAND)]
    [task] = await world.items("tasks.list")
    assert task["kind"] == "book_settlement"
    assert f"case {stranger}, 300.00: no claim of ours" in task["text"]
    assert "1000.00" not in task["text"]


@pytest.mark.parametrize(
    ("settlement", "why"),
    [
        ({"lines": ()}, "names no invoices"),
        ({"on": date(2026, 11, 1)}, "paid before the gateway began"),
        ({"amount": Decimal("5000.00")}, "explain only a part"),
    ],
)
async def test_a_settlement_that_cannot_be_understood_is_a_task_and_books_nothing(
    world: Any, back: Any, settlement: dict[str, Any], why: str
) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    changed = back.settlement()
    for name, value in settlement.items():
        setattr(changed, name, value)
    await world.settle()

    assert back.payments() == []
    [task] = await world.items("tasks.list")
    assert task["kind"] == "book_settlement"
    assert why in task["text"]


async def test_settlements_that_cannot_be_read_are_an_alert_and_read_again(
    world: Any, back: Any
) -> None:
    made = await back.paid_out()
    fault = Fault(kind=FaultKind.HTML, operation="settlements", times=None)
    world.kravia.faults.plant(fault)
    await world.settle()
    assert back.payments() == []
    assert await world.alerts() == ["settlements"]

    world.kravia.faults.faults.clear()
    await world.settle()
    assert back.payments() == [(made, THOUSAND)]
    assert await world.alerts() == []


async def test_a_line_without_its_principal_is_left_to_a_person(world: Any, back: Any) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    settlement = back.settlement()
    settlement.lines = tuple((case, amount, None) for case, amount, _ in settlement.lines)
    await world.settle()

    assert back.payments() == []
    [task] = await world.items("tasks.list")
    assert "does not say how much of it is principal" in task["text"]


async def test_only_principal_is_booked_and_a_line_without_any_books_nothing(
    world: Any, back: Any
) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    back.debtor_pays(made, "100.00")
    await world.settle()
    settlement = back.settlement()
    (case, first, _), (_, second, _) = settlement.lines
    settlement.lines = ((case, first, Decimal("900.00")), (case, second, Decimal("0.00")))
    await world.settle()

    assert back.payments() == [(made, Decimal("900.00"))]
    assert await world.tasks() == ["book_settlement"]  # 200.00 of fees, by hand


async def test_a_payment_that_may_be_this_pay_out_is_answered_before_anything_is_booked(
    world: Any, back: Any
) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    world.conta.pay_by_hand({made: THOUSAND}, on=date(2026, 11, 24))  # somebody was quicker
    await back.swept()
    assert await world.tasks() == ["payout_or_direct"]

    back.settlement()
    await world.settle()

    assert back.payments() == []
    assert sorted(await world.tasks()) == ["book_settlement", "payout_or_direct"]


@pytest.mark.parametrize("creditor", [{"payout_model": "kid"}, {"payout_model": "unknown"}])
async def test_without_batch_nothing_is_booked(world: Any, back: Any, creditor: Any) -> None:
    await back.booked()

    assert back.payments() == []


async def test_observe_books_nothing(world: Any, back: Any) -> None:
    made = await world.active()
    creditor = world.gateway.creditors["acme"]
    object.__setattr__(creditor, "observe", True)
    await back.paid_out(invoice=made)
    await world.settle()

    assert back.payments() == []
    assert (await back.message())["last_error"] == "mode is observe: nothing is sent"


async def test_what_is_paid_tomorrow_is_booked_tomorrow(world: Any, back: Any) -> None:
    made = await back.paid_out(on=date(2026, 11, 25))
    await world.settle()
    assert back.payments() == []

    world.pass_time(days=1)
    await world.settle()
    assert back.payments() == [(made, THOUSAND)]


async def test_creditors_check_says_how_money_comes_back(world: Any, back: Any) -> None:
    found = await world.call("creditors.check", creditor="acme")

    assert found["ledger_faults"] == []
    assert found["money_back"] == (
        "batch: each line of a settlement is booked in Conta on bank account 3001; what falls into"
        " a locked period is booked by a person"
    )


@pytest.mark.parametrize(
    ("creditor", "told"),
    [({"payout_model": "kid"}, "kid: "), ({"payout_model": "unknown"}, "unknown: ")],
)
async def test_creditors_check_says_when_it_is_not_us_who_books(
    world: Any, back: Any, creditor: Any, told: str
) -> None:
    found = await world.call("creditors.check", creditor="acme")

    assert found["money_back"].startswith(told)
