"""What the client puts on the wire, against the portal's samples, and what it makes of answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
import respx

from clients.errors import (
    AuthenticationError,
    GoneError,
    InDoubtError,
    NotFoundError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.kravia.assumptions import Assumptions
from clients.kravia.client import KraviaClient
from clients.kravia.wire import CreditNoteRequest, InvoiceShare, PaymentRequest, RegisterRequest
from clients.transport import HttpTransport

BASE = "https://api.kravia.test"


@pytest.fixture
def router() -> respx.Router:
    return respx.Router(assert_all_called=False)


@pytest.fixture
async def client(router: respx.Router, shipped: Assumptions) -> AsyncIterator[KraviaClient]:
    mock = mocked(router)
    async with HttpTransport(base_url=BASE, transport=mock) as transport:
        yield KraviaClient(transport, shipped, lambda: "s3cret", sleep=no_waiting)


def mocked(router: respx.Router) -> httpx2.MockTransport:
    handler: Any = router.async_handler  # typed for httpx, which httpx2 stands in for here
    return httpx2.MockTransport(handler)


async def no_waiting(seconds: float) -> None:
    assert seconds >= 0


def payment(amount: str = "3000.00") -> PaymentRequest:
    return PaymentRequest(
        date=date(2024, 7, 16),
        description="Direct payment",
        AccountingPaymentId="286519",
        amount=Decimal(amount),
        invoices=(
            InvoiceShare(invoiceId="1553199", amount=Decimal("2000.00")),
            InvoiceShare(invoiceId="1553198", amount=Decimal("1000.00")),
        ),
    )


async def test_register_sends_the_documented_sample(
    client: KraviaClient, router: respx.Router, claim: RegisterRequest
) -> None:
    route = router.post(f"{BASE}/api/v2/invoice/register").respond(200, json={"invoiceId": 1553199})
    assert await client.register(claim) == "1553199"
    request = route.calls.last.request
    assert request.headers["authorization"] == "s3cret"
    assert request.headers["content-type"] == "application/json"
    assert request.content.decode() == (
        '{"claimType":"CollectionCase","creditorId":10759,"accountingInvoiceId":"inv-1001",'
        '"debtorName":"Kari Nordmann","debtorNumber":"10001","email":"kari@example.com",'
        '"ssn":null,"organizationNumber":null,"isPrivateIndividual":"true",'
        '"postalAddress":{"addressAddressLine1":"Karl Johans gate 1","addressPostalCode":"0154",'
        '"addressCity":"Oslo","addressCountryCode":"NO"},"invoiceNo":"20003",'
        '"invoiceDate":"2026-08-01","dueDate":"2026-08-17","originalAmount":2250,'
        '"currencyCode":"NOK","description":"Consulting, July"}'
    )


async def test_payment_sends_the_documented_sample(
    client: KraviaClient, router: respx.Router
) -> None:
    route = router.post(f"{BASE}/api/v2/invoice/payment").respond(200)
    await client.payment(payment())
    assert json.loads(route.calls.last.request.content) == {
        "date": "2024-07-16",
        "description": "Direct payment",
        "AccountingPaymentId": "286519",
        "amount": 3000,
        "invoices": [
            {"invoiceId": 1553199, "amount": 2000},
            {"invoiceId": 1553198, "amount": 1000},
        ],
    }


async def test_credit_note_sends_the_documented_sample_with_its_signs(
    client: KraviaClient, router: respx.Router
) -> None:
    route = router.post(f"{BASE}/api/v2/invoice/creditnote").respond(204)
    await client.credit_note(
        CreditNoteRequest(
            date=date(2024, 9, 16),
            description="Credited",
            AccountingPaymentId="4564654465",
            amount=Decimal("2500.50"),
            invoices=(InvoiceShare(invoiceId="308457", amount=Decimal("2500.50")),),
        )
    )
    assert route.calls.last.request.content.decode() == (
        '{"Date":"2024-09-16T00:00:00","Amount":-2500.5,"AccountingPaymentId":"4564654465",'
        '"Description":"Credited","Invoices":[{"InvoiceId":308457,"Amount":-2500.5}]}'
    )


async def test_search_asks_for_changes_oldest_first_with_the_time_verbatim(
    client: KraviaClient, router: respx.Router
) -> None:
    route = router.get(f"{BASE}/api/v2/invoice/search").respond(
        200,
        headers={"date": "Tue, 24 Nov 2026 09:00:00 GMT"},
        json={
            "data": [
                {
                    "id": 1553199,
                    "lastUpdatedTime": "2021-06-01T15:13:14.4044853",
                    "invoiceNo": 20003,
                    "invoiceDate": "2026-08-01T00:00:00",
                    "originalAmount": "2250.0",
                    "status": "Open",
                    "creditorId": 10759,
                    "unheardOf": {},
                }
            ]
        },
    )
    page = await client.search(
        updated_after="2021-06-01T15:13:14.4044853", creditor_id=10759, skip=20, top=50
    )
    assert dict(route.calls.last.request.url.params) == {
        "lastUpdatedTime": "2021-06-01T15:13:14.4044853",
        "orderBy": "11",
        "byAscending": "True",
        "skip": "20",
        "top": "50",
    }
    assert page.server_date == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    (row,) = page.rows
    assert row.lastUpdatedTime == "2021-06-01T15:13:14.4044853"
    assert (row.invoiceId, row.invoiceNo) == ("1553199", "20003")
    assert row.invoiceDate == date(2026, 8, 1)
    assert row.originalAmount == Decimal("2250.00")
    assert row.accountingInvoiceId is None


async def test_webhook_bookkeep_invite_and_settlements_use_the_documented_calls(
    client: KraviaClient, router: respx.Router
) -> None:
    put = router.put(f"{BASE}/api/v2/creditor/10759/webhook").respond(200)
    await client.configure_webhook(10759, url="https://x.test/hook", secret="S", enabled=True)
    assert json.loads(put.calls.last.request.content) == {
        "secret": "S",
        "enabled": True,
        "url": "https://x.test/hook",
    }
    patch = router.patch(
        f"{BASE}/api/v2/settlements/41/bookkeep", params={"internalAccountingId": "XYZ3"}
    ).respond(200)
    await client.bookkeep("41", "XYZ3")
    assert patch.calls.last.request.content == b""
    post = router.post(f"{BASE}/api/v2/creditor/10759/invite").respond(200)
    await client.invite(
        10759,
        email="a@example.com",
        name="A",
        is_accountant=True,
        country_code="NO",
        organization_number="974760673",
    )
    assert json.loads(post.calls.last.request.content) == {
        "email": "a@example.com",
        "name": "A",
        "isAccountant": True,
        "countryCode": "NO",
        "organizationNumber": "974760673",
    }
    router.get(f"{BASE}/api/v2/settlements", params={"ExcludeClosed": "true"}).respond(
        200,
        json=[
            {"id": 41, "amount": 100.1, "creditorId": 10759, "lines": [{"id": 1, "amount": 100.1}]},
            {"id": 42, "amount": 7, "creditorId": 2},
            {"id": 43, "amount": 8},
        ],
    )
    found = (await client.settlements(10759)).read
    assert [each.settlementId for each in found] == ["41", "43"]
    assert found[0].lines[0].amount == Decimal("100.10")
    assert found[0].currencyCode == "NOK"


async def test_ids_are_escaped_in_paths_and_odd_ids_stay_text(
    client: KraviaClient, router: respx.Router
) -> None:
    route = router.get(url__regex=r".*details").respond(404)
    with pytest.raises(NotFoundError):
        await client.details("../creditor?x=1")
    assert route.calls.last.request.url.raw_path == (
        b"/api/v2/invoice/..%2Fcreditor%3Fx%3D1/details"
    )
    post = router.post(f"{BASE}/api/v2/invoice/payment").respond(200)
    share = (InvoiceShare(invoiceId="007", amount=Decimal(3000)),)
    await client.payment(replace(payment(), invoices=share))
    assert json.loads(post.calls.last.request.content)["invoices"][0]["invoiceId"] == "007"


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, {}, b"", InDoubtError),
        (200, {}, b"{}", InDoubtError),
        (200, {}, b'{"invoiceId": true}', InDoubtError),
        (200, {}, b'{"invoiceId": 1, "error": "debtor unknown"}', InDoubtError),
        (202, {}, b"accepted", InDoubtError),
        (200, {"content-type": "text/html"}, b"<html>", InDoubtError),
        (200, {}, b"[" * 100_000, InDoubtError),
        (302, {"location": "/login"}, b"", InDoubtError),
        (303, {"location": "/done"}, b"", InDoubtError),
        (301, {"location": "https://x.test"}, b"", RejectedError),
        (308, {"location": "https://x.test"}, b"", RejectedError),
        (400, {}, b"bad", RejectedError),
        (401, {}, b"", AuthenticationError),
        (403, {}, b"", AuthenticationError),
        (404, {}, b"", NotFoundError),
        (408, {}, b"", InDoubtError),
        (410, {}, b"", GoneError),
        (422, {}, b"", RejectedError),
        (429, {}, b"", RateLimitedError),
        (500, {}, b"", InDoubtError),
        (502, {}, b"<html>", InDoubtError),
        (503, {"retry-after": "5"}, b"", InDoubtError),
    ],
)
async def test_a_write_is_sent_once_and_every_answer_has_its_error(
    client: KraviaClient,
    router: respx.Router,
    claim: RegisterRequest,
    status: int,
    headers: dict[str, str],
    body: bytes,
    expected: type[Exception],
) -> None:
    route = router.post(f"{BASE}/api/v2/invoice/register").respond(
        status, headers=headers, content=body
    )
    with pytest.raises(expected) as caught:
        await client.register(claim)
    assert caught.type is expected
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "body", "expected", "calls"),
    [
        (200, b"<html>", ProtocolError, 1),
        (200, b"{}", ProtocolError, 1),
        (200, b'{"data": [{"lastUpdatedTime": "2026-01-01T00:00:00"}]}', ProtocolError, 1),
        (200, b"[" * 100_000, ProtocolError, 1),
        (302, b"", RejectedError, 1),
        (401, b"", AuthenticationError, 1),
        (404, b"", NotFoundError, 1),
        (429, b"", TemporaryError, 1),
        (408, b"", TemporaryError, 3),
        (500, b"", TemporaryError, 3),
        (503, b"", TemporaryError, 3),
    ],
)
async def test_a_read_is_tried_again_only_when_that_may_help(
    client: KraviaClient,
    router: respx.Router,
    status: int,
    body: bytes,
    expected: type[Exception],
    calls: int,
) -> None:
    route = router.get(f"{BASE}/api/v2/invoice/search").respond(status, content=body)
    with pytest.raises(expected) as caught:
        await client.search(updated_after=None, creditor_id=10759)
    assert caught.type is expected
    assert route.call_count == calls


async def test_a_read_gets_over_a_hiccup(client: KraviaClient, router: respx.Router) -> None:
    route = router.get(f"{BASE}/api/v2/invoice/search")
    answers: Any = [
        httpx2.ConnectError("refused"),
        httpx2.Response(503),
        httpx2.Response(200, json=[]),
    ]
    route.side_effect = answers
    page = await client.search(updated_after=None, creditor_id=10759)
    assert page.rows == ()
    assert page.server_date is None


async def test_a_refusal_names_the_field_that_is_missing(
    client: KraviaClient, router: respx.Router
) -> None:
    router.get(f"{BASE}/api/v2/invoice/search").respond(
        200, json=[{"id": 1, "lastUpdatedTime": "2026-01-01T00:00:00"}, {"invoiceNo": "Kari"}]
    )
    with pytest.raises(
        ProtocolError, match=r"search row 1: invoiceId \(id or invoiceId\)"
    ) as error:
        await client.search(updated_after=None, creditor_id=10759)
    assert "Kari" not in str(error.value)


async def test_retry_after_is_read_as_seconds_or_as_a_date(
    client: KraviaClient, router: respx.Router, claim: RegisterRequest
) -> None:
    route = router.post(f"{BASE}/api/v2/invoice/register")
    for headers, expected in (
        ({"retry-after": "17"}, 17.0),
        (
            {
                "retry-after": "Tue, 24 Nov 2026 09:01:00 GMT",
                "date": "Tue, 24 Nov 2026 09:00:00 GMT",
            },
            60.0,
        ),
        ({"retry-after": "Tue, 24 Nov 2026 09:01:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({}, None),
    ):
        route.respond(429, headers=headers)
        with pytest.raises(RateLimitedError) as caught:
            await client.register(claim)
        assert caught.value.retry_after_seconds == expected


async def test_a_refusal_keeps_little_of_the_answer_and_no_control_characters(
    client: KraviaClient, router: respx.Router, claim: RegisterRequest
) -> None:
    router.post(f"{BASE}/api/v2/invoice/register").respond(
        422, content=b"\x1b[2J\r\nno postcode " + b"x" * 10_000
    )
    with pytest.raises(RejectedError, match="no postcode") as caught:
        await client.register(claim)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 320


@pytest.mark.parametrize("token", ["", "two words\n", "blåbær", " s3cret", "a\rb"])
async def test_a_token_no_header_can_carry_is_never_sent(
    router: respx.Router, shipped: Assumptions, claim: RegisterRequest, token: str
) -> None:
    mock = mocked(router)
    async with HttpTransport(base_url=BASE, transport=mock) as transport:
        client = KraviaClient(transport, shipped, lambda: token)
        with pytest.raises(AuthenticationError) as caught:
            await client.register(claim)
    assert "blåbær" not in str(caught.value)
    assert router.calls.call_count == 0


async def test_a_token_that_cannot_be_read_now_is_not_sent(
    router: respx.Router, shipped: Assumptions, claim: RegisterRequest
) -> None:
    def unreadable() -> str:
        raise FileNotFoundError("/run/secrets/token")

    mock = mocked(router)
    async with HttpTransport(base_url=BASE, transport=mock) as transport:
        client = KraviaClient(transport, shipped, unreadable, sleep=no_waiting)
        with pytest.raises(NotSentError):
            await client.register(claim)
        with pytest.raises(TemporaryError):
            await client.details("1")


@pytest.mark.parametrize(
    "change",
    [
        {"originalAmount": Decimal("2250.005")},
        {"originalAmount": Decimal("1e30")},
        {"originalAmount": Decimal("NaN")},
        {"debtorName": "half a pair \ud83d"},
        {"extra": {"phoneNumber": "+4799999999"}},
    ],
)
async def test_what_cannot_be_written_is_refused_before_it_is_sent(
    client: KraviaClient, router: respx.Router, claim: RegisterRequest, change: dict[str, object]
) -> None:
    with pytest.raises(RejectedError):
        await client.register(replace(claim, **change))  # type: ignore[arg-type]  # one field at a time
    assert router.calls.call_count == 0


@pytest.mark.parametrize("amount", ["2999.99", "-3000", "0"])
async def test_a_payment_whose_parts_do_not_add_up_is_refused(
    client: KraviaClient, router: respx.Router, amount: str
) -> None:
    with pytest.raises(RejectedError):
        await client.payment(payment(amount))
    with pytest.raises(RejectedError):
        await client.payment(replace(payment("0"), invoices=()))
    assert router.calls.call_count == 0


async def test_the_servers_clock_is_reported_from_any_answer(
    router: respx.Router, shipped: Assumptions, claim: RegisterRequest
) -> None:
    seen: list[datetime] = []
    router.post(f"{BASE}/api/v2/invoice/register").respond(
        500, headers={"date": "Tue, 24 Nov 2026 09:10:00 GMT"}
    )
    mock = mocked(router)
    async with HttpTransport(base_url=BASE, transport=mock) as transport:
        client = KraviaClient(transport, shipped, lambda: "t", observe_date=seen.append)
        with pytest.raises(InDoubtError):
            await client.register(claim)
    assert seen == [datetime(2026, 11, 24, 9, 10, tzinfo=UTC)]
