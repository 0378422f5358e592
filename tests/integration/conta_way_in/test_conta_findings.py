"""What happens in Conta is found by a sweep and becomes events like any ledger's, each once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


async def test_an_overdue_invoice_is_found_and_goes_to_kravia(world: Any) -> None:
    made = world.invoice()

    await world.sweep()
    await world.settle()

    assert await world.events() == ["invoice.overdue"]
    assert world.registered() == [str(made)]
    claim = await world.claim(made)
    assert (claim["state"], claim["outstanding"]) == ("active", "2250.00")


async def test_what_is_not_overdue_is_left_alone_until_its_day(world: Any) -> None:
    world.invoice(due=date(2026, 11, 24), notice=False)
    assert await world.news() == {}

    world.set_time(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))

    assert await world.news() == {"invoice.overdue": 1}


async def test_a_sweep_without_news_records_nothing(world: Any) -> None:
    world.invoice()
    await world.sweep()

    assert await world.news() == {}
    world.pass_time(days=1)
    assert await world.news() == {}
    assert await world.events() == ["invoice.overdue"]


async def test_a_notice_changes_the_claim(world: Any) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    await world.intake()
    assert (await world.claim(made))["state"] == "rejected"

    world.conta.send_letter(made, on=date(2026, 9, 10), due_date=date(2026, 9, 28))

    assert await world.news() == {"invoice.overdue": 1}
    assert (await world.claim(made))["state"] == "sending"


async def test_a_payment_before_hand_over_reduces_the_claim(world: Any) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    await world.intake()

    world.conta.pay_by_hand({made: Decimal("1000.00")}, on=date(2026, 11, 23))

    assert await world.news() == {"payment.received": 1, "invoice.overdue": 1}
    assert (await world.claim(made))["outstanding"] == "1250.00"


async def test_a_payment_after_hand_over_is_told_to_kravia_once(world: Any) -> None:
    made = await world.active()
    world.conta.pay_by_ocr(made, Decimal("1000.00"), on=date(2026, 11, 24))

    await world.news()
    await world.settle()
    await world.news()
    await world.settle()

    [(_, amount)] = world.reported()
    assert amount == Decimal("1000.00")


async def test_a_payment_of_everything_is_found_though_the_list_no_longer_has_it(
    world: Any,
) -> None:
    made = await world.active()
    world.conta.pay_by_ocr(made, Decimal("2250.00"), on=date(2026, 11, 24))

    assert await world.news() == {"payment.received": 1, "invoice.updated": 1}
    await world.settle()

    [(_, amount)] = world.reported()
    assert amount == Decimal("2250.00")
    assert await world.tasks() == []


async def test_a_payment_that_another_replaced_is_found_though_the_balance_is_the_same(
    world: Any,
) -> None:
    made = world.invoice(notice=False)
    first = world.conta.pay_by_hand({made: Decimal("500.00")}, on=date(2026, 11, 20))
    await world.sweep()
    world.conta.delete_payment(first)
    world.conta.pay_by_hand({made: Decimal("500.00")}, on=date(2026, 11, 21))

    found = await world.news()

    assert found == {"payment.reversed": 1, "payment.received": 1, "invoice.overdue": 1}
    assert (await world.claim(made))["outstanding"] == "1750.00"


async def test_a_deleted_payment_after_hand_over_is_a_task(world: Any) -> None:
    made = await world.active()
    payment = world.conta.pay_by_hand({made: Decimal("500.00")}, on=date(2026, 11, 24))
    await world.news()
    await world.settle()

    world.conta.delete_payment(payment)

    assert await world.news() == {"payment.reversed": 1, "invoice.overdue": 1}
    assert "reversed_payment" in await world.tasks()


async def test_money_on_a_closed_claim_is_found_by_the_list_of_payments(world: Any) -> None:
    made = world.invoice()
    world.conta.write_off(world.invoice("10.00"))  # something that is no claim stands beside it
    await world.sweep()
    await world.settle()
    case = world.kravia.books.invoices[world.kravia.books.registers[0].invoice_ids[0]]
    world.kravia.debtor_pays(case.invoice_id, Decimal("2250.00"), date(2026, 11, 24))
    await world.settle()
    assert (await world.claim(made))["state"] == "closed"

    world.conta.pay_by_hand({made: Decimal("100.00")}, on=date(2026, 11, 24))
    await world.news()

    assert "money_after_close" in await world.tasks()


async def test_a_pay_out_that_contas_own_link_booked_is_never_told_to_kravia(world: Any) -> None:
    made = await world.active()
    world.conta.kravia_pays(made, Decimal("700.00"), on=date(2026, 11, 24))

    await world.news()
    await world.settle()

    assert world.reported() == []
    assert (await world.claim(made))["outstanding"] == "1550.00"


async def test_a_credit_note_after_hand_over_is_told_to_kravia(world: Any) -> None:
    made = await world.active()
    world.conta.credit(made, on=date(2026, 11, 24))

    assert await world.news() == {"credit_note.issued": 1, "invoice.updated": 1}
    await world.settle()

    assert len(world.reported()) == 1
    assert await world.tasks() == []


async def test_a_credit_note_that_is_deleted_opens_the_claim_again(world: Any) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    note = world.conta.credit(made, on=date(2026, 11, 24))
    await world.news()
    assert (await world.claim(made))["outstanding"] == "0.00"

    world.conta.delete_credit_note(note)

    assert await world.news() == {"invoice.overdue": 1}
    assert (await world.claim(made))["outstanding"] == "2250.00"


async def test_an_objection_shows_in_the_timeline_only_and_is_found_in_the_night(
    world: Any,
) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    world.conta.object_to(made, on=date(2026, 11, 24))
    assert await world.news() == {}

    world.set_time(datetime(2026, 11, 25, 3, 0, tzinfo=UTC))  # 04:00 in Oslo

    assert await world.news() == {"objection.raised": 1, "invoice.overdue": 1}
    claim = await world.claim(made)
    assert (claim["state"], claim["frozen_on"]) == ("rejected", "2026-11-24")


async def test_the_night_begins_at_four_in_oslo_and_reads_everything_once(world: Any) -> None:
    made = [world.invoice() for _ in range(3)]
    await world.sweep()
    world.set_time(datetime(2026, 11, 25, 2, 59, tzinfo=UTC))
    [before] = await world.sweep()
    world.set_time(datetime(2026, 11, 25, 3, 0, tzinfo=UTC))
    [night] = await world.sweep()
    world.pass_time(hours=5)
    [after] = await world.sweep()

    assert (before.read, night.read, after.read) == (0, len(made), 0)


async def test_a_write_off_before_hand_over_closes_the_claim(world: Any) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    await world.intake()
    world.conta.write_off(made)

    assert await world.news() == {"collection.withdrawn": 1}

    claim = await world.claim(made)
    assert (claim["state"], claim["close_reason"]) == ("closed", "written_off")


async def test_a_write_off_after_hand_over_is_one_task(world: Any) -> None:
    made = await world.active()
    world.conta.write_off(made)

    await world.news()
    await world.settle()

    assert (await world.claim(made))["state"] == "active"
    assert await world.tasks() == ["withdraw"]


async def test_a_write_off_taken_back_after_the_end_is_a_task(world: Any) -> None:
    made = world.invoice(notice=False)
    await world.sweep()
    world.conta.write_off(made)
    await world.news()
    world.conta.reverse_write_off(made)

    await world.news()

    assert await world.tasks() == ["reopened_at_ledger"]


async def test_an_invoice_that_is_gone_is_withdrawn(world: Any) -> None:
    made, other = world.invoice(notice=False), world.invoice(notice=False)
    await world.sweep()
    await world.intake()
    del world.conta.books.invoices[made]

    assert await world.news() == {"collection.withdrawn": 1}

    claim = await world.claim(made)
    assert (claim["state"], claim["close_reason"]) == ("closed", "withdrawn")
    assert (await world.claim(other))["state"] == "rejected"
    assert await world.news() == {}


async def test_so_many_deletions_at_once_are_not_believed(world: Any) -> None:
    made = [world.invoice(notice=False) for _ in range(12)]
    await world.sweep()
    await world.intake()
    for each in made:
        del world.conta.books.invoices[each]

    assert await world.news() == {}

    assert await world.alerts() == ["ledger_deletions"]
    assert {c["state"] for c in await world.items("claims.list")} == {"rejected"}


async def test_a_later_follow_up_holds_until_its_day_is_over(world: Any) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    world.conta.postpone(made, date(2026, 12, 10))

    await world.news()
    await world.settle()
    claim = await world.claim(made)
    assert (claim["state"], claim["hold_until"]) == ("held", "2026-12-11")
    assert await world.rules(made) == ["GW-03"]
    assert world.registered() == []

    world.set_time(datetime(2026, 12, 11, 10, 0, tzinfo=UTC))
    await world.settle()
    assert world.registered() == [str(made)]


async def test_a_follow_up_moved_after_hand_over_is_a_task(world: Any) -> None:
    made = await world.active()
    world.conta.postpone(made, date(2026, 12, 10))

    await world.news()

    assert await world.tasks() == ["changed_after_hand_over"]


async def test_a_new_address_reaches_the_claim(world: Any) -> None:
    world.invoice(notice=False)
    await world.sweep()
    await world.intake()
    assert await world.news() == {}

    world.conta.change_address(world.customer, ("Nygata 2", None, "5003", "Bergen", "Norge"))

    assert await world.news() == {"invoice.overdue": 1}
    assert await world.news() == {}


async def test_a_due_date_that_was_moved_to_the_future_takes_the_register_back(world: Any) -> None:
    made = world.invoice()
    await world.sweep()
    await world.intake()
    world.conta.books.invoices[made].due_date = date(2026, 12, 20)

    assert await world.news() == {"invoice.updated": 1}
    await world.settle()
    assert (await world.claim(made))["state"] == "rejected"
    assert world.registered() == []


async def test_credit_notes_and_cash_sales_are_no_claims(world: Any) -> None:
    made = world.invoice()
    world.conta.books.invoices[made].invoice_type = "CASH"

    assert await world.news() == Counter()


async def test_an_invoice_without_a_number_is_told_to_a_person_once(world: Any) -> None:
    made = world.invoice()
    world.conta.books.invoices[made].invoice_no = None

    assert await world.news() == {}
    assert await world.news() == {}

    [alert] = await world.items("alerts.list")
    assert (alert["kind"], "invoiceNo" in alert["message"]) == ("ledger_invoice", True)


async def test_a_customer_without_a_name_is_kept_as_a_rejected_event(world: Any) -> None:
    world.conta.books.customers[world.customer].name = ""
    world.invoice()

    await world.news()

    [event] = await world.items("events.list")
    assert (event["outcome"], "name" in event["problem"]) == ("rejected", True)
    assert await world.alerts() == ["ledger_invoice"]


async def test_the_alert_of_a_rejected_event_ends_with_an_event_that_is_valid(world: Any) -> None:
    world.conta.books.customers[world.customer].name = ""
    world.invoice()
    await world.news()
    world.set_time(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))  # a night has read it once more
    await world.news()
    assert await world.alerts() == ["ledger_invoice"]

    world.conta.books.customers[world.customer].name = "Kari Nordmann"
    world.conta.books.customers[world.customer].modified_on = date(2026, 11, 25)

    assert await world.news() == {"invoice.overdue": 1}
    assert await world.alerts() == []
