"""The simulated Conta's life, seen through the client."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from clients.conta.client import ContaClient
from clients.conta.refusals import ContaRefusedError, PeriodLockedError
from clients.conta.simulator import ContaSimulator
from clients.conta.simulator_life import kid_of
from clients.conta.wire import CreditNoteInput, InvoiceQuery, InvoiceRow, PaymentInput
from clients.errors import AuthenticationError, NotFoundError, NotSentError, TemporaryError
from clients.exchange import Request

ON = date(2026, 11, 20)


def paying(amount: str, on: date = ON) -> PaymentInput:
    return PaymentInput(date=on, amount=Decimal(amount))


async def listed(client: ContaClient, kind: str | None = None) -> dict[int, InvoiceRow]:
    found: dict[int, InvoiceRow] = {}
    query = InvoiceQuery(type=kind)
    async for page in client.every_page(lambda number: client.invoices(query, page=number)):
        found |= {row.id: row for row in page.hits}
    return found


async def told(client: ContaClient, invoice_id: int) -> list[str | None]:
    return [event.eventType for event in await client.events(invoice_id)]


async def test_an_invoice_is_overdue_by_its_follow_up_date_which_letters_and_users_move(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    assert invoice_id in await listed(client, "OVERDUE")
    simulator.send_letter(invoice_id, on=ON, due_date=date(2026, 12, 4))
    assert invoice_id not in await listed(client, "OVERDUE")
    simulator.set_now(datetime(2026, 12, 5, 9, tzinfo=UTC))
    assert invoice_id in await listed(client, "PAYMENT_REMINDERS_OVERDUE")
    simulator.postpone(invoice_id, date(2026, 12, 24))
    assert invoice_id not in await listed(client, "OVERDUE")
    row = (await listed(client, "UNPAID"))[invoice_id]
    assert row.followUpDate == date(2026, 12, 24)
    assert row.paymentReminderType == "DEBT_COLLECTION_NOTICE"
    assert row.paymentReminderDueDate == date(2026, 12, 4)


async def test_a_payment_by_ocr_and_one_by_hand_close_an_invoice_together(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.pay_by_ocr(invoice_id, Decimal("1000.00"), on=ON)
    other = simulator.issue_invoice(510_001, Decimal("10.00"), invoice_date=ON)
    simulator.pay_by_hand({invoice_id: Decimal("1250.00"), other: Decimal("10.00")}, on=ON)

    invoice = await client.invoice(invoice_id)
    assert (invoice.status, invoice.sumRemaining) == ("CLOSED_BY_PAYMENT", Decimal("0.00"))
    by_ocr, by_hand = await client.payments(invoice_id)
    assert by_ocr.paymentType == "OCR_CREMUL"
    assert by_hand.isMultiPayment
    assert by_hand.totalAmount == Decimal("1260.00")
    assert {part.invoiceId for part in by_hand.partialPayments} == {invoice_id, other}
    rows = (await client.invoice_payments(from_date=date(2026, 11, 24))).hits
    assert {row.invoiceId for row in rows} == {invoice_id, other}
    assert invoice.kid in {row.kid for row in rows}
    later = await client.invoice_payments(from_date=date(2026, 11, 25))
    assert later.hits == ()


async def test_a_deleted_payment_opens_what_it_had_closed(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    payment_id = simulator.pay_by_hand({invoice_id: Decimal("2250.00")}, on=ON)
    assert invoice_id in await listed(client, "PAID")
    simulator.delete_payment(payment_id)
    assert (await client.invoice(invoice_id)).status == "INVOICE_CREATED"
    assert await client.payments(invoice_id) == ()
    assert (await told(client, invoice_id))[-2:] == ["PAYMENT_RECEIVED", "DELETED_PAYMENT"]


async def test_a_payment_booked_twice_through_the_api_stands_twice(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    first = await client.create_payment(invoice_id, paying("100.00"))
    second = await client.create_payment(invoice_id, paying("100.00"))
    assert simulator.books.doubled == (second.id,)
    assert (await client.invoice(invoice_id)).sumRemaining == Decimal("2050.00")
    assert [payment.id for payment in await client.payments(invoice_id)] == [first.id, second.id]
    await client.delete_payment(second.id)
    assert not simulator.books.doubled
    with pytest.raises(ContaRefusedError, match="reversed in Conta already"):
        await client.delete_payment(second.id)


async def test_a_credit_note_closes_an_invoice_and_its_deletion_opens_it(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    note = await client.credit_note(invoice_id, CreditNoteInput(creditNoteDate=ON))
    assert (note.type, note.sumTotal) == ("CREDIT", Decimal("-2250.00"))
    assert (note.creditedInvoiceId, note.invoiceDate) == (invoice_id, ON)
    assert (await client.invoice(invoice_id)).status == "CLOSED_BY_CREDIT_NOTE"
    credited = (await client.events(invoice_id))[-1]
    assert (credited.eventType, credited.creditNoteInvoiceId) == ("INVOICE_CREDITED", note.id)
    assert credited.sumRemainingChanged == Decimal("-2250.00")
    simulator.delete_credit_note(note.id)
    assert (await client.invoice(invoice_id)).sumRemaining == Decimal("2250.00")
    with pytest.raises(NotFoundError):
        await client.invoice(note.id)


async def test_crediting_with_payments_needs_their_removal(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.pay_by_hand({invoice_id: Decimal("50.00")}, on=ON)
    with pytest.raises(ContaRefusedError, match="it has payments"):
        await client.credit_note(invoice_id, CreditNoteInput())
    note = await client.credit_note(invoice_id, CreditNoteInput(removePaymentsIfExist=True))
    assert note.sumTotal == Decimal("-2250.00")
    assert note.invoiceDate == date(2026, 8, 3)  # the invoice's own, unless one is given


async def test_conta_s_own_link_to_kravia_shows_in_status_list_and_timeline(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.click_send_to_kravia(invoice_id)
    row = (await listed(client, "KRAVIA"))[invoice_id]
    assert (row.status, row.kraviaInvoiceStatus) == ("BEING_SENT_TO_KRAVIA", None)
    simulator.kravia_confirms(invoice_id)
    row = (await listed(client))[invoice_id]
    assert (row.status, row.kraviaInvoiceStatus) == ("SENT_TO_KRAVIA", "ACTIVE")
    found = await client.invoices(InvoiceQuery(kraviaInvoiceStatuses="ACTIVE"))
    assert [each.id for each in found.hits] == [invoice_id]
    event = (await client.events(invoice_id))[-1]
    assert (event.eventType, event.kraviaStatus) == ("SENT_TO_KRAVIA", "SENT")

    simulator.kravia_pays(invoice_id, Decimal("250.00"), on=ON)
    (payment,) = await client.payments(invoice_id)
    assert payment.isFromKravia
    with pytest.raises(ContaRefusedError) as caught:
        await client.create_payment(invoice_id, paying("2000.01"))
    assert caught.value.name == "AmountGreaterThanRemainingOnKraviaException"
    simulator.pull_from_kravia(invoice_id)
    row = (await listed(client))[invoice_id]
    assert (row.status, row.kraviaInvoiceStatus) == ("INVOICE_CREATED", "WITHDRAWN")


async def test_a_write_off_leaves_nothing_and_can_be_taken_back(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.write_off(invoice_id)
    assert invoice_id not in await listed(client, "UNPAID")
    assert (await client.invoice(invoice_id)).status == "WRITTEN_OFF_AS_LOSS"
    simulator.reverse_write_off(invoice_id)
    assert (await client.invoice(invoice_id)).sumRemaining == Decimal("2250.00")


async def test_closed_periods_refuse_payments_of_their_days_until_they_are_opened(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.settle_vat(date(2026, 9, 1), date(2026, 10, 31))
    with pytest.raises(PeriodLockedError) as caught:
        await client.create_payment(invoice_id, paying("1.00", date(2026, 10, 31)))
    assert caught.value.first_open_day == date(2026, 11, 1)
    await client.create_payment(invoice_id, paying("1.00", date(2026, 11, 1)))
    simulator.open_all_periods()
    await client.create_payment(invoice_id, paying("1.00", date(2026, 10, 31)))


async def test_maintenance_and_read_only_hours_pass(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.maintain_until(simulator.now + timedelta(minutes=10))
    with pytest.raises(TemporaryError):
        await client.invoice(invoice_id)
    assert simulator.calls["invoice"] == 3
    with pytest.raises(NotSentError):
        await client.create_payment(invoice_id, paying("1.00"))
    simulator.set_now(simulator.now + timedelta(minutes=10))
    simulator.read_only_until(simulator.now + timedelta(minutes=10))
    assert (await client.invoice(invoice_id)).id == invoice_id
    with pytest.raises(NotSentError):
        await client.create_payment(invoice_id, paying("1.00"))
    assert simulator.books.api_payments == ()


async def test_another_key_or_organisation_gets_nowhere(
    simulator: ContaSimulator, client: ContaClient
) -> None:
    client.organization_id = 4243
    with pytest.raises(AuthenticationError, match="no access"):
        await client.bank_accounts()
    client._secret_source = lambda: "other"
    with pytest.raises(AuthenticationError, match="Make a new one"):
        await client.organizations()


async def test_what_something_else_holds_cannot_be_changed(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    simulator.hold(invoice_id)
    with pytest.raises(ContaRefusedError, match="still uses this"):
        await client.credit_note(invoice_id, CreditNoteInput())
    simulator.hold(invoice_id, held=False)
    await client.credit_note(invoice_id, CreditNoteInput())


async def test_changed_customers_can_be_asked_for(
    simulator: ContaSimulator, client: ContaClient, customer_id: int
) -> None:
    assert [row.id for row in (await client.customers()).hits] == [customer_id]
    simulator.set_now(datetime(2026, 11, 26, 9, tzinfo=UTC))
    assert (await client.customers(modified_from=date(2026, 11, 25))).hits == ()
    simulator.change_address(customer_id, ("Storgata 2", None, "7010", "Trondheim", None))
    changed = await client.customers(modified_from=date(2026, 11, 25))
    assert [row.id for row in changed.hits] == [customer_id]
    assert (await client.customer(customer_id)).customerAddress.city == "Trondheim"


async def test_a_sweep_pages_through_whatever_conta_caps_a_page_at(
    simulator: ContaSimulator, client: ContaClient, customer_id: int
) -> None:
    issued = {simulator.issue_invoice(customer_id, Decimal(100), invoice_date=ON) for _ in range(7)}
    simulator.set_conditions(rows_max=2)
    assert set(await listed(client)) == issued
    assert simulator.calls["invoices"] == 4


async def test_nulls_change_nothing(
    simulator: ContaSimulator, client: ContaClient, invoice_id: int
) -> None:
    before = await client.invoice(invoice_id), await client.customer(510_001)
    simulator.set_conditions(nulls_for_absent=True)
    assert (await client.invoice(invoice_id), await client.customer(510_001)) == before


def test_a_kid_begins_with_a_zero_and_ends_with_its_control_digit() -> None:
    kid = kid_of(510_001, 20_001)
    assert kid[0] == "0"
    digits = [int(digit) for digit in reversed(kid)]
    doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(digits)]
    assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/invoice/organizations/4242/unheard-of", 404),
        ("PUT", "/invoice/organizations/4242/invoices", 405),
        ("POST", "/invoice/organizations", 405),
        ("GET", "/invoice/organizations/4242/invoices?sort", 404),
    ],
)
async def test_an_undocumented_call_is_refused(
    simulator: ContaSimulator, method: str, path: str, status: int
) -> None:
    response = simulator.handle(Request(method=method, path=path, headers={"apikey": "s3cret"}))
    assert response.status == status


@pytest.mark.parametrize(
    ("method", "rest", "query", "body", "status", "name"),
    [
        ("POST", "payments", {}, b"", 400, "RestRequestException"),
        ("POST", "payments", {}, b"[]", 400, "RestRequestException"),
        ("POST", "payments", {}, b"{}", 409, "InputOpException"),
        ("POST", "payments", {}, b'{"date": "2026-11-20"}', 409, "InputOpException"),
        ("POST", "payments", {}, b'{"date": "soon", "amount": 1}', 409, "InputOpException"),
        ("POST", "payments", {}, b'{"Date": "2026-11-20"}', 409, "InputOpException"),
        ("POST", "payments", {}, b" " * 1024 * 1024 + b"{}", 413, "PostRequestTooLargeException"),
        ("POST", "credit-note", {}, b'{"removePaymentsIfExist": "x"}', 409, "InputOpException"),
        ("GET", "", {"type": "OLD"}, b"", 400, "RestRequestException"),
        ("GET", "", {"hits": "-1"}, b"", 400, "RestRequestException"),
        ("GET", "", {"sort": "+colour"}, b"", 400, "RestRequestException"),
        ("GET", "", {"fromDate": "1.1.2026"}, b"", 400, "RestRequestException"),
    ],
)
async def test_what_is_not_as_documented_is_refused(
    simulator: ContaSimulator,
    invoice_id: int,
    method: str,
    rest: str,
    query: dict[str, str],
    body: bytes,
    status: int,
    name: str,
) -> None:
    path = "/invoice/organizations/4242/invoices"
    request = Request(
        method=method,
        path=f"{path}/{invoice_id}/{rest}" if rest else path,
        query=query,
        headers={"apikey": "s3cret"},
        body=body,
    )
    response = simulator.handle(request)
    assert response.status == status
    assert f'"name":"{name}"'.encode() in response.body
    assert simulator.books.api_payments == ()


@pytest.mark.parametrize(
    ("sort", "hits", "expected"),
    [("-id", "2", [2, 1]), ("+invoiceDueDate,-id", "0", [2, 0, 1]), ("", "1", [0])],
)
async def test_a_list_is_sorted_and_cut_as_asked(
    simulator: ContaSimulator, customer_id: int, sort: str, hits: str, expected: list[int]
) -> None:
    issued = [
        simulator.issue_invoice(customer_id, Decimal(1), invoice_date=day)
        for day in (date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 1))
    ]
    query = {"hits": hits, "invoiceCurrency": "NOK"} | ({"sort": sort} if sort else {})
    request = Request(
        method="GET",
        path="/invoice/organizations/4242/invoices",
        query=query,
        headers={"apikey": "s3cret"},
    )
    hit_ids = [row["id"] for row in json.loads(simulator.handle(request).body)["hits"]]
    assert hit_ids == [issued[place] for place in expected]
