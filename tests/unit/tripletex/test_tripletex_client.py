"""Sessions, lists too long for one answer, and what a payment's answer means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.errors import (
    AuthenticationError,
    ClientError,
    InDoubtError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    TemporaryError,
)
from clients.exchange import Response
from clients.simulated_faults import Fault, FaultKind
from clients.tripletex import protocol_answers as answers
from clients.tripletex import verdict
from clients.tripletex.client import TripletexClient
from clients.tripletex.verdict import TripletexRefusedError
from clients.tripletex.wire import InvoiceQuery, PaymentInput
from tests.unit.tripletex.conftest import Tripletex

EVERYTHING = InvoiceQuery(invoiceDateFrom=date(2021, 11, 24), invoiceDateTo=date(2026, 11, 25))
PAYMENT = PaymentInput(
    paymentDate=date(2026, 11, 20), paymentTypeId=4501, paidAmount=Decimal("9.50")
)


async def listed(client: TripletexClient) -> list[int]:
    return [row.id async for page in client.every_invoice(EVERYTHING) for row in page]


async def test_one_session_serves_a_day_and_the_next_day_has_its_own(tripletex: Tripletex) -> None:
    client = tripletex.client()
    for _ in range(3):
        await client.invoice(tripletex.invoice)
    assert tripletex.simulator.calls["create_session"] == 1

    tripletex.today += timedelta(days=1)
    tripletex.simulator.set_now(tripletex.simulator.now + timedelta(days=1))
    await client.invoice(tripletex.invoice)

    assert tripletex.simulator.calls["create_session"] == 2


async def test_a_session_that_ended_fails_no_read_and_sends_no_payment(
    tripletex: Tripletex,
) -> None:
    client = tripletex.client()
    await client.invoice(tripletex.invoice)
    tripletex.simulator.end_sessions()
    await client.invoice(tripletex.invoice)

    tripletex.simulator.end_sessions()
    with pytest.raises(NotSentError):
        await client.pay(tripletex.invoice, PAYMENT)
    assert tripletex.simulator.books.api_payments == ()

    await client.pay(tripletex.invoice, PAYMENT)
    assert len(tripletex.simulator.books.api_payments) == 1


async def test_wrong_tokens_are_the_settings_fault(tripletex: Tripletex) -> None:
    tripletex.tokens = replace(tripletex.tokens, employee="another")

    with pytest.raises(AuthenticationError):
        await tripletex.client().invoice(tripletex.invoice)


async def test_no_session_means_that_nothing_was_sent(tripletex: Tripletex) -> None:
    hang = Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT, operation="create_session", times=None)
    tripletex.simulator.faults.plant(hang)

    with pytest.raises(NotSentError):
        await tripletex.client().pay(tripletex.invoice, PAYMENT)
    with pytest.raises(TemporaryError):
        await tripletex.client().invoice(tripletex.invoice)


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_range_that_holds_too_much_is_halved(tripletex: Tripletex, is_told: bool) -> None:
    for day in range(1, 9):
        tripletex.simulator.issue_invoice(
            80_001, Decimal(100), invoice_date=date(2026, 9, day), has_kid=False
        )
    lists = {"result_set_max_rows": 2, "page_size_rows": 2}
    if is_told:  # the remote's own limit, which our assumption then need not know
        tripletex.simulator.assumptions = tripletex.client(lists=lists).assumptions
        lists["result_set_max_rows"] = 1_000

    found = await listed(tripletex.client(lists=lists))

    assert sorted(found) == sorted(tripletex.simulator.books.invoices)


async def test_paying_twice_is_booked_twice_beyond_the_remainder(tripletex: Tripletex) -> None:
    client = tripletex.client()
    entry = replace(PAYMENT, paidAmount=Decimal(2000))
    before = await client.invoice(tripletex.invoice)

    await client.pay(tripletex.invoice, entry)
    await client.pay(tripletex.invoice, entry)

    after = await client.invoice(tripletex.invoice)
    assert after.amountCurrencyOutstanding == Decimal(-1750)
    assert len(tripletex.simulator.books.doubled) == 1
    assert before.amountCurrencyOutstanding == Decimal(2250)


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001", "NaN"])
async def test_what_takes_a_payment_back_is_never_sent(tripletex: Tripletex, amount: str) -> None:
    with pytest.raises(ClientError):
        await tripletex.client().pay(
            tripletex.invoice, replace(PAYMENT, paidAmount=Decimal(amount))
        )
    assert tripletex.simulator.calls.get("pay") is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, InDoubtError),
        (308, ClientError),
        (401, AuthenticationError),
        (408, InDoubtError),
        (409, TripletexRefusedError),
        (422, TripletexRefusedError),
        (429, RateLimitedError),
        (500, InDoubtError),
        (503, InDoubtError),
    ],
)
def test_what_an_answer_to_a_payment_means(status: int, error: type[ClientError]) -> None:
    with pytest.raises(error):
        verdict.check_write(Response(status=status, body=b"null"))


def test_its_own_words_stay_out_for_they_may_name_a_customer() -> None:
    body = (
        b'{"code": 18000, "message": "Kari Nordmann har ikke adgang", "validationMessages":'
        b' [{"field": "paidAmount", "message": "Kari"}, {"field": "Kari Nordmann"}]}'
    )
    with pytest.raises(TripletexRefusedError) as caught:
        verdict.check_write(Response(status=422, body=body))
    assert str(caught.value).endswith("code 18000, validation, about paidAmount")
    assert "Kari" not in str(caught.value)


def test_the_rate_limits_own_header_says_how_long_to_wait() -> None:
    with pytest.raises(RateLimitedError) as caught:
        verdict.check_write(Response(status=429, headers={"x-rate-limit-reset": "17"}))
    assert caught.value.retry_after_seconds == 17.0


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"<html>",
        b"[]",
        b"{}",
        b'{"value": {"id": 8}}',
        b'{"value": {"id": 7, "amountCurrency": "9.50"}}',
        b'{"value": {"id": 7, "amountCurrency": 9.505}}',
        b'{"value": {"id": 7, "invoiceDate": "24.11.2026"}}',
        b'{"value": {"id": 7, "isCredited": 1}}',
        b'{"value": {"id": 7, "postings": [{"amount": 1}]}}',
    ],
)
def test_an_answer_that_is_not_what_it_must_be_is_named(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        answers.decipher_one(
            Response(status=200, body=body), "invoice", answers.invoice, identifier=7
        )


def test_nulls_empty_texts_and_zeros_are_nothing() -> None:
    body = (
        b'{"values": [{"id": 7, "creditedInvoice": 0, "invoiceRemark": null, "customer": null,'
        b' "amountCurrency": 1250.0000000000002}], "fullResultSize": 1}'
    )
    page = answers.decipher_page(
        Response(status=200, body=body), "invoice row", answers.invoice_row
    )

    (row,) = page.values
    assert row.amountCurrency == Decimal("1250.00")
    assert (row.creditedInvoice, row.customerId, row.postponeRemindersTo) == (None, None, None)
