"""The server around the handlers: health, documents, ports, and stopping."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import aiohttp
import orjson
import pytest

from clients.webhook import ledger_events
from clients.webhook.signature import signed_headers
from gateway.storage.inbox import NewEvent, Recorded
from gateway.web.server import ListenError, PortInUseError, serving

SECRET = bytes(range(32))
BODY = orjson.dumps(ledger_events.invoice_body())


async def test_live_is_live_even_when_nothing_else_works(start: Any, surroundings: Any) -> None:
    surroundings.checks["database"] = OSError("gone")
    sender = await start()
    sender.edge.drain.begin()

    assert (await sender.request("GET", "/health/live")).status == 200


async def test_ready_tells_what_each_check_says(start: Any, surroundings: Any) -> None:
    surroundings.checks = {"database": None, "mirror": None}
    sender = await start()

    answer = await sender.request("GET", "/health/ready")
    assert answer.status == 200
    assert answer.json == {"status": "ready", "checks": {"database": "ok", "mirror": "ok"}}

    surroundings.checks["mirror"] = "not complete yet"
    answer = await sender.request("GET", "/health/ready")
    assert answer.status == 503
    assert answer.json["checks"] == {"database": "ok", "mirror": "not complete yet"}


async def test_a_check_that_breaks_has_failed_without_saying_how(
    start: Any, surroundings: Any
) -> None:
    surroundings.checks["database"] = OSError("secret path")
    sender = await start()

    answer = await sender.request("GET", "/health/ready")

    assert answer.status == 503
    assert answer.json["checks"] == {"database": "the check itself failed"}


async def test_while_draining_it_is_not_ready(sender: Any) -> None:
    sender.edge.drain.begin()

    assert (await sender.request("GET", "/health/ready")).status == 503


async def test_metrics_and_openapi_are_served(sender: Any) -> None:
    metrics = await sender.request("GET", "/metrics")
    openapi = await sender.request("GET", "/openapi.json")

    assert metrics.body == b"gateway_up 1\n"
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert openapi.json["openapi"] == "3.1.0"
    assert openapi.json["info"]["version"] == "1.2.3"


async def test_a_port_in_use_is_told_with_what_to_do(surroundings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortInUseError, match=f"port {port} on 127.0.0.1 is in use"):
            async with serving(surroundings.edge(), host="127.0.0.1", port=port):
                pass


async def test_an_address_of_another_machine_is_told_with_what_to_do(surroundings: Any) -> None:
    with pytest.raises(ListenError, match=r"set server\.host"):
        async with serving(surroundings.edge(), host="192.0.2.1", port=0):
            pass


async def test_a_request_in_flight_is_answered_and_new_ones_are_not(surroundings: Any) -> None:
    entered, release = asyncio.Event(), asyncio.Event()

    async def record_slowly(event: NewEvent) -> Recorded:
        entered.set()
        await release.wait()
        return await surroundings.inbox.record(event)  # type: ignore[no-any-return]  # the fixture is Any

    edge = surroundings.edge(record=record_slowly)
    context = serving(edge, host="127.0.0.1", port=0)
    listening = await context.__aenter__()
    url = f"http://127.0.0.1:{listening.port}/webhooks/acme"
    headers = signed_headers([SECRET], "msg-1", int(surroundings.now.timestamp()), BODY)
    async with aiohttp.ClientSession() as session:
        in_flight = asyncio.create_task(session.post(url, data=BODY, headers=headers))
        await entered.wait()
        stopping = asyncio.create_task(context.__aexit__(None, None, None))
        await _until_shut(listening.port)
        assert edge.drain.is_draining()
        release.set()

        async with await in_flight as response:
            assert response.status == 202
        await stopping
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post(url, data=BODY, headers=headers)


async def _until_shut(port: int) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
