"""What happens in Fiken reaches claims and Kravia, by sweeps, one call at a time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.exchange import Request
from clients.simulated_faults import FaultKind

TODAY = date(2026, 11, 24)

OTHER_FIKEN = """
[lists]
page_size_rows = 3
[balance]
owed_is = "negative"
[contacts]
absent_country = ""
"""


@pytest.mark.parametrize("fiken_assumptions", ["", OTHER_FIKEN], ids=["shipped", "other"])
async def test_overdue_invoices_reach_kravia_once_and_due_ones_wait(
    world: Any, fiken_assumptions: str
) -> None:
    overdue = [world.invoice(100_000 + number) for number in range(7)]
    due_later = world.invoice(due=date(2026, 12, 24))
    cash = world.fiken.issue_invoice(world.contact, 50_000, issue_date=date(2026, 8, 3), cash=True)

    await world.sweep()
    await world.settle()
    await world.news()
    await world.settle()

    assert sorted(world.registered()) == [str(each) for each in overdue]
    assert str(due_later) not in world.registered()
    assert str(cash) not in world.registered()
    amounts = {
        case.accounting_invoice_id: case.original_amount
        for case in world.kravia.books.invoices.values()
    }
    assert amounts[str(overdue[0])] == Decimal("1000.00")
    assert await world.alerts() == []


async def test_a_payment_and_a_credit_note_are_told_to_kravia(world: Any) -> None:
    made = await world.active()
    payment = world.fiken.pay(made, 50_000, on=TODAY)
    note = world.fiken.credit(made, on=TODAY, amount=25_000)

    assert await world.news() == {
        "payment.received": 1,
        "credit_note.issued": 1,
        "invoice.overdue": 1,
    }
    await world.settle()

    assert world.reported() == [
        (str(payment), Decimal("500.00")),
        (str(note), Decimal("250.00")),
    ]
    assert (await world.claim(made))["outstanding"] == "1500.00"


async def test_a_full_payment_leaves_the_list_and_ends_the_claim(world: Any) -> None:
    made = await world.active()
    world.fiken.pay(made, 225_000, on=TODAY)

    assert (await world.news())["payment.received"] == 1
    await world.settle()

    assert [amount for _, amount in world.reported()] == [Decimal("2250.00")]
    claim = await world.claim(made)
    assert (claim["state"], claim["close_reason"]) == ("closed", "paid")


async def test_a_payment_taken_back_is_reversed(world: Any) -> None:
    made = await world.active()
    payment = world.fiken.pay(made, 50_000, on=TODAY)
    await world.news()
    world.fiken.delete_payment(made, payment)
    assert (await world.news())["payment.reversed"] == 1


async def test_a_payment_on_a_claim_that_is_over_is_found_by_what_changed(world: Any) -> None:
    made = await world.active()
    world.fiken.mark_settled(made)
    await world.news()
    world.fiken.pay(made, 10_000, on=TODAY)
    assert (await world.news())["payment.received"] == 1


@pytest.mark.parametrize(
    "fiken_assumptions", ["[lists]\npayment_touches_invoice = false"], ids=["untouched"]
)
async def test_open_invoices_tell_their_payments_though_nothing_says_they_changed(
    world: Any, fiken_assumptions: str
) -> None:
    made = await world.active()
    world.fiken.pay(made, 10_000, on=TODAY)
    assert (await world.news())["payment.received"] == 1


async def test_a_moved_due_date_holds_the_claim_until_it_has_passed(world: Any) -> None:
    made = world.invoice()
    world.fiken.move_due_date(made, date(2026, 12, 24))
    world.fiken.move_due_date(made, date(2026, 11, 20))
    await world.sweep()
    await world.settle()
    claim = await world.claim(made)
    assert claim["state"] == "held"
    assert world.registered() == []


async def test_a_due_date_moved_right_before_sending_stops_the_send(world: Any) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    world.fiken.move_due_date(made, date(2026, 12, 24))
    await world.settle()
    assert world.registered() == []
    assert (await world.claim(made))["state"] == "held"


async def test_a_payment_right_before_sending_stops_the_send(world: Any) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    world.fiken.pay(made, 225_000, on=TODAY)
    await world.settle()
    assert world.registered() == []
    assert await world.rules(made) == ["INK-02"]


async def test_a_fiken_that_does_not_answer_lets_nothing_go(world: Any) -> None:
    world.invoice()
    await world.sweep()
    await world.intake()
    world.fail(FaultKind.STATUS, "*", status=503, times=None)
    await world.deliver()
    assert world.registered() == []


@pytest.mark.parametrize(
    ("happens", "task"),
    [
        ("write_off", "withdraw"),
        ("delete_sale", "withdraw"),
        ("mark_settled", "changed_after_hand_over"),  # nobody paid: what became of it is asked
    ],
)
async def test_what_ends_a_claim_in_fiken_is_for_a_person_once_kravia_has_it(
    world: Any, happens: str, task: str
) -> None:
    made = await world.active()
    getattr(world.fiken, happens)(made)
    await world.news()
    await world.settle()
    assert await world.tasks() == [task]


@pytest.mark.parametrize("happens", ["write_off", "delete_sale", "mark_settled"])
async def test_what_ends_a_claim_in_fiken_right_before_sending_stops_the_send(
    world: Any, happens: str
) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    getattr(world.fiken, happens)(made)
    await world.settle()
    await world.news()
    await world.settle()
    assert world.registered() == []


async def test_a_debtor_who_moved_is_read_anew(world: Any) -> None:
    world.invoice()
    await world.sweep()
    await world.intake()
    world.fiken.move_contact(world.contact, "Storgata 2", "9008", "Tromsø")
    assert (await world.news())["invoice.overdue"] == 1


async def test_nothing_new_is_recorded_twice_though_days_overlap(world: Any) -> None:
    made = await world.active()
    world.fiken.pay(made, 50_000, on=TODAY)
    await world.news()
    world.pass_time(days=1)
    assert not await world.news()
    await world.restart()
    assert not await world.news()


async def test_a_payment_missing_in_the_invoice_is_read_from_its_sale(world: Any) -> None:
    made = await world.active()
    world.fiken.set_conditions(leaves_out_payments=True)
    payment = world.fiken.pay(made, 50_000, on=TODAY)
    await world.news()
    await world.settle()
    assert world.reported() == [(str(payment), Decimal("500.00"))]


async def test_what_a_sweep_costs(world: Any) -> None:
    for _ in range(250):
        world.invoice(due=date(2026, 12, 24))
    world.invoice()
    await world.sweep()
    first = dict(world.fiken.calls)
    await world.news()
    again = {name: count - first.get(name, 0) for name, count in world.fiken.calls.items()}

    # Three pages of unsettled invoices, three of invoices changed since yesterday.
    assert first == {"invoices": 6, "contacts": 1, "contact": 1, "invoice": 1}
    assert again == {"invoices": 6, "contacts": 1, "contact": 1, "invoice": 0}


async def test_a_register_costs_three_calls(world: Any) -> None:
    world.invoice()
    await world.sweep()
    await world.intake()
    before = dict(world.fiken.calls)
    await world.settle()
    after = {name: count - before.get(name, 0) for name, count in world.fiken.calls.items()}
    assert len(world.registered()) == 1
    assert after == {"invoice": 1, "contact": 1, "invoices": 1, "contacts": 0}


async def test_sweeps_bookings_and_freshness_never_call_side_by_side(world: Any) -> None:
    """``world`` fails its test where the simulated Fiken met a second call under way."""
    contacts = [world.fiken.add_contact(f"Debtor {number}") for number in range(6)]
    for contact in contacts:
        world.invoice(contact=contact)
    most = 0

    def watch(_: Request) -> None:
        nonlocal most
        most = max(most, world.fiken.under_way)

    world.wire.before = watch
    await world.sweep()
    await world.settle()
    assert len(world.registered()) == 6
    assert most == 0  # of others, when a call begins


async def test_creditors_check_says_what_fiken_cannot_tell(world: Any) -> None:
    found = await world.call("creditors.check", creditor="acme")
    assert found["ledger_name"] == "Nordlys Konsult AS"
    assert found["ledger_faults"] == []
    assert any("letters" in each for each in found["ledger_cannot_tell"])
    assert "1920:10001" in found["money_back"]

    world.fiken.company = "another-as"
    found = await world.call("creditors.check", creditor="acme")
    assert "nordlys-konsult-as" in found["ledger_faults"][0]
