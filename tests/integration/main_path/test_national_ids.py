"""A national number is nowhere in the database, unless the creditor's setting says "send"."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.app_edge import build_edge
from gateway.metrics import Metrics
from gateway.storage.inbox import NewEvent, Recorded

NUMBER = "02013299997"
SEND = [{"national_id": "send"}]


def body(**invoice: Any) -> bytes:
    fields = {"id": "inv-30001", "number": "30001", **invoice}
    return orjson.dumps(ledger_events.invoice_body(debtor={"national_id": NUMBER}, **fields))


async def deliver(world: Any, body: bytes, webhook_id: str = "wh-1") -> Recorded:
    edge = build_edge(world.settings, world.gateway, Metrics(), is_full=lambda: False)
    recorded: Recorded = await edge.record(
        NewEvent(
            creditor_id="acme",
            webhook_id=webhook_id,
            type="invoice.overdue",
            invoice_id="inv-30001",
            body=body,
            received_at=world.now[0],
            outcome="recorded",
        )
    )
    return recorded


async def test_it_is_dropped_before_anything_is_kept(world: Any) -> None:
    await deliver(world, body())
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert NUMBER not in world.contents()
    assert world.books.registers[0].body.get("ssn") is None


async def test_the_same_delivery_again_is_a_duplicate_with_another_number_too(world: Any) -> None:
    first = await deliver(world, body())

    again = await deliver(world, body().replace(NUMBER.encode(), b"30108299920"))

    assert (again.outcome, again.event_id) == ("duplicate", first.event_id)


async def test_a_corrected_body_loses_it_too(world: Any) -> None:
    event_id = await world.receive("payment.received", {"invoice_id": "inv-30001"})
    await world.intake()

    await world.call("events.repair", event_id=event_id, body=body().decode(), reason="a test")
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert NUMBER not in world.contents()


@pytest.mark.parametrize("creditor", SEND)
async def test_where_the_setting_says_so_kravia_gets_it(world: Any) -> None:
    await deliver(world, body())
    await world.settle()

    assert world.books.registers[0].body["ssn"] == NUMBER
    warned = [warning["rule"] for warning in (await world.claim())["decision"]["warnings"]]
    assert "INK-40" not in warned  # it was not left out
