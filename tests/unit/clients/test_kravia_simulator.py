"""The client against the simulated Kravia, under the shipped and under the other assumptions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from clients.errors import (
    AuthenticationError,
    NotFoundError,
    RejectedError,
)
from clients.kravia.assumptions import Assumptions
from clients.kravia.client import KraviaClient
from clients.kravia.feed_time import instant_from_feed
from clients.kravia.hints import verify_hint
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.wire import (
    CreditNoteRequest,
    InvoiceShare,
    PaymentRequest,
    RegisterRequest,
    SearchRow,
)
from clients.simulated_transport import DirectTransport

CREDITOR = 10759
TODAY = date(2026, 11, 24)


def paid(invoice_id: str, amount: str, payment_id: str = "pay-1") -> PaymentRequest:
    return PaymentRequest(
        date=TODAY,
        description="Direct payment",
        AccountingPaymentId=payment_id,
        amount=Decimal(amount),
        invoices=(InvoiceShare(invoiceId=invoice_id, amount=Decimal(amount)),),
    )


def credited(invoice_id: str, amount: str) -> CreditNoteRequest:
    return CreditNoteRequest(
        date=TODAY,
        description="Credit note",
        AccountingPaymentId="cn-1",
        amount=Decimal(amount),
        invoices=(InvoiceShare(invoiceId=invoice_id, amount=Decimal(amount)),),
    )


async def feed(client: KraviaClient, updated_after: str | None = None) -> tuple[SearchRow, ...]:
    page = await client.search(updated_after=updated_after, creditor_id=CREDITOR, skip=0, top=1000)
    return page.rows


async def test_a_registered_claim_is_found_in_the_feed_and_in_details(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    (row,) = await feed(client)
    details = await client.details(invoice_id)
    for found in (row, details):
        assert found.invoiceId == invoice_id
        assert found.accountingInvoiceId == "inv-1001"
        assert found.invoiceNo == "20003"
        assert found.invoiceDate == date(2026, 8, 1)
        assert found.originalAmount == Decimal("2250.00")
        assert found.debtorNumber == "10001"
        assert found.creditorId == CREDITOR
        assert client.assumptions.meaning(found.status) == "active"
    assert details.debtorName == "Kari Nordmann"
    assert details.remainingCapital == Decimal("2250.00")
    assert details.payments == ()
    assert details.lastUpdatedTime == row.lastUpdatedTime
    (call,) = simulator.books.registers
    assert call.body["invoiceNo"] == "20003"


async def test_the_same_claim_twice_makes_a_second_case_and_is_counted(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    first = await client.register(claim)
    second = await client.register(replace(claim, accountingInvoiceId=None))
    await client.register(replace(claim, accountingInvoiceId="inv-2", invoiceNo="20004"))
    await client.register(replace(claim, accountingInvoiceId="inv-3", creditorId=2))
    assert first != second
    assert simulator.books.duplicates == (second,)


async def test_a_case_that_was_there_before_is_a_duplicate_too(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = simulator.preload(
        creditor_id=CREDITOR,
        invoice_no="20003",
        invoice_date=date(2026, 8, 1),
        original_amount=Decimal(2250),
        debtor_number="10001",
    )
    assert [row.invoiceId for row in await feed(client)] == [invoice_id]
    assert simulator.books.registers == []
    await client.register(claim)
    assert len(simulator.books.duplicates) == 1


async def test_a_case_lives_from_part_payment_to_its_end(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    await client.payment(paid(invoice_id, "1000.00"))
    through_kravia = simulator.debtor_pays(invoice_id, Decimal("2000.00"), TODAY)
    details = await client.details(invoice_id)
    assert details.remainingCapital == Decimal("0.00")
    assert client.assumptions.meaning(details.status, details.closingReason) == "paid"
    assert details.payments is not None
    direct, collected = details.payments
    assert (direct.AccountingPaymentId, direct.capital) == ("pay-1", Decimal("1000.00"))
    assert (collected.AccountingPaymentId, collected.paymentId) == (None, through_kravia.payment_id)
    assert (collected.amount, collected.capital) == (Decimal("2000.00"), Decimal("1250.00"))
    assert not collected.reversed
    assert not collected.isCreditNote


async def test_what_exceeds_the_principal_is_ignored(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    await client.payment(paid(invoice_id, "9000.00"))
    await client.payment(paid(invoice_id, "5.00", "pay-2"))
    details = await client.details(invoice_id)
    assert details.remainingCapital == Decimal("0.00")
    assert [payment.capital for payment in details.payments or ()] == [
        Decimal("2250.00"),
        Decimal("0.00"),
    ]


async def test_a_full_credit_closes_the_case(client: KraviaClient, claim: RegisterRequest) -> None:
    invoice_id = await client.register(claim)
    await client.credit_note(credited(invoice_id, "250.00"))
    assert client.assumptions.meaning((await client.details(invoice_id)).status) == "active"
    await client.credit_note(credited(invoice_id, "2000.00"))
    details = await client.details(invoice_id)
    assert client.assumptions.meaning(details.status, details.closingReason) == "credited"
    assert [payment.isCreditNote for payment in details.payments or ()] == [True, True]
    assert [payment.amount for payment in details.payments or ()] == [Decimal(250), Decimal(2000)]


async def test_the_same_payment_twice_counts_twice_and_is_marked(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    await client.payment(paid(invoice_id, "100.00"))
    await client.payment(paid(invoice_id, "100.00"))
    assert [call.duplicate for call in simulator.books.payments] == [False, True]
    assert (await client.details(invoice_id)).remainingCapital == Decimal("2050.00")


async def test_a_payment_taken_back_opens_the_case_again(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    payment = simulator.debtor_pays(invoice_id, Decimal("2250.00"), TODAY)
    simulator.reverse_payment(invoice_id, payment.payment_id)
    details = await client.details(invoice_id)
    assert details.remainingCapital == Decimal("2250.00")
    assert client.assumptions.meaning(details.status) == "active"
    assert [each.reversed for each in details.payments or ()] == [True]


async def test_objection_withdrawal_and_unknown_ends_show_in_the_words(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    before = (await client.details(invoice_id)).status
    simulator.object_to(invoice_id)
    disputed = await client.details(invoice_id)
    assert disputed.status != before
    assert client.assumptions.meaning(disputed.status) == "active"
    simulator.withdraw(invoice_id)
    withdrawn = await client.details(invoice_id)
    assert client.assumptions.meaning(withdrawn.status, withdrawn.closingReason) == "withdrawn"
    simulator.close(invoice_id, "Ferdigbehandlet", "Foreldet")
    odd = await client.details(invoice_id)
    assert (odd.status, odd.closingReason) == ("Ferdigbehandlet", "Foreldet")
    assert client.assumptions.meaning(odd.status, odd.closingReason) is None


async def test_a_settlement_is_told_until_it_is_booked(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    first = await client.register(claim)
    second = await client.register(replace(claim, accountingInvoiceId="b", invoiceNo="2"))
    await client.payment(paid(first, "50.00"))  # not Kravia's money: never paid out
    simulator.debtor_pays(first, Decimal("100.00"), TODAY)
    simulator.debtor_pays(second, Decimal("2300.50"), TODAY)
    assert simulator.pay_out(CREDITOR, TODAY) is not None
    assert simulator.pay_out(CREDITOR, TODAY) is None
    (settlement,) = (await client.settlements(CREDITOR)).read
    assert settlement.amount == Decimal("2400.50")
    assert settlement.date == TODAY
    assert settlement.currencyCode == "NOK"
    assert [(line.invoiceId, line.amount, line.capital) for line in settlement.lines] == [
        (first, Decimal("100.00"), Decimal("100.00")),
        (second, Decimal("2300.50"), Decimal("2250.00")),
    ]
    assert (await client.settlements(2)).read == ()
    await client.bookkeep(settlement.settlementId, "V-7")
    assert (await client.settlements(CREDITOR)).read == ()
    assert simulator.books.settlements[settlement.settlementId].booked_as == "V-7"


async def test_the_feed_tells_each_invoice_once_at_its_latest_change(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    ids = [
        await client.register(replace(claim, accountingInvoiceId=f"i{n}", invoiceNo=str(n)))
        for n in range(5)
    ]
    simulator.set_now(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    simulator.withdraw(ids[1])
    rows = await feed(client)
    assert [row.invoiceId for row in rows] == [ids[0], *ids[2:], ids[1]]
    times = [row.lastUpdatedTime for row in rows]
    assert times == sorted(set(times))
    assert instant_from_feed(times[-1], client.assumptions.time_zone) == simulator.now
    since = await feed(client, times[2])
    inclusive = client.assumptions.search.boundary_is_inclusive
    assert [row.invoiceId for row in since] == [row.invoiceId for row in rows[3 - inclusive :]]


async def test_paging_by_skip_reaches_every_row(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    simulator.set_conditions(one_timestamp=True)
    ids = [
        await client.register(replace(claim, accountingInvoiceId=f"i{n}", invoiceNo=str(n)))
        for n in range(7)
    ]
    seen: list[str] = []
    for skip in range(0, 9, 3):
        page = await client.search(updated_after=None, creditor_id=CREDITOR, skip=skip, top=3)
        seen += [row.invoiceId for row in page.rows]
    assert seen == ids
    assert len({row.lastUpdatedTime for row in await feed(client)}) == 1


async def test_a_lagging_feed_shows_the_old_state_until_the_new_one_arrives(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    invoice_id = await client.register(claim)
    (before,) = await feed(client)
    simulator.set_conditions(feed_lag_seconds=60)
    await client.register(replace(claim, accountingInvoiceId="b", invoiceNo="2"))
    simulator.withdraw(invoice_id)
    assert await feed(client) == (before,)
    assert (await client.details(invoice_id)).status != before.status
    simulator.set_now(simulator.now + timedelta(seconds=61))
    rows = await feed(client)
    assert len(rows) == 2
    assert rows[-1].invoiceId == invoice_id
    assert rows[-1].status != before.status


async def test_a_reordered_feed_loses_nothing_in_the_end_and_repeats_exactly(
    assumptions: Assumptions, claim: RegisterRequest
) -> None:
    async def run() -> tuple[list[list[str]], KraviaSimulator]:
        simulator = KraviaSimulator(
            assumptions, now=datetime(2026, 11, 24, 9, 0, tzinfo=UTC), seed=7
        )
        simulator.set_conditions(feed_lag_seconds=100, feed_reordered=True)
        client = KraviaClient(DirectTransport(simulator), assumptions, lambda: "any")
        for n in range(20):
            await client.register(replace(claim, accountingInvoiceId=f"i{n}", invoiceNo=str(n)))
        views = []
        for _ in range(6):
            views.append([row.invoiceId for row in await feed(client)])
            simulator.set_now(simulator.now + timedelta(seconds=20))
        return views, simulator

    views, simulator = await run()
    assert 0 < len(views[2]) < 20
    assert views[5] != sorted(views[5])
    assert set(views[5]) == set(simulator.books.invoices)
    assert (await run())[0] == views


async def test_only_the_right_token_gets_in(
    simulator: KraviaSimulator, assumptions: Assumptions, claim: RegisterRequest
) -> None:
    stranger = KraviaClient(DirectTransport(simulator), assumptions, lambda: "wrong")
    with pytest.raises(AuthenticationError):
        await stranger.register(claim)
    with pytest.raises(AuthenticationError):
        await stranger.search(updated_after=None, creditor_id=CREDITOR)
    assert simulator.books.registers == []


async def test_what_the_portal_does_not_document_is_refused(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    for wrong in (
        replace(claim, claimType="Reminder"),
        replace(claim, isPrivateIndividual=False),
        replace(claim, currencyCode="kroner"),
        replace(claim, originalAmount=Decimal(0)),
        replace(claim, debtorName=""),
    ):
        with pytest.raises(RejectedError, match="HTTP 400"):
            await client.register(wrong)
    for unknown in (client.payment(paid("999", "1.00")), client.credit_note(credited("999", "1"))):
        with pytest.raises(NotFoundError):
            await unknown
    with pytest.raises(NotFoundError):
        await client.details("999")
    with pytest.raises(NotFoundError):
        await client.bookkeep("999", "V-1")
    assert simulator.books.invoices == {}


async def test_extra_fields_go_only_where_they_are_assumed(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    with_phone = replace(claim, extra={"phoneNumber": "+4799999999"})
    if "phoneNumber" in client.assumptions.register.extra_fields:
        await client.register(with_phone)
        assert simulator.books.registers[0].body["phoneNumber"] == "+4799999999"
    else:
        with pytest.raises(RejectedError, match="phoneNumber"):
            await client.register(with_phone)


async def test_hints_go_to_the_configured_webhook_and_are_lost_or_doubled_on_demand(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    await client.register(claim)
    assert simulator.take_webhooks() == ()
    await client.configure_webhook(CREDITOR, url="http://127.0.0.1/h", secret="S", enabled=True)
    invoice_id = await client.register(replace(claim, invoiceNo="2", accountingInvoiceId="b"))
    (call,) = simulator.take_webhooks()
    assert simulator.take_webhooks() == ()
    assert call.url == "http://127.0.0.1/h"
    assert str(json.loads(call.body)["data"]["claimId"]) == invoice_id
    recipe = client.assumptions.webhook_recipe or "md5(data+secret)"
    assert verify_hint(call.body, secret="S", recipe=recipe)
    simulator.set_conditions(webhooks_lost=1, webhooks_duplicated=1)
    simulator.touch(invoice_id)
    simulator.touch(invoice_id)
    simulator.touch(invoice_id)
    assert len(simulator.take_webhooks()) == 3  # the first lost, the second doubled
    await client.configure_webhook(CREDITOR, url="http://127.0.0.1/h", secret="S", enabled=False)
    simulator.touch(invoice_id)
    assert simulator.take_webhooks() == ()
