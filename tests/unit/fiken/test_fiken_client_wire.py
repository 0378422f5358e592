"""Fiken's client byte by byte: what it sends, what it makes of answers, what it never repeats."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.exchange import Request, Response
from clients.fiken.access import OAuthAccess, PersonalToken
from clients.fiken.assumptions import parse_assumptions
from clients.fiken.client import FikenClient
from clients.fiken.wire import InvoiceQuery, PaymentInput
from clients.transport import Timeouts
from gateway.settings_sources import read_toml

ASSUMPTIONS = parse_assumptions(read_toml(Path(__file__).parents[3] / "config" / "fiken.toml"))
PAYMENT = PaymentInput(date=date(2026, 11, 24), account="1920:10001", amount=100_050)
LOCATION = {"location": "https://api.fiken.no/api/v2/companies/acme/sales/7/payments/42"}


class Recorder:
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: Response | ClientError) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        del timeouts
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, ClientError):
            raise answer
        return answer


async def no_waiting(_: float) -> None:
    return


def a_client(recorder: Recorder, access: Any = None) -> FikenClient:
    return FikenClient(
        recorder,
        ASSUMPTIONS,
        access or PersonalToken(lambda: "a-token"),
        company="acme",
        sleep=no_waiting,
    )


def answered(document: object, status: int = 200, pages: str | None = None) -> Response:
    headers = {} if pages is None else {"fiken-api-page-count": pages}
    return Response(status=status, headers=headers, body=json.dumps(document).encode())


async def test_a_payment_is_posted_in_ore_and_known_by_its_location() -> None:
    recorder = Recorder(Response(status=201, headers=LOCATION))

    assert await a_client(recorder).create_payment(7, PAYMENT) == 42

    [request] = recorder.requests
    assert (request.method, request.path) == ("POST", "/companies/acme/sales/7/payments")
    assert request.body == b'{"date":"2026-11-24","account":"1920:10001","amount":100050}'
    assert request.headers["authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status=201), InDoubtError),
        (Response(status=201, headers={"location": "https://api.fiken.no/x"}), InDoubtError),
        (Response(status=200, body=b"<html>", headers=LOCATION), InDoubtError),
        (Response(status=302), InDoubtError),
        (Response(status=308), RejectedError),
        (answered({"message": "date: no"}, 400), RejectedError),
        (Response(status=403), AuthenticationError),
        (Response(status=404), NotFoundError),
        (Response(status=408), InDoubtError),
        (Response(status=410), GoneError),
        (Response(status=415), RejectedError),
        (Response(status=429), RateLimitedError),
        (Response(status=500), InDoubtError),
        (Response(status=503), InDoubtError),
        (InDoubtError("sent, but not answered"), InDoubtError),
    ],
)
async def test_every_end_of_a_payment_is_told_apart_and_none_is_repeated(
    answer: Response | ClientError, error: type[ClientError]
) -> None:
    recorder = Recorder(answer)
    with pytest.raises(ClientError) as raised:
        await a_client(recorder).create_payment(7, PAYMENT)
    assert type(raised.value) is error
    assert len(recorder.requests) == 1


@pytest.mark.parametrize("amount", [0, -1, 2**63])
async def test_an_impossible_amount_is_never_sent(amount: int) -> None:
    recorder = Recorder()
    payment = PaymentInput(date=PAYMENT.date, account=PAYMENT.account, amount=amount)
    with pytest.raises(RejectedError):
        await a_client(recorder).create_payment(7, payment)
    assert recorder.requests == []


async def test_a_refusal_is_told_by_its_code_and_never_in_words_that_may_be_personal() -> None:
    refusal = {"error": "invalid_date", "message": "Kari Nordmann's sale is settled"}
    with pytest.raises(RejectedError, match="invalid_date") as raised:
        await a_client(Recorder(answered(refusal, 400))).create_payment(7, PAYMENT)
    assert "Kari" not in str(raised.value)


async def test_lists_send_both_paging_words_and_end_where_fiken_counts() -> None:
    recorder = Recorder(
        answered([{"invoiceId": 1}], pages="2"),
        answered([{"invoiceId": 2}], pages="2"),
    )
    client = a_client(recorder)
    query = InvoiceQuery(settled=False)

    pages = client.every_page(lambda page: client.invoices(query, page=page))
    rows = [row.invoiceId async for page in pages for row in page.rows]

    assert rows == [1, 2]
    assert [request.query for request in recorder.requests] == [
        {"settled": "false", "page": "0", "pageSize": "100"},
        {"settled": "false", "page": "1", "pageSize": "100"},
    ]


async def test_without_a_count_a_list_ends_with_an_empty_page() -> None:
    recorder = Recorder(answered([{"invoiceId": 1}]), answered([]))
    client = a_client(recorder)
    pages = client.every_page(lambda page: client.invoices(InvoiceQuery(), page=page))
    assert [len(page.rows) async for page in pages] == [1, 0]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"invoiceId": 2},
        {"invoiceId": True},
        {"invoiceId": 1, "gross": 10.5},
        {"invoiceId": 1, "dueDate": "24.11.2026"},
        {"invoiceId": 1, "sale": {"saleId": "7"}},
        {"invoiceId": 1, "sale": {"saleId": 7, "settled": "no"}},
        {"invoiceId": 1, "associatedCreditNotes": ["x"]},
        {"invoiceId": 1, "kid": 5},
    ],
)
async def test_what_is_not_what_it_must_be_is_no_answer(document: object) -> None:
    with pytest.raises(ProtocolError) as raised:
        await a_client(Recorder(answered(document))).invoice(1)
    assert "24.11.2026" not in str(raised.value)


async def test_a_429_after_a_read_is_not_asked_again_at_once() -> None:
    recorder = Recorder(Response(status=429))
    with pytest.raises(TemporaryError):
        await a_client(recorder).invoice(1)
    assert len(recorder.requests) == 1


class Tokens:
    """A token endpoint and an API that takes only the newest token."""

    def __init__(self, *, rotates: bool = False) -> None:
        self.renewals: list[bytes] = []
        self.calls: list[str] = []
        self.rotates = rotates
        self.ended: set[str] = set()
        self.down = False

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        del timeouts
        if request.path == "https://fiken.no/oauth/token":
            if self.down:
                raise InDoubtError("sent, but not answered")
            self.renewals.append(request.body)
            assert request.headers["authorization"] == "Basic Y2xpZW50OnMlMkYx"
            given = {"access_token": f"access-{len(self.renewals)}"}
            if self.rotates:
                given["refresh_token"] = f"refresh-{len(self.renewals)}"
            return answered(given)
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.calls.append(token)
        if token in self.ended:
            return Response(status=401)
        if request.method == "POST":
            return Response(status=201, headers=LOCATION)
        return answered({"invoiceId": 1})


def oauth(tokens: Tokens, keep: Callable[[str], None] = lambda _: None) -> OAuthAccess:
    return OAuthAccess(
        tokens,
        token_url="https://fiken.no/oauth/token",
        client_id="client",
        client_secret_source=lambda: "s/1",
        read_refresh_token=lambda: "refresh-0\n",
        keep_refresh_token=keep,
    )


async def test_a_token_that_ran_out_is_renewed_and_the_payment_booked_once() -> None:
    tokens = Tokens()
    client = FikenClient(tokens, ASSUMPTIONS, oauth(tokens), company="acme", sleep=no_waiting)
    await client.invoice(1)
    tokens.ended.add("access-1")

    assert await client.create_payment(7, PAYMENT) == 42

    assert tokens.calls == ["access-1", "access-1", "access-2"]
    assert tokens.renewals == [b"grant_type=refresh_token&refresh_token=refresh-0"] * 2


async def test_a_renewed_token_that_is_refused_too_is_for_a_person() -> None:
    tokens = Tokens()
    tokens.ended |= {"access-1", "access-2"}
    client = FikenClient(tokens, ASSUMPTIONS, oauth(tokens), company="acme", sleep=no_waiting)
    with pytest.raises(AuthenticationError):
        await client.invoice(1)
    assert len(tokens.calls) == 2


async def test_a_new_refresh_token_is_kept() -> None:
    kept: list[str] = []
    tokens = Tokens(rotates=True)
    access = oauth(tokens, kept.append)
    await access.token()
    assert kept == ["refresh-1"]
    assert access.problem is None


async def test_a_new_refresh_token_that_cannot_be_kept_is_used_and_told() -> None:
    def no_room(_: str) -> None:
        raise PermissionError

    tokens = Tokens(rotates=True)
    access = oauth(tokens, no_room)
    assert await access.renewed(await access.token())
    assert tokens.renewals[-1].endswith(b"refresh-1")
    assert "PermissionError" in (access.problem or "")
    assert "refresh-1" not in (access.problem or "")


async def test_without_a_token_no_payment_was_sent() -> None:
    tokens = Tokens()
    tokens.down = True
    client = FikenClient(tokens, ASSUMPTIONS, oauth(tokens), company="acme", sleep=no_waiting)
    with pytest.raises(NotSentError):
        await client.create_payment(7, PAYMENT)
    assert tokens.calls == []
