"""What senders get wrong, sent to a real server: a clear answer, nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from clients.webhook.ledger_events import invoice_body
from tests.acceptance.conftest import House
from tests.acceptance.programs import Document

REFUSED: list[tuple[Document, str]] = [
    ({"total": "2250.005"}, "data.invoice.total"),
    ({"outstanding": "2 250,00"}, "data.invoice.outstanding"),
    ({"total": 1e9}, "data.invoice.total"),
    ({"total": "1e9"}, "data.invoice.total"),
    ({"issue_date": "2026-02-30"}, "data.invoice.issue_date"),
    ({"due_date": "0001-01-01"}, "data.invoice.due_date"),
]


async def test_wrong_amounts_and_dates_get_422_with_field_and_reason_and_are_kept_once(
    house: House,
) -> None:
    async with house.serve():
        for number, (change, field) in enumerate(REFUSED):
            body = orjson.dumps(invoice_body(**change))
            answers = [await house.post(body, webhook_id=f"bad-{number}") for _ in range(2)]
            assert [answer.status for answer in answers] == [422, 422]
            assert answers[0].headers["Content-Type"] == "application/problem+json"
            (fault,) = answers[0].document["errors"]
            assert fault["field"] == field
            assert fault["message"]
        events = (await house.call("events.list"))["items"]
        assert [row["outcome"] for row in events] == ["rejected"] * len(REFUSED)


async def test_odd_but_valid_invoices_are_taken_and_explained(house: House) -> None:
    address = {"line1": "Gata 1", "postal_code": None, "city": "Oslo", "country": "NO"}
    async with house.serve() as server:
        odd: dict[str, Document] = {
            "30001": {"debtor": {"name": "Kari 🦊 Nordmann"}},
            "30002": {"debtor": {"name": "N" * 300}},
            "30003": {"debtor": {"address": address}},
        }
        for number, invoice in odd.items():
            answer = await house.overdue(number, **invoice)
            assert answer.status == 202, answer.text
        await house.claim_is(server, "active", "30001")
        await house.claim_is(server, "active", "30002")
        incomplete = await house.claim_is(server, "rejected", "30003")
        assert "debtor.address.postal_code" in incomplete["problem"]
        asked = await house.call("claims.show", claim_id=incomplete["claim_id"])
        assert "INK-25" in orjson.dumps(asked).decode()
        names = {row["debtor_name"] for row in (await house.books())["invoices"]}
        assert names == {"Kari 🦊 Nordmann", "N" * 300}


async def test_a_50_mb_body_is_refused_before_it_is_read(house: House) -> None:
    async with house.serve():
        answer = await raw(
            house,
            b"POST /webhooks/acme HTTP/1.1\r\nhost: x\r\ncontent-length: 52428800\r\n\r\n",
            up_to=b"}",  # the connection is held a while longer, for a sender that still sends
        )
        assert b" 413 " in answer.split(b"\r\n")[0]
        assert b"at most 262144 bytes" in answer
        assert (await house.overdue()).status == 202  # it goes on


async def test_json_nested_10_000_deep_is_refused_and_not_kept(house: House) -> None:
    async with house.serve():
        answer = await house.post(b'{"type":' + b"[" * 10_000 + b"]" * 10_000 + b"}")
        assert answer.status == 400
        assert "deeper than" in answer.document["detail"]
        assert (await house.call("events.list"))["items"] == []


@pytest.mark.parametrize("webhook_id", [b"msg\n1", b"msg\r\n folded", b"msg.1", b""])
async def test_a_webhook_id_that_is_none_is_a_plain_refusal(
    house: House, webhook_id: bytes
) -> None:
    async with house.serve():
        answer = await raw(
            house,
            b"POST /webhooks/acme HTTP/1.1\r\nhost: x\r\nconnection: close\r\nwebhook-id: "
            + webhook_id
            + b"\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\ncontent-length: 2\r\n\r\n{}",
        )
        assert answer.split(b" ")[1] in {b"400", b"401"}
        assert b"Traceback" not in answer
        assert (await house.call("events.list"))["items"] == []


async def raw(house: House, request: bytes, *, up_to: bytes | None = None) -> bytes:
    """Send bytes as they are; gives what comes back until the server closes, or ``up_to`` that."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            return await (reader.readuntil(up_to) if up_to else reader.read())
    finally:
        writer.close()
