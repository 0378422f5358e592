"""What the client puts on the wire, and what it makes of Conta's answers and refusals."""

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

from clients.conta.assumptions import Assumptions
from clients.conta.client import ContaClient
from clients.conta.refusals import ContaRefusedError, PeriodLockedError
from clients.conta.wire import CreditNoteInput, InvoiceQuery, PaymentInput
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
from clients.transport import HttpTransport

BASE = "https://api.conta.test"
ORG = f"{BASE}/invoice/organizations/4242"
PAYMENT = PaymentInput(date=date(2026, 11, 20), amount=Decimal("1250.50"), bankAccountId=3)


@pytest.fixture
def router() -> respx.Router:
    return respx.Router(assert_all_called=False)


@pytest.fixture
async def client(router: respx.Router, shipped: Assumptions) -> AsyncIterator[ContaClient]:
    handler: Any = router.async_handler  # typed for httpx, which httpx2 stands in for here
    async with HttpTransport(base_url=BASE, transport=httpx2.MockTransport(handler)) as transport:
        yield ContaClient(
            transport, shipped, lambda: "s3cret", organization_id=4242, sleep=no_waiting
        )


async def no_waiting(seconds: float) -> None:
    assert seconds >= 0


def error_body(name: str, **properties: object) -> bytes:
    messages = {"EN": "Because.", "NO": "Fordi."}
    error = {"category": "CUSTOM", "name": name, "messages": messages, "properties": properties}
    return json.dumps(error).encode()


async def test_a_payment_is_posted_with_the_key_and_exact_money(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.post(f"{ORG}/invoices/7/payments").respond(
        200, json={"id": 91, "partialPayments": [{"id": 5, "amount": 1250.5, "invoiceId": 7}]}
    )

    booked = await client.create_payment(7, replace(PAYMENT, description="Kravia", projectId=8))

    request = route.calls.last.request
    assert request.headers["apikey"] == "s3cret"
    assert request.content == (
        b'{"date":"2026-11-20","amount":1250.50,"bankAccountId":3,"description":"Kravia",'
        b'"projectId":8}'
    )
    assert booked.id == 91
    assert booked.partialPayments[0].amount == Decimal("1250.50")


async def test_a_credit_note_and_a_deletion_use_the_documented_calls(
    client: ContaClient, router: respx.Router
) -> None:
    post = router.post(f"{ORG}/invoices/7/credit-note").respond(200, json={"id": 8})
    note = CreditNoteInput(creditNoteDate=date(2026, 11, 24))
    assert (await client.credit_note(7, note)).id == 8
    assert json.loads(post.calls.last.request.content) == {
        "creditNoteDate": "2026-11-24",
        "removePaymentsIfExist": False,
    }
    delete = router.delete(f"{ORG}/payments/91").respond(200)
    await client.delete_payment(91)
    assert delete.calls.last.request.content == b""


async def test_the_invoice_list_is_asked_with_filters_page_and_order(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.get(f"{ORG}/invoices").respond(
        200,
        json={
            "hits": [
                {
                    "id": 7,
                    "status": "SENT_TO_KRAVIA",
                    "kraviaInvoiceStatus": "ACTIVE",
                    "sumRemaining": 1250.1,
                    "invoiceDueDate": "2026-08-17",
                    "createdAt": "2026-10-25T02:30:00",
                    "customerName": None,
                    "unheardOf": {},
                }
            ],
            "hitCount": 1,
            "pageCount": 1,
        },
    )
    query = InvoiceQuery(type="UNPAID", customerId=5, fromDate=date(2026, 1, 1))

    page = await client.invoices(query, page=2)

    assert dict(route.calls.last.request.url.params) == {
        "type": "UNPAID",
        "customerId": "5",
        "fromDate": "2026-01-01",
        "includeCreatedAt": "true",
        "hits": "500",
        "page": "2",
        "sort": "+id",
    }
    assert b"sort=%2Bid" in route.calls.last.request.url.query
    (row,) = page.hits
    assert row.sumRemaining == Decimal("1250.10")
    assert row.kraviaInvoiceStatus == "ACTIVE"
    # The hour repeats that night: the earlier reading is taken.
    assert row.createdAt == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


async def test_null_and_absent_are_the_same(client: ContaClient, router: respx.Router) -> None:
    route = router.get(f"{ORG}/invoices/7")
    nulls = dict.fromkeys(
        ("type", "status", "invoiceNo", "invoiceDate", "sumRemaining", "kid", "invoiceLines")
    )
    route.respond(200, json={"id": 7, **nulls, "invoicePaymentReminder": None})
    with_nulls = await client.invoice(7)
    route.respond(200, json={"id": 7, "kid": "", "invoicePaymentReminder": []})
    assert await client.invoice(7) == with_nulls
    assert with_nulls.sumRemaining is None
    assert with_nulls.lineDescriptions == ()


async def test_a_kid_keeps_its_zeros_and_its_hyphen(
    client: ContaClient, router: respx.Router
) -> None:
    router.get(f"{ORG}/invoices/7").respond(200, json={"id": 7, "kid": "0060-"})
    assert (await client.invoice(7)).kid == "0060-"


async def test_the_owner_of_a_bank_account_is_not_kept(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.get(f"{ORG}/bank-accounts").respond(
        200, json=[{"id": 3, "accountNo": "12345678903", "ownerPersonalNumber": "00000000000"}]
    )
    accounts = await client.bank_accounts()
    assert accounts[0].accountNo == "12345678903"
    assert "00000000000" not in repr(accounts)
    assert dict(route.calls.last.request.url.params) == {}


async def test_events_come_in_the_order_they_were_entered(
    client: ContaClient, router: respx.Router
) -> None:
    events = [
        {"id": 3, "createdAt": "2026-11-02T10:00:00"},
        {"id": 2, "createdAt": "2026-11-01T10:00:00+01:00"},
        {"id": 1, "createdAt": "2026-11-02T09:00:00Z"},
        {"id": 4},
    ]
    router.get(f"{ORG}/invoices/7/events").respond(200, json={"hits": events, "hitCount": 4})
    assert [event.id for event in await client.events(7)] == [4, 2, 1, 3]


async def test_a_timeline_cut_short_is_not_taken_for_the_whole(
    client: ContaClient, router: respx.Router
) -> None:
    router.get(f"{ORG}/invoices/7/events").respond(200, json={"hits": [{"id": 1}], "hitCount": 2})
    with pytest.raises(ProtocolError, match="fewer events"):
        await client.events(7)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", InDoubtError),
        (200, b"{}", InDoubtError),
        (200, b'{"id": true}', InDoubtError),
        (200, b"<html>", InDoubtError),
        (200, error_body("CustomException"), InDoubtError),
        (202, b"accepted", InDoubtError),
        (302, b"", InDoubtError),
        (301, b"", RejectedError),
        (400, error_body("RestRequestException"), ContaRefusedError),
        (401, error_body("LoginRequiredException"), AuthenticationError),
        (403, error_body("OrgBlockedException"), AuthenticationError),
        (404, error_body("NotFoundIdModelStorageToolException"), NotFoundError),
        (408, b"", InDoubtError),
        (409, error_body("InUseIdModelStorageException"), ContaRefusedError),
        (410, b"", GoneError),
        (413, error_body("PostRequestTooLargeException"), ContaRefusedError),
        (422, error_body("InvoiceIsClosedWithLossException"), ContaRefusedError),
        (422, error_body("VatPeriodIsAlreadySettledException"), PeriodLockedError),
        (422, b"no", ContaRefusedError),
        (429, b"", RateLimitedError),
        (500, error_body("TooManyLoginAttemptsAuthenticationToolException"), RateLimitedError),
        (500, error_body("UserHasPolicyToOrgAccessToolException"), AuthenticationError),
        (500, error_body("OrgReadOnlyModeException"), NotSentError),
        (500, error_body("RestRequestIdempotencyException"), InDoubtError),
        (500, b"", InDoubtError),
        (502, b"<html>", InDoubtError),
        (503, error_body("MaintenanceException"), NotSentError),
        (503, error_body("SystemException"), InDoubtError),
    ],
)
async def test_a_write_is_sent_once_and_every_answer_has_its_error(
    client: ContaClient,
    router: respx.Router,
    status: int,
    body: bytes,
    expected: type[Exception],
) -> None:
    route = router.post(f"{ORG}/invoices/7/payments").respond(status, content=body)
    with pytest.raises(expected) as caught:
        await client.create_payment(7, PAYMENT)
    assert caught.type is expected
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "body", "expected", "calls"),
    [
        (200, b"<html>", ProtocolError, 1),
        (200, b'{"id": 8}', ProtocolError, 1),
        (200, b"[]", ProtocolError, 1),
        (200, b"[" * 100_000, ProtocolError, 1),
        (302, b"", RejectedError, 1),
        (401, b"", AuthenticationError, 1),
        (404, b"", NotFoundError, 1),
        (422, error_body("CustomException"), ContaRefusedError, 1),
        (429, b"", TemporaryError, 1),
        (500, error_body("UserHasPolicyToOrgAccessToolException"), AuthenticationError, 1),
        (408, b"", TemporaryError, 3),
        (500, error_body("OrgReadOnlyModeException"), TemporaryError, 3),
        (503, error_body("MaintenanceException"), TemporaryError, 3),
        (502, b"<html>", TemporaryError, 3),
    ],
)
async def test_a_read_is_tried_again_only_when_that_may_help(
    client: ContaClient,
    router: respx.Router,
    status: int,
    body: bytes,
    expected: type[Exception],
    calls: int,
) -> None:
    route = router.get(f"{ORG}/invoices/7").respond(status, content=body)
    with pytest.raises(expected) as caught:
        await client.invoice(7)
    assert caught.type is expected
    assert route.call_count == calls


async def test_a_read_gets_over_a_hiccup(client: ContaClient, router: respx.Router) -> None:
    route = router.get(f"{ORG}/invoices/7")
    answers: Any = [
        httpx2.ConnectError("refused"),
        httpx2.Response(503, content=error_body("MaintenanceException")),
        httpx2.Response(200, json={"id": 7}),
    ]
    route.side_effect = answers
    assert (await client.invoice(7)).id == 7


async def test_a_lost_connection_leaves_a_write_in_doubt_and_a_refused_one_not_sent(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.post(f"{ORG}/invoices/7/payments")
    for failure, expected in (
        (httpx2.ReadTimeout("slow"), InDoubtError),
        (httpx2.ConnectError("refused"), NotSentError),
    ):
        answers: Any = [failure]
        route.side_effect = answers
        with pytest.raises(expected):
            await client.create_payment(7, PAYMENT)


@pytest.mark.parametrize(
    ("name", "properties", "opens"),
    [
        ("VatPeriodIsAlreadySettledException", {"toDate": "2026-10-31"}, date(2026, 11, 1)),
        (
            "BookkeepingAccountReconciledForPeriodException",
            {"date": "2026-11-20"},
            date(2026, 11, 21),
        ),
        (
            "AccountingYearIsLockedException",
            {"lockedAccountingYears": [2024, 2025]},
            date(2026, 1, 1),
        ),
        (
            "CannotCreateTransactionBeforeStartDateException",
            {"regnskapStartDate": "2026-03-01"},
            date(2026, 3, 1),
        ),
        ("VatPeriodIsAlreadySettledException", {"toDate": "soon"}, None),
        ("VatPeriodIsAlreadySettledException", {"toDate": "9999-12-31"}, None),
        ("AccountingYearIsLockedException", {"lockedAccountingYears": ["x", 9999]}, None),
        ("AccountingYearIsLockedException", {}, None),
    ],
)
async def test_a_closed_period_tells_its_first_open_day(
    client: ContaClient,
    router: respx.Router,
    name: str,
    properties: dict[str, Any],
    opens: date | None,
) -> None:
    router.post(f"{ORG}/invoices/7/payments").respond(422, content=error_body(name, **properties))
    with pytest.raises(PeriodLockedError) as caught:
        await client.create_payment(7, PAYMENT)
    assert caught.value.first_open_day == opens
    assert caught.value.name == name
    assert (str(opens) in str(caught.value)) is (opens is not None)


async def test_a_refusal_says_what_a_bookkeeper_does_next(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.post(f"{ORG}/invoices/7/payments")
    facts = {"amount": 9.5, "remainingOnInvoice": 1}
    name = "AmountGreaterThanRemainingOnInvoiceException"
    route.respond(422, content=error_body(name, **facts))
    with pytest.raises(ContaRefusedError, match="booked already") as caught:
        await client.create_payment(7, PAYMENT)
    assert caught.value.properties["amount"] == Decimal("9.5")

    route.respond(422, content=error_body("SomethingNewException"))
    with pytest.raises(ContaRefusedError, match=r"\(SomethingNewException\)") as unknown:
        await client.create_payment(7, PAYMENT)
    assert "Because" not in str(unknown.value)  # Conta's own text may hold a customer's name


async def test_rejected_values_are_named_and_never_quoted(
    client: ContaClient, router: respx.Router
) -> None:
    error = {
        "category": "INPUT",
        "name": "InputOpException",
        "input": {"name": "Kari Nordmann"},
        "errors": [{"property": {"path": "amount", "value": "Kari Nordmann"}}, {}, None],
    }
    router.post(f"{ORG}/invoices/7/payments").respond(409, json=error)
    with pytest.raises(ContaRefusedError, match="Fields: amount") as caught:
        await client.create_payment(7, PAYMENT)
    assert "Kari" not in str(caught.value)


async def test_an_unreadable_field_is_named_and_never_quoted(
    client: ContaClient, router: respx.Router
) -> None:
    rows = [{"id": 1}, {"id": 2, "sumRemaining": "Kari"}]
    router.get(f"{ORG}/invoices").respond(200, json={"hits": rows, "hitCount": 2})
    with pytest.raises(ProtocolError, match="hits 1: sumRemaining is not an amount") as caught:
        await client.invoices(InvoiceQuery())
    assert "Kari" not in str(caught.value)


@pytest.mark.parametrize(
    "payment",
    [
        replace(PAYMENT, amount=Decimal(0)),
        replace(PAYMENT, amount=Decimal(-1)),
        replace(PAYMENT, amount=Decimal("0.001")),
        replace(PAYMENT, amount=Decimal("NaN")),
        replace(PAYMENT, amount=Decimal("100000000000.00")),
        replace(PAYMENT, description=""),
        replace(PAYMENT, description="x" * 501),
        replace(PAYMENT, description="\ud800"),
        replace(PAYMENT, bankAccountId=0),
        replace(PAYMENT, projectId=2**63),
    ],
)
async def test_what_conta_could_not_take_is_not_sent(
    client: ContaClient, router: respx.Router, payment: PaymentInput
) -> None:
    route = router.post(f"{ORG}/invoices/7/payments").respond(200, json={"id": 1})
    with pytest.raises(RejectedError):
        await client.create_payment(7, payment)
    assert route.call_count == 0


async def test_a_file_is_asked_for_only_if_that_is_assumed(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.get(f"{ORG}/files/88").respond(200, json={"fileUrl": "https://x.test/1"})
    with pytest.raises(RejectedError, match=r"files\.enabled"):
        await client.file_link(88)
    assert route.call_count == 0
    client.assumptions = replace(client.assumptions, files_enabled=True)
    assert (await client.file_link(88)).fileUrl == "https://x.test/1"
    route.respond(200, json={"fileId": 88})
    with pytest.raises(ProtocolError, match="fileUrl"):
        await client.file_link(88)


@pytest.mark.parametrize("key", ["", " s3cret", "s3\ncret", "nøkkel"])
async def test_a_key_no_header_can_carry_is_a_fault_of_the_settings(
    client: ContaClient, router: respx.Router, key: str
) -> None:
    client._secret_source = lambda: key
    with pytest.raises(AuthenticationError):
        await client.organizations()


async def test_a_key_that_cannot_be_read_sends_nothing(client: ContaClient) -> None:
    def unreadable() -> str:
        raise OSError("no such file")

    client._secret_source = unreadable
    with pytest.raises(NotSentError):
        await client.create_payment(7, PAYMENT)


async def test_the_clock_of_every_answer_is_told(client: ContaClient, router: respx.Router) -> None:
    seen: list[datetime] = []
    client.observe_date = seen.append
    headers = {"date": "Tue, 24 Nov 2026 09:00:00 GMT"}
    router.get(f"{BASE}/invoice/organizations").respond(200, json=[], headers=headers)
    assert await client.organizations() == ()
    assert seen == [datetime(2026, 11, 24, 9, tzinfo=UTC)]


async def test_retry_after_is_read_as_seconds_or_as_a_date(
    client: ContaClient, router: respx.Router
) -> None:
    route = router.post(f"{ORG}/invoices/7/payments")
    date_header = {"date": "Tue, 24 Nov 2026 09:00:00 GMT"}
    for headers, expected in (
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "Tue, 24 Nov 2026 09:01:00 GMT", **date_header}, 60.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
    ):
        route.respond(429, headers=headers)
        with pytest.raises(RateLimitedError) as caught:
            await client.create_payment(7, PAYMENT)
        assert caught.value.retry_after_seconds == expected


@pytest.mark.parametrize("count_told", [True, False])
async def test_all_pages_are_read_however_few_rows_conta_answers(
    client: ContaClient, router: respx.Router, *, count_told: bool
) -> None:
    def answer(request: Any) -> Any:
        first = int(request.url.params["page"]) * 2
        hits = [{"id": number} for number in range(first + 1, min(first + 3, 6))]
        count = {"hitCount": 5} if count_told else {}
        return httpx2.Response(200, json={"hits": hits, **count})

    route = router.get(f"{ORG}/departments").mock(side_effect=answer)

    found: list[int] = []
    async for page in client.every_page(lambda number: client.departments(page=number)):
        found += [row.id for row in page.hits]

    assert found == [1, 2, 3, 4, 5]
    assert route.call_count == (3 if count_told else 4)


async def test_a_list_without_end_is_an_error(client: ContaClient, router: respx.Router) -> None:
    lists = replace(client.assumptions.lists, pages_max=3)
    client.assumptions = replace(client.assumptions, lists=lists)
    router.get(f"{ORG}/projects").respond(200, json={"hits": [{"id": 1}]})
    with pytest.raises(ProtocolError, match="more than 3 pages"):
        async for _ in client.every_page(lambda number: client.projects(page=number)):
            pass
