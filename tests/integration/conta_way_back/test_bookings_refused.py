"""What Conta refuses is parked with a bookkeeper's sentence; what is down now is tried again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from tests.integration.conta_way_back.conftest import batch

THOUSAND = Decimal("1000.00")
TODAY = date(2026, 11, 24)
OPEN_DAY = pytest.mark.parametrize("creditor", [batch(locked_period="first_open_day")])


def lock(world: Any, which: str) -> None:
    """Close the day on which Kravia pays out."""
    periods = world.conta.books.periods
    if which == "year":
        world.conta.lock_year(2026)
    elif which == "vat":
        periods.vat_settled.append((date(2026, 11, 1), TODAY))
    elif which == "reconciled":
        periods.reconciled[3001] = TODAY
    else:
        periods.starts_on = TODAY + timedelta(days=1)


LOCKS = [
    ("year", "The accounting year of that date is locked", date(2027, 1, 1)),
    ("vat", "The VAT period of that date is settled", date(2026, 11, 25)),
    ("reconciled", "The bank account is reconciled for that date", date(2026, 11, 25)),
    ("start", "before the accounting in Conta starts", date(2026, 11, 25)),
]


@pytest.mark.parametrize(("which", "sentence", "opens"), LOCKS)
async def test_a_locked_day_is_parked_with_a_sentence_and_a_task(
    world: Any, back: Any, which: str, sentence: str, opens: date
) -> None:
    lock(world, which)
    made = await back.booked()

    message = await back.message()
    assert message["state"] == "parked"
    assert sentence in message["last_error"]
    assert f"The first day that may be open is {opens}." in message["last_error"]
    [task] = await world.items("tasks.list")
    assert task["kind"] == "book_by_hand"
    assert sentence in task["text"]
    assert f"outbox resend {message['message_id']}" in task["text"]
    assert f"outbox cancel {message['message_id']}" in task["text"]
    [alert] = await world.items("alerts.list")
    assert alert["command"] == f"kravia-gateway outbox show {message['message_id']}"
    assert back.payments() == []

    world.conta.books.periods.locked_years.clear()
    world.conta.books.periods.vat_settled.clear()
    world.conta.books.periods.reconciled.clear()
    world.conta.books.periods.starts_on = None
    await world.call("outbox.resend", message_id=message["message_id"])
    await world.settle()

    assert back.payments() == [(made, THOUSAND)]
    assert await world.tasks() == await world.alerts() == []


@OPEN_DAY
@pytest.mark.parametrize(("which", "sentence", "opens"), LOCKS)
async def test_with_the_creditors_rule_it_is_booked_on_the_first_open_day_and_said(
    world: Any, back: Any, creditor: Any, which: str, sentence: str, opens: date
) -> None:
    made = await back.paid_out(on=TODAY)
    world.set_time(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    lock(world, which)
    await world.settle()
    await back.swept()

    [payment] = world.conta.books.api_payments
    assert (payment.on, payment.amount) == (opens, THOUSAND)
    assert payment.description.endswith(", paid out 2026-11-24, booked on the first open day")
    [moved] = [row for row in await world.items("audit.list") if row["action"] == "booking.moved"]
    assert moved["subject"].endswith(f"2026-11-24 -> {opens}")
    assert sentence in moved["reason"]
    assert await back.receipts(made) == [("payout", "1000.00")]
    [booking] = (await world.claim(made))["bookings"]
    assert (booking["settled_on"], booking["booked_on"]) == ("2026-11-24", opens.isoformat())


@OPEN_DAY
async def test_one_lock_behind_another_is_passed_too(world: Any, back: Any, creditor: Any) -> None:
    await back.paid_out(on=TODAY)
    world.set_time(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    lock(world, "vat")
    world.conta.books.periods.reconciled[3001] = date(2026, 11, 26)
    await world.settle()

    [payment] = world.conta.books.api_payments
    assert payment.on == date(2026, 11, 27)


@OPEN_DAY
async def test_a_first_open_day_that_has_not_come_is_a_persons(
    world: Any, back: Any, creditor: Any
) -> None:
    lock(world, "year")
    await back.booked()

    assert (await back.message())["state"] == "parked"
    assert back.payments() == []
    assert await world.tasks() == ["book_by_hand"]


@OPEN_DAY
async def test_where_conta_tells_no_open_day_a_person_decides(
    world: Any, back: Any, creditor: Any
) -> None:
    await back.paid_out()
    back.fail(FaultKind.STATUS, status=422, name="AccountingYearIsLockedException", applied=False)
    await world.settle()

    assert (await back.message())["state"] == "parked"
    assert back.payments() == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("AmountGreaterThanRemainingOnInvoiceException", "more than what remains of the invoice"),
        ("AmountGreaterThanRemainingOnKraviaException", "Conta's own link to Kravia"),
        ("PaymentDateInFutureException", "no payment dated in the future"),
        ("BookkeepingAccountNotActiveException", "choose another bank account"),
        ("NobodyKnowsThisException", "(NobodyKnowsThisException)"),
    ],
)
async def test_a_refusal_for_good_is_parked_once_with_its_sentence(
    world: Any, back: Any, name: str, sentence: str
) -> None:
    await back.paid_out()
    back.fail(FaultKind.STATUS, status=422, name=name, applied=False)
    await world.settle()
    world.pass_time(hours=3)
    await world.settle()

    message = await back.message()
    assert message["state"] == "parked"
    assert sentence in message["last_error"]
    assert world.conta.calls["create_payment"] == 1
    assert await world.tasks() == ["book_by_hand"]


async def test_more_than_remains_is_refused_by_conta_itself(world: Any, back: Any) -> None:
    made = await world.active()
    back.debtor_pays(made, "1000.00")
    await world.settle()
    world.conta.pay_by_hand({made: Decimal("2000.00")}, on=TODAY)
    back.settlement()
    await world.settle()

    assert "more than what remains" in (await back.message())["last_error"]
    assert back.payments() == []


async def test_what_a_person_books_by_hand_and_cancels_here_is_known_as_the_pay_out(
    world: Any, back: Any
) -> None:
    lock(world, "reconciled")
    made = await back.booked()
    await world.call("outbox.cancel", message_id=(await back.message())["message_id"])
    assert await world.tasks() == []
    world.conta.pay_by_hand({made: THOUSAND}, on=TODAY)

    await back.swept()

    assert await back.receipts(made) == [("payout", "1000.00")]
    assert world.reported() == []
    assert await world.tasks() == []


@pytest.mark.parametrize("how", ["maintenance", "read_only"])
async def test_maintenance_and_read_only_pass_and_then_it_is_booked_once(
    world: Any, back: Any, how: str
) -> None:
    made = await back.paid_out()
    until = world.now[0] + timedelta(hours=1)
    (world.conta.maintain_until if how == "maintenance" else world.conta.read_only_until)(until)
    await world.settle()
    message = await back.message()
    assert message["state"] == "pending"
    assert await world.items("doubts.list") == []

    for _ in range(6):
        world.pass_time(minutes=30)
        await world.settle()
    assert back.payments() == [(made, THOUSAND)]
    assert world.conta.books.doubled == ()


async def test_a_key_that_conta_refuses_loses_nothing(world: Any, back: Any) -> None:
    made = await back.paid_out()
    world.conta._api_key = "another"
    await world.settle()
    assert (await back.message())["state"] == "pending"
    assert "refused" in await world.alerts()

    world.conta._api_key = None
    world.pass_time(minutes=6)
    await world.settle()
    assert back.payments() == [(made, THOUSAND)]
    assert "refused" not in await world.alerts()


async def test_a_refusal_repeats_nothing_of_the_debtors(world: Any, back: Any) -> None:
    await back.paid_out()
    back.fail(FaultKind.STATUS, status=422, name="KariNordmannException", applied=False)
    await world.settle()

    assert "Nordmann" not in (await back.message())["last_error"]
    [task] = await world.items("tasks.list")
    assert "Nordmann" not in task["text"]


async def test_batch_given_up_in_the_settings_books_nothing_more(world: Any, back: Any) -> None:
    await back.paid_out()
    await world.poll_kravia()
    world.gateway.ledgers["acme"].bookings = None
    await world.settle()

    assert back.payments() == []
    assert (await back.message())["state"] == "parked"
    assert "book_by_hand" in await world.tasks()
