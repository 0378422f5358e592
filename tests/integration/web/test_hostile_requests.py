"""What strangers and broken senders put on the wire, over raw sockets: refused, never a 500."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from clients.webhook.signature import signed_headers

BODY = orjson.dumps(ledger_events.invoice_body())
SECRET = bytes(range(32))
LIMIT = 256 * 1024


async def speak(sender: Any, *parts: bytes, finish: bool = False) -> bytes:
    """Send raw bytes, and return the start of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sender.listening.port)
    try:
        with contextlib.suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
            if finish:
                writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read(4_096)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def head(sender: Any, *, body: bytes = BODY, **changed: str | None) -> bytes:
    signed_at = int(sender.surroundings.now.timestamp())
    headers: dict[str, str | None] = {
        "host": "gateway",
        **signed_headers([SECRET], "msg-1", signed_at, body),
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(["POST /webhooks/acme HTTP/1.1", *lines, "", ""]).encode("latin-1")


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1."), answer
    return int(answer.split(b" ", 2)[1])


async def test_the_raw_speaker_is_understood_when_it_behaves(sender: Any) -> None:
    assert status(await speak(sender, head(sender), BODY)) == 202


async def test_a_declared_fifty_megabytes_are_refused_unread(
    sender: Any, surroundings: Any
) -> None:
    answer = await speak(sender, head(sender, content_length=str(50 * 1024 * 1024)), b"x" * 1_000)

    assert status(answer) == 413
    assert surroundings.inbox.events == []


@pytest.mark.parametrize("declared", [True, False])
async def test_fifty_megabytes_that_do_come_are_not_held(sender: Any, declared: bool) -> None:
    megabyte = b"x" * (1024 * 1024)

    async def pieces() -> Any:
        for _ in range(50):
            yield megabyte

    headers = {"Content-Length": str(50 * len(megabyte))} if declared else {}
    tracemalloc.start()
    try:
        with contextlib.suppress(ConnectionError, OSError):
            answer = await sender.request("POST", "/webhooks/acme", data=pieces(), headers=headers)
            assert answer.status == 413
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The sender of this test holds a megabyte of its own, and its socket buffers some more.
    assert peak < 8 * len(megabyte)
    assert (await sender.post(BODY)).status == 202


async def test_a_chunked_body_without_length_is_accepted_up_to_the_limit(sender: Any) -> None:
    chunked = head(sender, content_length=None, transfer_encoding="chunked")
    parts = [b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:100], BODY[100:])]

    assert status(await speak(sender, chunked, *parts, b"0\r\n\r\n")) == 202


async def test_a_chunked_body_beyond_the_limit_is_refused_while_it_comes(sender: Any) -> None:
    chunked = head(sender, content_length=None, transfer_encoding="chunked")
    part = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    assert status(await speak(sender, chunked, *([part] * 10))) == 413


async def test_a_body_of_exactly_the_limit_is_read(sender: Any) -> None:
    body = b'"' + b"x" * (LIMIT - 2) + b'"'

    assert (await sender.post(body)).status == 422
    assert (await sender.post(body + b" ")).status == 413


async def test_a_body_that_trickles_is_given_up(sender: Any, surroundings: Any) -> None:
    answer = await speak(sender, head(sender), BODY[:10])

    assert status(answer) == 408
    assert b"Connection: close" in answer
    assert surroundings.words == ["too_slow"]


async def test_a_sender_that_hangs_up_halfway_leaves_nothing(
    sender: Any, surroundings: Any
) -> None:
    await speak(sender, head(sender), BODY[:10], finish=True)

    assert (await sender.post(BODY, webhook_id="msg-2")).status == 202
    assert [event.webhook_id for event in surroundings.inbox.events] == ["msg-2"]


@pytest.mark.parametrize(
    "webhook_id",
    ["msg\n-1", "msg\r\n x: y", "msg\x00-1", "msg-1\r\nwebhook-id: msg-1", "msg\x7f", "m\xe9"],
)
async def test_an_id_with_line_breaks_or_control_characters_is_refused(
    sender: Any, surroundings: Any, webhook_id: str
) -> None:
    answer = await speak(sender, head(sender, webhook_id=webhook_id), BODY)

    assert status(answer) in {400, 401}
    assert surroundings.inbox.events == []


@pytest.mark.parametrize("name", ["webhook_id", "webhook_timestamp", "webhook_signature"])
async def test_a_header_sent_twice_is_refused(sender: Any, name: str) -> None:
    raw = head(sender)
    field = name.replace("_", "-").encode()
    line = next(line for line in raw.split(b"\r\n") if line.startswith(field))

    assert status(await speak(sender, raw.replace(line, line + b"\r\n" + line), BODY)) == 401


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET\r\n\r\n",
        b"POST /webhooks/acme HTTP/1.1\r\n\r\n",
        b"POST /webhooks/acme HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"POST /webhooks/acme HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"POST /webhooks/acme HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /webhooks/acme HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
        b"POST /webhooks/%00%ff%2e%2e HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
        b"POST /webhooks/" + b"a" * 7_000 + b" HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
        b"PUT /webhooks/acme HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
        b"POST /webhooks/acme/x HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_malformed_requests_are_the_senders_fault(
    sender: Any, surroundings: Any, raw: bytes
) -> None:
    answer = await speak(sender, raw, finish=True)

    assert not answer or 400 <= status(answer) < 500
    assert surroundings.inbox.events == []
    assert (await sender.request("GET", "/health/live")).status == 200
