"""The webhook client against a carrier that answers as told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clients.answers import retry_after_seconds
from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.exchange import Request, Response
from clients.transport import Timeouts
from clients.webhook.client import WebhookClient
from clients.webhook.signature import verify

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = bytes(32)
URL = "https://ledger.example/collections"


class Carrier:
    """Answers every request with the same answer or error, and remembers the last one."""

    def __init__(self, answer: Response | ClientError) -> None:
        self.answer = answer
        self.sent: list[Request] = []

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        assert timeouts.total_seconds <= 30
        self.sent.append(request)
        if isinstance(self.answer, ClientError):
            raise self.answer
        return self.answer


async def send(carrier: Carrier) -> None:
    await WebhookClient(carrier, URL, SECRET).send(
        webhook_id="msg_1",
        type="claim.registered",
        timestamp="2026-11-24T08:00:00+00:00",
        data={"creditor_id": "acme", "amount": "10.00"},
        now=NOW,
    )


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_delivery_is_signed_over_the_very_bytes_that_go_out(status: int) -> None:
    carrier = Carrier(Response(status=status))

    await send(carrier)

    (request,) = carrier.sent
    assert request.path == URL
    assert verify(request.headers, request.body, [SECRET], NOW.timestamp())
    assert request.headers["webhook-id"] == "msg_1"
    assert request.body == (
        b'{"type":"claim.registered","timestamp":"2026-11-24T08:00:00+00:00",'
        b'"data":{"creditor_id":"acme","amount":"10.00"}}'
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, RejectedError),
        (400, RejectedError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (408, TemporaryError),
        (410, GoneError),
        (422, RejectedError),
        (425, TemporaryError),
        (429, RateLimitedError),
        (500, TemporaryError),
        (504, TemporaryError),
    ],
)
async def test_each_refusal_says_what_to_do_next(status: int, error: type[ClientError]) -> None:
    with pytest.raises(ClientError) as raised:
        await send(Carrier(Response(status=status, body=b"because\x1b[31m")))

    assert type(raised.value) is error
    assert raised.value.status == status
    assert "because" in str(raised.value)
    assert "\x1b" not in str(raised.value)


async def test_an_unknown_outcome_is_only_tried_again_later() -> None:
    doubt = InDoubtError("connection reset")

    with pytest.raises(TemporaryError) as raised:
        await send(Carrier(doubt))

    assert raised.value.__cause__ is doubt


async def test_a_request_that_was_not_sent_is_told_as_that() -> None:
    with pytest.raises(NotSentError, match="refused"):
        await send(Carrier(NotSentError("refused")))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 24 Nov 2026 09:01:30 GMT", 90.0),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2026 09:00:10 -0000", 10.0),
        ("soon", None),
        ("-5", None),
        ("1e3", None),
        ("9" * 400, None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
async def test_a_wait_the_receiver_asks_for_is_passed_on(status: int) -> None:
    answer = Response(status=status, headers={"retry-after": "7"})

    with pytest.raises(ClientError) as raised:
        await send(Carrier(answer))

    assert isinstance(raised.value, RateLimitedError | TemporaryError)
    assert raised.value.retry_after_seconds == 7.0
